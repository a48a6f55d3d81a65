// JSPI's side of wasm.promise: C waits on a promise that is resolved already. Needs a JavaScript
// engine with WebAssembly.Suspending. Usage: jspi.mjs JSPI.WASM COUNT. Prints nanoseconds a wait.
import { readFile } from 'node:fs/promises';
import { tellWaits } from './waits.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const answer = new WebAssembly.Suspending(async () => 7);
const { instance } = await WebAssembly.instantiate(await readFile(file), { env: { answer } });
/** @type {any} */ (instance.exports)._initialize?.();
const waitTimes = WebAssembly.promising(instance.exports.wait_times);

await tellWaits(waitTimes, count);
