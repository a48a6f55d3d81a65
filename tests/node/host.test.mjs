/* Programs under Node, and modules that JavaScript loads. GREENIO_MODULE is the module made of host.c. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const path = process.env.GREENIO_MODULE;
const { default: create } = await import(path);

const run = (args, started, options = []) => new Promise((resolve, reject) => {
  const child = spawn(process.execPath, [...options, path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '', stderr = '';
  child.stdout.on('data', data => { stdout += data; });
  if (started) child.stdout.once('data', () => started(child));
  child.stderr.on('data', data => { stderr += data; });
  child.on('error', reject);
  child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
});

test('main is parked and comes back with its locals; its status is the process\'s', async () => {
  assert.deepEqual(await run(['status', 'an argument']), {
    status: 4, signal: null, stderr: '', stdout: 'a local slept\nsecond slept\na local of main: 3 3 an argument\nbye\n',
  });
});

test('a main that never waits', async () => {
  assert.deepEqual(await run([]), { status: 2, signal: null, stderr: '', stdout: 'done\nbye\n' });
});

test('tasks that nothing can wake: a report, and green_run() returns EDEADLK', async () => {
  const { status, stdout, stderr } = await run(['stuck']);
  assert.equal(stdout, 'green_run: EDEADLK\nafter that slept\nbye\n');
  assert.equal(status, 4);
  assert.match(stderr, /^greenio: deadlock: nothing is left that could wake these tasks$/m);
  assert.match(stderr, /parked +future/);
});

test('a pool that was not shut down is told as such', async () => {
  const { status, stderr } = await run(['pool']);
  assert.notEqual(status, 0);
  assert.match(stderr, /deadlock: nothing is left that could wake these tasks/);
  assert.match(stderr, /idle worker +parked/);
  assert.match(stderr, /call green_pool_shutdown\(\)/);
});

/* A Debug build aborts at the first. */
test('a future that is released once too often is told by its name', async () => {
  const { status, stdout, stderr } = await run(['twice']);
  assert.match(stderr, /greenio: a future of ended was released once too often/);
  if (/a trap closed the module/.test(stderr)) return assert.equal(status, 1);
  assert.equal(status, 3);
  assert.match(stdout, /the next slept\n/);
});

const unseen = /greenio: nobody looked at a failed future of download: EIO: half way\n/g;

for (const how of ['return', 'exit', 'wait']) {
  test('a failure that nobody looked at is told once when the program ends by ' + how, async () => {
    const { status, stderr } = await run(['unseen', how]);
    assert.equal(status === 0, how === 'return');
    assert.equal(stderr.match(unseen)?.length, 1, stderr);
  });
}

const evaluate = source => {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 60_000 });
  return { status, stderr };
};

test('and when a process ends that has loaded the module', () => {
  const { status, stderr } = evaluate(`import create from ${JSON.stringify(path)};
    const app = await create({ arguments: ['status', ''] });
    await app.green.main;
    await app.green.call('spawn_unseen', 'number');`);
  assert.deepEqual([status, stderr.match(unseen)?.length], [0, 1], stderr);
});

test('a process may load many modules, and each ends with it', () => {
  const { status, stderr } = evaluate(`const apps = []; // what nobody has any more is not looked after
    for (let i = 0; i < 12; i++) {
      const { default: create } = await import(${JSON.stringify(path)} + '?' + i);
      const app = apps[i] = await create({ arguments: ['status', ''] });
      await app.green.main;
      if (i % 11 === 0) await app.green.call('spawn_unseen', 'number');
    }
    globalThis.apps = apps;`);
  assert.deepEqual([status, stderr.match(unseen)?.length], [0, 2], stderr);
  assert.doesNotMatch(stderr, /MaxListeners/);
});

test('a deadlock lets tasks clean up, and ends those that do not', async () => {
  const { status, stdout, stderr } = await run(['deadlock']);
  assert.deepEqual(stdout.split('\n').sort(), ['', 'bye', 'first has cleaned up', 'first: ECANCELED', 'green_run: EDEADLK', 'meek has cleaned up', 'meek: ECANCELED']);
  assert.equal(status, 5);
  assert.equal(stderr.match(/^greenio: deadlock: /gm).length, 1);
  assert.match(stderr, /stubborn +parked/);
});

