// The floor of wasm.promise by JSPI: what is needed at the least where C has a future of the promise, waits for it in a
// call of its own, and something else may end the wait, such as a cancel. Nothing is counted, scheduled or freed.
// Needs WebAssembly.Suspending. Usage: jspi_ideal.mjs JSPI_IDEAL.WASM COUNT. Prints nanoseconds a wait.
import { readFile } from 'node:fs/promises';
import { tellWaits } from './waits.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const answer = async () => 7;
let end; // ends the wait
const keepEnd = (resolve) => { end = resolve; };
const resolved = (value) => end(value);
const rejected = () => end(-1);
const begin = () => { answer().then(resolved, rejected); };
const wait = new WebAssembly.Suspending(() => new Promise(keepEnd));
const { instance } = await WebAssembly.instantiate(await readFile(file), { env: { begin, wait } });
/** @type {any} */ (instance.exports)._initialize?.();
const waitTimes = WebAssembly.promising(instance.exports.wait_times);

await tellWaits(waitTimes, count);
