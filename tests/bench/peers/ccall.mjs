// ccall's side of wasm.call: an exported function that does not wait, called with {async: true} and
// awaited. Usage: ccall.mjs CCALL.CJS COUNT. Prints nanoseconds a call.
import { pathToFileURL } from 'node:url';
import { clock } from '../clock.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const { default: create } = await import(pathToFileURL(file).href);
const module = await create();

async function callTimes(times) {
  let sum = 0;
  for (let n = 0; n < times; n++) {
    sum += await module.ccall('add', 'number', ['number', 'number'], [n, 1], { async: true });
  }
  return sum;
}

await callTimes(Math.ceil(count / 10));
const start = clock();
const sum = await callTimes(count);
const elapsed = clock() - start;
if (sum !== (count * (count + 1)) / 2) throw new Error(`the sum is ${sum}`);
console.log((elapsed * 1e6) / count);