/* Programs of JavaScript that call the module; what they print on stdout. */
const script = async (text, args = []) => new Promise((resolve, reject) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `import create from ${JSON.stringify(path)}; const { green, ...app } = await create({ arguments: ${JSON.stringify(args)} }); ${text}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '', stderr = '';
  child.stdout.on('data', data => { stdout += data; });
  child.stderr.on('data', data => { stderr += data; });
  child.on('error', reject);
  child.on('close', status => resolve({ status, stdout, stderr }));
});

test('a deadlock of calls rejects them, and their program goes on', async () => {
  const { status, stdout, stderr } = await script(`
    const call = kind => green.call('wait_in_vain', 'status', ['number'], [kind], kind === 1 ? { name: 'stubborn' } : {}).catch(error => error.code + ' ' + error.message);
    console.log(JSON.stringify(await Promise.all([call(0), call(1), call(2)])));
    console.log(JSON.stringify(await Promise.all([call(1), call(2)])));
    console.log(await green.call('add', 'number', ['number', 'number'], [1, 2]));`);
  const text = 'EDEADLK deadlock: nothing was left that could wake wait_in_vain';
  assert.equal(stdout, `done\n${JSON.stringify([text, text, 7])}\n${JSON.stringify([text, 7])}\n3\nbye\n`);
  assert.equal(status, 0);
  assert.equal(stderr.match(/^greenio: deadlock: nothing is left that could wake these tasks$/mg).length, 2);
  assert.match(stderr, /wait_in_vain +parked/);
  assert.match(stderr, /stubborn +parked/);
});

test('a deadlock of calls that nobody catches is an uncaught error of the program', async () => {
  const { status, stderr } = await script('await green.call(\'wait_in_vain\', \'status\', [\'number\'], [0]);');
  assert.equal(status, 1);
  assert.match(stderr, /deadlock: nothing was left that could wake wait_in_vain/);
});

test('a deadlock of calls while main waits in green_run(): both are told', async () => {
  const { status, stdout } = await script('green.main.then(status => console.log("main", status)); await green.call("wait_in_vain", "status", ["number"], [0]).catch(error => console.log(error.code));', ['deadlock']);
  assert.match(stdout, /^EDEADLK$/m);
  assert.match(stdout, /^main 5$/m);
  assert.equal(status, 0);
});

test('a deadlock of tasks that nobody waits for ends the process with 13, and says so', async () => {
  const { status, stderr } = await script('app._spawn_waiter();');
  assert.equal(status, 13);
  assert.match(stderr, /^greenio: deadlock: /m);
  assert.match(stderr, /orphan +parked/);
  assert.match(stderr, /leaked: nobody waits for these tasks, so the process will end with status 13/);
});

test('exit() in a task runs the exit handlers', async () => {
  assert.deepEqual(await run(['exit']), { status: 5, signal: null, stderr: '', stdout: 'leaving\nbye\n' });
});

test('exit() in an export that JavaScript calls does so too', async () => {
  const { status, stdout } = await run(['exit-later']);
  assert.deepEqual([status, stdout], [6, 'bye\n']);
});

test('a JavaScript exception in main is written, and ends the process with 1', async () => {
  const { status, stderr } = await run(['throw']);
  assert.equal(status, 1);
  assert.match(stderr, /main: out of main/);
});

test('a JavaScript exception in a callback is uncaught, as in JavaScript', async () => {
  const { status, stderr } = await run(['callback']);
  assert.equal(status, 1);
  assert.match(stderr, /Error: out of main/);
});

test('a program that catches what is uncaught goes on behind an exception in a callback', async () => {
  const catches = `data:text/javascript,process.on('uncaughtException',e=>console.error('caught',e.message))`;
  const { status, stdout, stderr } = await run(['callback'], null, ['--import', catches]);
  assert.deepEqual([status, stdout, stderr], [0, 'bye\n', 'caught out of main\n']);
});

test('abort() in a task of main is written, ends the process with 1, and rejects main', async () => {
  const { status, stdout, stderr } = await run(['abort']);
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /greenio: a trap closed the module/);
  const { app } = await load(['abort'], { printErr() {} });
  await assert.rejects(app.green.main, { name: 'GreenError', code: 'ETRAP' });
  await assert.rejects(app.green.call('add', 'number', ['number', 'number'], [1, 2]), { code: 'ETRAP' });
});

test('a trap in a task of main is written, and fails that task alone', async () => {
  const { status, stdout, stderr } = await run(['trap']);
  assert.equal(status, 3);
  assert.equal(stdout, 'trap: EEXCEPTION\nthe other slept\nbye\n');
  assert.match(stderr, /greenio: a trap ended task \d+: unreachable/);
});

test('an overflow of a task of main fails that task alone', async () => {
  const { status, stdout } = await run(['overflow']);
  assert.equal(status, 3);
  assert.equal(stdout, 'overflow: EOVERFLOW\nthe other slept\nbye\n');
});

test('a hold keeps Node alive', async () => {
  assert.deepEqual(await run(['hold']), { status: 0, signal: null, stderr: '', stdout: 'woken\nbye\n' });
});

test('the watchdog tells which task held the loop, and for how long', async () => {
  const { status, stderr } = await run(['watchdog']);
  assert.equal(status, 0);
  const said = / held the loop for \d+ ms, longer than 10 ms$/;
  const lines = stderr.trimEnd().split('\n');
  for (const line of lines) assert.match(line, said);
  const told = who => lines.filter(line => line.startsWith(`greenio: watchdog: ${who} `)).length;
  assert.equal(told('hog'), 1);
  assert.ok(told('a callback') >= 2); // on a slow machine others hold it too
});

test('green_run is refused below JavaScript and in a task', async () => {
  const { stdout } = await run(['nested']);
  assert.equal(stdout, 'below JavaScript: ENESTED\nin a task: EBUSY\nbye\n');
});

test('a signal is a future', async () => {
  const result = await run(['signal', 'wait'], child => child.kill('SIGTERM'));
  assert.deepEqual(result, { status: 0, signal: null, stderr: '', stdout: 'ready\nsignal: 0\nbye\n' });
});

test('a cancelled signal has its old meaning', async () => {
  const result = await run(['signal', 'cancel'], child => child.kill('SIGTERM'));
  assert.equal(result.signal, 'SIGTERM');
});

const load = (args, options) => {
  const lines = [];
  return create({ arguments: args, print: line => lines.push(line), ...options }).then(app => ({ app, lines }));
};

test('a module that JavaScript loads stays usable after main has returned', async () => {
  const { app, lines } = await load([]);
  assert.equal(await app.green.main, 2);
  assert.deepEqual(lines, ['done']);
  assert.equal(await app.green.call('add', 'number', ['number', 'number'], [1, 2]), 3);
  assert.equal(app._add(2, 2), 4);
});

test('an exception in main before its first wait rejects its promise, or, not by JSPI, that of the factory', async () => {
  const failed = error => String(error.cause ?? error) === 'Error: out of main';
  const loaded = await load(['throw'], { printErr() {} }).catch(error => error);
  if (loaded instanceof Error) return assert.ok(process.env.GREENIO_CONTEXTS !== 'jspi' && failed(loaded), String(loaded));
  await assert.rejects(loaded.app.green.main, failed);
});

test('calls and main run side by side', async () => {
  const { app, lines } = await load(['status', 'x']);
  assert.equal(await app.green.call('add', 'number', ['number', 'number'], [1, 2]), 3);
  assert.equal(await app.green.main, 4);
  assert.equal(lines.at(-1), 'a local of main: 3 3 x');
  assert.equal(await app.green.call('add', 'number', ['number', 'number'], [3, 4]), 7);
});

/* By JSPI main goes on in a microtask, and these come before it. */
const meetings = /** @type {[string, (green: any) => Promise<any>, any][]} */ ([
  ['that waits', green => green.call('add', 'number', ['number', 'number'], [1, 2]), 3],
  ['that does not wait', green => green.call('negate', 'number', ['number'], [5]), -5],
  ['that waits, and others', green => Promise.all([1, 2, 3].flatMap(i => [
    green.call('negate', 'number', ['number'], [i]), green.call('add', 'number', ['number', 'number'], [i, i]),
  ])), [-1, 2, -2, 4, -3, 6]],
]);
for (const [what, meet, value] of meetings) {
  test(`a call ${what}, made when green_run() is about to return, is no deadlock`, async () => {
    const errors = [];
    let met;
    const { app, lines } = await load(['meet'], { printErr: line => errors.push(line), met: green => { met = meet(green); } });
    assert.equal(await app.green.main, 3);
    assert.deepEqual(await met, value);
    assert.deepEqual([lines, errors], [['green_run: OK', 'after that slept'], []]);
    assert.equal(await app.green.call('add', 'number', ['number', 'number'], [3, 4]), 7);
  });
}

test('exit() in a loaded module does not end the program that loaded it', async () => {
  const { app, lines } = await load(['exit']);
  assert.equal(await app.green.main, 5);
  assert.deepEqual(lines, ['leaving', 'bye']);
});

test('the program\'s own instantiateWasm is used, and imports are counted in it', async () => {
  const binary = await readFile(path.replace(/\.mjs$/, '.wasm'));
  let used = 0;
  const { app, lines } = await load(['nested'], {
    instantiateWasm(imports, done) {
      used++;
      WebAssembly.instantiate(binary, imports).then(({ instance, module }) => done(instance, module));
      return {};
    },
  });
  await app.green.main;
  assert.equal(used, 1);
  assert.equal(lines[0], 'below JavaScript: ENESTED');
});
