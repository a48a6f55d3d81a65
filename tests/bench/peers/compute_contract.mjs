// Runs the floor of wasm.size that has what greenio owes a program (compute_contract.c); with `check` it is seen afterwards
// that calls wait, fail with words, are cancelled, trap alone and are reported, that promises are waited for, and that a deadlock
// is told and ended. What is not run: deadlines, an overflow, an exception that is no trap, strings and bytes as values, the
// budget, the limit of stacks, and failures at which nobody has looked. Usage: compute_contract.mjs PROGRAM LOAD [check].
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';

const [file, load, check] = process.argv.slice(2);
const [GREEN_EEXCEPTION, GREEN_ECANCELED, GREEN_EIO] = [-1008, -125, -5];
const resolvers = [];
const free = [];
let numbers = 1;
const take = () => (free.length > 0 ? free.pop() : numbers++);
const calls = new Map();
let rows = [];
let told = null;
let c, run, view, alarm;
const text = (at) => {
  const bytes = new Uint8Array(c.memory.buffer);
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
};
const withText = (words, use) => {
  const bytes = new TextEncoder().encode(`${words}\0`);
  const at = c.memory_new(bytes.length);
  new Uint8Array(c.memory.buffer).set(bytes, at);
  use(at);
};
const lost = (error) => {
  const trap = error instanceof WebAssembly.RuntimeError ? 1 : 0;
  withText(String(error), (at) => { if (!c.lost(GREEN_EEXCEPTION, at, trap)) throw error; });
};
const start = (slot, task) => {
  const { f, args, isNumber } = calls.get(slot);
  c.call_enter(task, take());
  WebAssembly.promising(f)(...args).then((value) => {
    calls.get(slot).value = value;
    c.call_leave(value < 0 ? value : 0, isNumber ? 1 : 0);
  }, lost);
};

const imports = {
  begin: (task) => { Promise.resolve().then(() => run(task, take())).catch(lost); },
  suspend: new WebAssembly.Suspending((stack) => new Promise((resolve) => { resolvers[stack] = resolve; })),
  resume: (stack) => { resolvers[stack](); },
  drop: (stack) => { free.push(stack); },
  call_begins: (slot, task) => { Promise.resolve().then(() => start(slot, task)); },
  look_at_loop: (events) => { if (events) setImmediate(() => c.turn(1)); else Promise.resolve().then(() => c.turn(0)); },
  timer: (milliseconds) => {
    clearTimeout(alarm);
    if (milliseconds >= 0) alarm = setTimeout(() => c.turn(1), Math.ceil(milliseconds));
  },
  now: () => performance.now(),
  done: (slot, status, words) => {
    const { resolve, reject, value } = calls.get(slot);
    calls.delete(slot);
    if (status < 0) reject(Object.assign(new Error(text(words)), { status }));
    else resolve(value);
  },
  report_row: (...row) => { rows.push(row); },
};

let slots = 0;
const call = (name, ...args) => {
  const slot = slots++;
  let task;
  const promise = new Promise((resolve, reject) => { calls.set(slot, { f: c[name], args, isNumber: true, resolve, reject }); });
  withText(name, (at) => {
    task = c.call_new(slot, at, 1);
    if (task) start(slot, task);
    else task = c.call_new(slot, at, 0);
  });
  return { promise, task };
};

const expect = (is, what) => { if (!is) throw new Error(`the floor fails: ${what}`); };
async function checkAll() {
  expect((await call('rest', 1).promise) === 0, 'a sleep');
  const sleeper = call('rest', 1e6);
  const second = call('rest', 1);
  await second.promise;
  rows = [];
  c.report();
  expect(rows.length === 1 && text(rows[0][1]) === 'rest', 'a report');
  c.call_cancel(sleeper.task);
  expect((await sleeper.promise.catch(({ status }) => status)) === GREEN_ECANCELED, 'a cancel');
  const future = c.future_new(2);
  const waiter = call('await', future);
  setTimeout(() => c.resolve_number(future, 7), 1);
  expect((await waiter.promise) === 0, 'a promise');
  const failing = c.future_new(2);
  const failed = call('await', failing);
  setTimeout(() => withText('words of a failure', (at) => c.reject(failing, GREEN_EIO, at)), 1);
  const failure = await failed.promise.catch((error) => error);
  expect(failure.status === GREEN_EIO && failure.message === 'words of a failure', 'a failure with words');
  const stuck = call('await', c.future_new(2));
  await call('rest', 1).promise;
  told = [];
  c.deadlock(0);
  c.flush();
  expect(told[0]?.startsWith('deadlock: '), 'a deadlock that is told');
  expect((await stuck.promise.catch(({ status }) => status)) === GREEN_ECANCELED, 'a cancel of who waits for ever');
  const trapped = await call('number_of', -16).promise.catch((error) => error);
  expect(trapped instanceof Error && (await call('rest', 1).promise) === 0, 'a trap that fails one call');
  expect(text(new Uint32Array(c.memory.buffer)[(c.row_of(GREEN_ECANCELED, 0) >> 2) + 1]) === 'ECANCELED', 'a name');
}

await createRequire(import.meta.url)(file)({
  arguments: [load],
  printErr: (line) => { if (told) told.push(line); else console.error(line); },
  instantiateWasm(wanted, done) {
    Object.assign(wanted.env, imports);
    readFile(file.replace(/\.\w+$/, '.wasm')).then(async (bytes) => {
      const { instance, module } = await WebAssembly.instantiate(bytes, wanted);
      c = instance.exports;
      run = WebAssembly.promising(c.run);
      view = new Int32Array(c.memory.buffer);
      expect(view[c.depth_address() >> 2] === 0, 'the depth of imports');
      done(instance, module);
    });
    return {};
  },
});
if (check) {
  await new Promise((resolve) => { process.once('beforeExit', resolve); });
  await checkAll();
}
