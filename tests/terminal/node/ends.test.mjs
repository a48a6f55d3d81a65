// A program at a terminal, in Node and its kin: what becomes of the terminal however the program ends, behind a stop, and
// beside others that have it. GREENIO_PROGRAM is the program made of ends.c. With GREENIO_RUNNER, words that JSON has, another
// host than this Node runs it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { fileURLToPath, pathToFileURL } from 'node:url';

const program = process.env.GREENIO_PROGRAM;
const runner = process.env.GREENIO_RUNNER ? JSON.parse(process.env.GREENIO_RUNNER) : [process.execPath];
const driver = fileURLToPath(new URL('drive.py', import.meta.url));

const driveAny = (terminal, steps, ...args) => new Promise((resolve, reject) =>
  execFile('python3', [driver, terminal, JSON.stringify(steps), ...runner, ...args], (error, stdout, stderr) =>
    error ? reject(new Error(stderr || error.message)) : resolve({ ...JSON.parse(stdout), errors: stderr })));

const drive = (terminal, steps, ...args) => driveAny(terminal, steps, program, ...args);

const raw = [['until', 'raw'], ['mode']]; // then it waits for a key

// bmalph 82, gemini-cli 27290, libuv 257 and 4398: raw in the shell, behind a program that has ended in another way.
for (const terminal of ['own', 'apart']) {
  for (const [way, expected] of /** @type {[string, RegExp][]} */ ([['exit', /^7$/], ['return', /^0$/], ['abort', /^[1-9]/], ['trap', /^[1-9]/], ['throw', /^[1-9]/]])) {
    test(`the mode is given back at an end by ${way}, of a terminal that is ${terminal}`, async () => {
      const { ended, modes, after, waits, errors } = await drive(terminal, [...raw, ['type', 'x']], way);
      assert.match(String(ended), expected, errors);
      assert.deepEqual({ modes, after }, { modes: ['raw'], after: 'before' }, errors);
      assert.ok(waits, 'who shares the terminal has it without waiting'); // node 42826
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    test(`the mode is given back at ${signal}, of a terminal that is ${terminal}`, async () => {
      const { ended, modes, after } = await drive(terminal, [...raw, ['kill', signal]], 'wait');
      assert.deepEqual({ ended, modes, after }, { ended: signal, modes: ['raw'], after: 'before' });
    });
  }
  test(`also where SIGTERM was watched before, of a terminal that is ${terminal}`, async () => {
    const { ended, after } = await drive(terminal, [...raw, ['kill', 'SIGTERM']], 'watched');
    assert.deepEqual({ ended, after }, { ended: 'SIGTERM', after: 'before' });
  });
}

// bun 41505: one of several.
test('the mode is given back of a terminal that is nobody\'s own', async () => {
  const { ended, modes, after } = await drive('none', [...raw, ['kill', 'SIGTERM']], 'wait', 'TERMINAL');
  assert.deepEqual({ ended, modes, after }, { ended: 'SIGTERM', modes: ['raw'], after: 'before' });
});

for (const name of ['/dev/tty', '//dev/tty']) {
  test(`one by two names is given back once: ${name}`, async () => {
    const { ended, modes, after } = await drive('own', [...raw, ['type', 'x']], 'return', 'TERMINAL', name);
    assert.deepEqual({ ended, modes, after }, { ended: 0, modes: ['raw'], after: 'before' });
  });
}

const two = fileURLToPath(new URL('two.mjs', import.meta.url));
test('of two programs in one process the last gives back the mode', async () => {
  const { ended, modes, after, printed } = await driveAny('own', [
    ['until', 'waits'], ['until', 'waits'], ['mode'], ['type', 'q'], ['until', 'key 113'], ['mode'], ['type', 'q'],
  ], two, program, 'keys');
  assert.deepEqual({ ended, modes, after }, { ended: 0, modes: ['raw', 'raw'], after: 'before' }, printed);
});
test('two programs in one process give back the mode once at a signal', async () => {
  const { ended, modes, after, printed } = await driveAny('own', [['until', 'raw'], ['until', 'raw'], ['mode'], ['kill', 'SIGTERM']], two, program, 'wait');
  assert.deepEqual({ ended, modes, after }, { ended: 'SIGTERM', modes: ['raw'], after: 'before' }, printed);
});

// The package signal-exit ends the program, and waits for whoever else listens to do it.
for (const order of ['first', 'last']) {
  test(`signal-exit, which has listened ${order}`, async () => {
    const steps = order === 'first' ? raw : [...raw, ['type', 'x'], ['until', 'listens']];
    const { ended, printed, after } = await drive('own', [...steps, ['kill', 'SIGTERM']], `signal-exit-${order}`);
    assert.deepEqual({ ended, after }, { ended: 'SIGTERM', after: 'before' }, printed);
    assert.match(printed, /cleans up/);
  });
}

// The program does not end by the signal then, and its own end gives the mode back.
test('who else listens to a signal has the say', async () => {
  const { ended, printed, after } = await drive('own', [...raw, ['type', 'x'], ['until', 'listens'], ['kill', 'SIGTERM'], ['until', 'heard']], 'heard');
  assert.deepEqual({ ended, after }, { ended: 5, after: 'before' }, printed);
});

// node 18416, ink 989, reline 727, libuv 1292: a stop, and a shell that has set its own mode meanwhile.
test('raw once more behind a stop', async () => {
  const { ended, modes, after, printed } = await drive('own', [
    ['until', 'waits'], ['mode'], ['kill', 'SIGSTOP'], ['set_before'], ['kill', 'SIGCONT'], ['mode'],
    ['type', 'r\n'], ['until', 'key 114'], ['until', 'waits'], ['until', 'waits'], ['mode'], ['type', 'q'],
  ], 'keys');
  assert.deepEqual({ ended, modes, after }, { ended: 0, modes: ['raw', 'before', 'raw'], after: 'before' }, printed);
});

// Its shell has the terminal, and to set its mode stops the program, as Node itself does at its end.
test('a program in the background leaves the mode alone when it closes its terminal', async () => {
  const { modes, printed } = await drive('own', [...raw, ['type', 'x'], ['until', 'listens'], ['background'], ['kill', 'SIGTERM'], ['until', 'closed']], 'closes');
  assert.deepEqual(modes, ['raw'], printed);
});

// node 2160: standard input is no terminal, and the terminal is there all the same; Ctrl-C is a key.
test('keys one by one where standard input is another', async () => {
  const { ended, printed, after, shown } = await drive('apart', [['until', 'waits'], ['type', '\x03'], ['until', 'key 3'], ['until', 'waits'], ['type', 'q']], 'keys');
  assert.deepEqual({ ended, after, shown }, { ended: 0, after: 'before', shown: '' }, printed);
});

// node 2219 and 19609, deno 27363: the size of any terminal, and not of process.stdout's alone.
for (const terminal of ['own', 'apart']) {
  test(`the window of a terminal that is ${terminal} gets another size`, async () => {
    const { ended, printed } = await drive(terminal, [['until', 'looks'], ['resize', 33, 44]], 'window');
    assert.deepEqual([ended, printed], [0, 'looks\n33 44\n']);
  });
}

// bun 41495: a child with the same terminal raced for what is typed.
test('what is typed while nobody reads is a child\'s', async () => {
  const { ended, printed } = await drive('own', [['until', 'line'], ['type', 'one\n'], ['until', 'child'], ['type', 'two\n']], 'child');
  assert.deepEqual([ended, printed], [0, 'line\nown one\nchild\nchild two\n']);
});

test('what is typed behind a Ctrl-D while nobody reads is a child\'s', async () => {
  const { ended, printed } = await drive('own', [['until', 'line'], ['type', '\x04'], ['until', 'child'], ['type', 'two\n']], 'child');
  assert.deepEqual([ended, printed], [0, 'line\nown child\nchild two\n']);
});

test('what is typed behind a read that was given up is a child\'s', async () => {
  const { ended, printed } = await drive('own', [['until', 'child'], ['type', 'two\n']], 'canceled');
  assert.deepEqual([ended, printed], [0, 'child\nchild two\n']);
});

const full = [['until', 'opened'], ['flow', false], ['type', 'x'], ['until', 'full']]; // somebody waits for room
test('also while somebody writes', async () => {
  const { ended, printed } = await drive('own', [
    ...full, ['until', 'child'], ['type', 'two\n'], ['until', 'child two'], ['until', 'goes on'], ['flow', true], ['shown', 200000],
  ], 'canceled_beside');
  assert.equal(ended, 0, printed);
});

test('keys come one by one while somebody writes', async () => {
  const { ended, printed } = await drive('own', [
    ...full, ['type', 'a'], ['until', 'key'], ['type', 'b'], ['until', 'key'], ['until', 'goes on'], ['flow', true], ['shown', 200000],
  ], 'two_keys');
  assert.equal(ended, 0, printed);
});

test('a terminal whose name says nothing any more', async () => {
  const { ended, modes, after, errors } = await drive('none', [...raw, ['type', 'x']], 'moved', 'TERMINAL');
  assert.deepEqual({ ended, modes, after }, { ended: 0, modes: ['raw'], after: 'before' }, errors);
});

test('no name is no terminal', async () => {
  const { ended } = await drive('own', [['type', 'x']], 'exit', '');
  assert.equal(ended, 1);
});

test('there is no TLS at a terminal', async () => {
  const { ended, printed } = await drive('own', [], 'tls');
  assert.deepEqual([ended, printed], [0, '-88\n']);
});

// Ctrl-S: Node's own streams of a terminal hold up the whole process.
test('a terminal that takes nothing holds up who writes alone', async () => {
  const { ended, printed, shown } = await drive('own', [
    ['until', 'opened'], ['flow', false], ['type', '\n'], ['until', 'ticked'], ['flow', true], ['shown', 200000],
  ], 'slow');
  assert.equal(ended, 0, printed);
  assert.ok(shown >= 200000, String(shown));
});

test('a program that has none', async () => {
  const { ended, printed } = await drive('none', [], 'none');
  assert.equal(ended, 0);
  assert.match(printed, /^-2 the program has no terminal\n$/);
});

test('a worker thread has none', { skip: process.env.GREENIO_RUNNER ? 'in Node alone' : false }, async () => {
  const worker = new Worker(`
    import(${JSON.stringify(String(pathToFileURL(program ?? '')))}).then(({ default: create }) =>
      create({ arguments: ['none'], print: text => require('node:worker_threads').parentPort.postMessage(text) }));
  `, { eval: true });
  const [text] = await new Promise((resolve, reject) => worker.once('message', text => resolve([text])).once('error', reject));
  await worker.terminate();
  assert.match(text, /^-95 there is no terminal as a stream but in Node, and in its main thread$/);
});
