// wasm.call: an exported function that does not wait, called in a green task of its own and
// awaited. Usage: call.mjs BENCH_CALL.MJS COUNT. Prints nanoseconds a call.
import { pathToFileURL } from 'node:url';
import { clock } from './clock.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const { default: create } = await import(pathToFileURL(file).href);
const module = await create();

async function callTimes(times) {
  let sum = 0;
  for (let n = 0; n < times; n++) {
    sum += await module.green.call('add', 'number', ['number', 'number'], [n, 1]);
  }
  return sum;
}

await callTimes(Math.ceil(count / 10));
const start = clock();
const sum = await callTimes(count);
const elapsed = clock() - start;
if (sum !== (count * (count + 1)) / 2) throw new Error(`the sum is ${sum}`);
console.log((elapsed * 1e6) / count);
