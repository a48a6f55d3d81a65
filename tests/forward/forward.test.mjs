// The port forwarder between Node's own clients and servers. FORWARD and ECHO name the programs, native or
// ES modules.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { closedPort } from '../ports.mjs';

const running = new Set();
after(() => running.forEach(child => child.kill('SIGKILL')));

// Starts a program; `first` is the first line that it prints, `ended` its status and what it wrote.
async function start(program, ...args) {
  const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), ...args]);
  running.add(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', data => (output.out += data));
  child.stderr.on('data', data => (output.err += data));
  const ended = once(child, 'close').then(([status, signal]) => {
    running.delete(child);
    return { status, signal, ...output };
  });
  const line = new Promise(found => child.stdout.on('data', () => output.out.includes('\n') && found()));
  await Promise.race([line, ended]);
  return { child, ended, output, port: Number(/:(\d+)/.exec(output.out)?.[1]) };
}

async function listen(serve) {
  const server = net.createServer({ allowHalfOpen: true }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function stop({ child, ended }) {
  child.kill('SIGTERM');
  return ended;
}

const connect = port => net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });

test('what is sent comes back, on many connections at once, and is counted', async () => {
  const echo = await start(process.env.ECHO, '127.0.0.1:0');
  const forward = await start(process.env.FORWARD, '--quiet', '127.0.0.1:0', `127.0.0.1:${echo.port}`);
  const sizes = Array.from({ length: 100 }, (_, i) => (i + 1) * 1000);
  await Promise.all(sizes.map(async size => {
    const socket = connect(forward.port);
    const message = 'x'.repeat(size);
    socket.end(message);
    assert.equal(await text(socket), message);
  }));
  const { status, err } = await stop(forward);
  assert.equal(status, 0);
  const total = sizes.reduce((a, b) => a + b);
  assert.match(err, new RegExp(`100 connections, 0 without a target, 0 cut; ${total} bytes there, ${total} back`));
  await stop(echo);
});

test('the end of one way is passed on, and the answer still comes', async () => {
  const server = await listen(socket => {
    let question = '';
    socket.on('data', data => (question += data));
    socket.on('end', () => socket.end(`you asked ${question}`));
  });
  const forward = await start(process.env.FORWARD, '127.0.0.1:0', `127.0.0.1:${server.address().port}`);
  const socket = connect(forward.port);
  socket.end('why');
  assert.equal(await text(socket), 'you asked why');
  const { status, out } = await stop(forward);
  assert.equal(status, 0);
  assert.match(out, /1: 3 bytes there, 13 back\n/);
  server.close();
});

test('a reset is passed on', async () => {
  const server = await listen(socket => {
    socket.on('error', () => {});
    socket.once('data', () => socket.resetAndDestroy());
  });
  const forward = await start(process.env.FORWARD, '127.0.0.1:0', `127.0.0.1:${server.address().port}`);
  const socket = connect(forward.port);
  socket.write('x');
  const [error] = await once(socket, 'error');
  assert.equal(error.code, 'ECONNRESET');
  const { err } = await stop(forward);
  assert.match(err, /1 connections, 0 without a target, 1 cut/);
  server.close();
});

test('a target that is not there', async () => {
  const forward = await start(process.env.FORWARD, '127.0.0.1:0', `127.0.0.1:${closedPort}`);
  const socket = connect(forward.port);
  await once(socket, 'error').catch(() => {});
  const { err } = await stop(forward);
  assert.match(err, new RegExp(`cannot connect to 127.0.0.1:${closedPort}: .*connection refused`));
  assert.match(err, /1 connections, 1 without a target/);
});

test('a signal lets open connections end, a second one cuts them', async () => {
  const server = await listen(socket => socket.on('error', () => {}).pipe(socket));
  const forward = await start(process.env.FORWARD, '--grace', '100', '127.0.0.1:0', `127.0.0.1:${server.address().port}`);
  const [first, second] = [connect(forward.port), connect(forward.port)];
  second.on('error', () => {});
  first.write('a');
  second.write('b');
  await Promise.all([once(first, 'data'), once(second, 'data')]);
  const open = new Promise(found => forward.child.stderr.on('data', () => forward.output.err.includes('are open') && found()));
  forward.child.kill('SIGTERM');
  await open;
  first.end('c');
  assert.equal(await text(first), 'c');
  forward.child.kill('SIGTERM');
  const { status, err } = await forward.ended;
  assert.equal(status, 0);
  assert.match(err, /2 connections, 0 without a target, 1 cut/);
  server.close();
});

test('wrong arguments', async () => {
  for (const [args, status, said] of /** @type {any[][]} */ ([
    [['--help'], 0, /usage: forward/],
    [['8080'], 2, /LISTEN and TARGET are needed/],
    [['8080', 'nowhere'], 2, /not PORT, HOST:PORT.*: nowhere/],
    [['8080', '1', '2'], 2, /what is this: 2/],
    [['8080', '127.0.0.1:0'], 2, /TARGET needs a port/],
    [['192.0.2.1:0', '1'], 1, /listen on 192.0.2.1:0: address not available here/],
  ])) {
    const result = await (await start(process.env.FORWARD, ...args)).ended;
    assert.equal(result.status, status, args.join(' '));
    assert.match(result.out + result.err, said);
  }
});
