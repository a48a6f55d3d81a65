// The floor of wasm.promise by JSPI with a future that C knows: as jspi_ideal.mjs, and C makes a record of the future,
// is told of its number, and says which stack goes on. Nobody is counted, nothing is scheduled, an exception is nobody's.
// Needs WebAssembly.Suspending. Usage: jspi_record.mjs JSPI_RECORD.WASM COUNT. Prints nanoseconds a wait.
import { readFile } from 'node:fs/promises';
import { tellWaits } from './waits.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
let c;
const answer = async () => 7;

const idle = []; // pairs of reactions
const newPair = () => {
  const settle = (number) => {
    idle.push(pair);
    c.settle(pair.future, number);
  };
  const pair = { future: 0, resolved: settle, rejected: () => settle(-1) };
  return pair;
};
const begin = () => {
  const future = c.future_new();
  const pair = idle.pop() ?? newPair();
  pair.future = future;
  answer().then(pair.resolved, pair.rejected);
  return future;
};

const resolvers = []; // of stacks that are suspended
let suspended = 0;
const keepResolver = (resolve) => { resolvers[suspended] = resolve; };
const suspend = new WebAssembly.Suspending((stack) => {
  suspended = stack;
  return new Promise(keepResolver);
});
const resume = (stack) => {
  const resolve = resolvers[stack];
  resolvers[stack] = null;
  resolve();
};

const { instance } = await WebAssembly.instantiate(await readFile(file), { env: { begin, suspend, resume } });
c = instance.exports;
c._initialize?.();
const waitTimes = WebAssembly.promising(c.wait_times);

await tellWaits(waitTimes, count);
