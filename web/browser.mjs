/* The package `greenio` in browsers, their workers, and whatever else is not Node. A plain page imports this file
 * itself; nothing in it needs a bundler. The API is in docs/javascript.md and greenio.d.ts. */
import { makeCompile } from './compile.mjs';
import { host } from './host-browser.mjs';
import { makeLoad } from './load.mjs';
import { makeLoadInWorker, makeServe } from './worker.mjs';

export { GreenError } from '../wasm/error.mjs';
export { connect } from './worker.mjs';
export const compile = makeCompile(host);
export const load = makeLoad(host, compile);
export const serve = makeServe(host, load);
export const loadInWorker = makeLoadInWorker(host);
