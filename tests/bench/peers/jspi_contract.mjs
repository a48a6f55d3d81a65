// The floor of wasm.promise by JSPI with what a task's wait for a promise owes its program (jspi_contract.c): as
// jspi_record.mjs, and calls of the body are counted, entries into C do not nest, what they throw is caught, and what a
// promise gives may be something else than a number.
// Needs WebAssembly.Suspending. Usage: jspi_contract.mjs JSPI_CONTRACT.WASM COUNT. Prints nanoseconds a wait.
import { readFile } from 'node:fs/promises';
import { tellWaits } from './waits.mjs';

const [file, count] = [process.argv[2], Number(process.argv[3])];
const OVER = 1;
let c;
let inside = false; // C runs, entered from here
let underWay = false; // a turn
let failure = null;
let view, at;
const depth = () => (view.length > 0 ? view : (view = new Int32Array(c.memory.buffer)));

const enter = (step, a, b, d) => {
  if (inside) return void step(a, b, d);
  inside = true;
  try {
    underWay = step(a, b, d) !== 0;
  } catch (error) {
    failure = error;
  }
  inside = false;
};

const answer = async () => 7;
const then = Promise.prototype.then;
const idle = []; // pairs of reactions
const newPair = () => {
  const pair = {
    future: 0,
    resolved(value) {
      idle.push(pair);
      if (typeof value == 'number') enter(c.settle, pair.future, 0, value);
      else enter(c.settle, pair.future, -1, 0);
    },
    rejected() {
      idle.push(pair);
      enter(c.settle, pair.future, -1, 0);
    },
  };
  return pair;
};
const begin = () => {
  const future = c.future_new();
  const pair = idle.length > 0 ? idle.pop() : newPair();
  pair.future = future;
  let promise;
  depth()[at]++;
  try {
    promise = answer();
  } catch (error) {
    promise = Promise.reject(error);
  } finally {
    depth()[at]--;
  }
  if (promise.then === then) promise.then(pair.resolved, pair.rejected);
  else then.call(Promise.resolve(promise), pair.resolved, pair.rejected);
  return future;
};

const resolvers = []; // of stacks that are suspended
let suspended = 0;
const keepResolver = (resolve) => { resolvers[suspended] = resolve; };
const suspend = new WebAssembly.Suspending((stack, what) => {
  suspended = stack;
  const promise = new Promise(keepResolver);
  if (what === OVER) underWay = false;
  return promise;
});
const resume = (stack) => {
  const resolve = resolvers[stack];
  resolvers[stack] = null;
  resolve();
};
const lookAtLoop = () => { setImmediate(() => enter(c.go_on)); };

const { instance } = await WebAssembly.instantiate(await readFile(file), {
  env: { begin, suspend, resume, look_at_loop: lookAtLoop, now: () => performance.now() },
});
c = instance.exports;
c._initialize?.();
at = c.depth_address() >> 2;
view = new Int32Array(c.memory.buffer);
const waitTimes = WebAssembly.promising(c.wait_times);

await tellWaits(waitTimes, count);
if (failure || !underWay) throw failure ?? new Error('the last turn is not under way');
