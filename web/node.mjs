/* The package `greenio` in Node. The API is in docs/javascript.md and greenio.d.ts. */
import { makeCompile } from './compile.mjs';
import { host } from './host-node.mjs';
import { makeLoad } from './load.mjs';
import { makeLoadInWorker, makeServe } from './worker.mjs';

export { GreenError } from '../wasm/error.mjs';
export { connect } from './worker.mjs';
export const compile = makeCompile(host);
export const load = makeLoad(host, compile);
export const serve = makeServe(host, load);
export const loadInWorker = makeLoadInWorker(host);
