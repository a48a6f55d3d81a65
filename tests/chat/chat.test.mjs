// The example `chat`: people in one room, natively and in Node, each with the other's room too if OTHER, the program for
// the other host, is built. CHAT is the program.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { commandOf, whyNot } from '../websocket/other.mjs';
import { member } from './member.mjs';

const { CHAT, OTHER } = process.env;
const running = [];

function start(program, ...args) {
  const [command, ...first] = commandOf(program);
  /** @type {any} */
  const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  child.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return child;
}
async function serve(program) {
  const child = start(program, '0');
  const { value: base } = await child.lines.next();
  return { child, base, room: base.replace('http', 'ws') + 'room' };
}
const outputOf = async child => {
  const lines = [];
  for await (const line of child.lines) lines.push(line);
  return lines;
};

let site;
before(async () => { site = await serve(CHAT); });
after(() => { running.forEach(child => child.kill('SIGKILL')); });

async function talk(room, program) {
  const ada = await member(room, 'Ada');
  await ada.hears('Ada has come');
  const child = start(program, 'join', room, 'Bob', 'hello', 'gr\u00fc\u00df dich');
  const printed = await outputOf(child);
  assert.ok(printed.includes('Bob: hello') && printed.includes('Bob: gr\u00fc\u00df dich'), printed.join('\n'));
  await ada.hears('Bob: gr\u00fc\u00df dich');
  await ada.hears('Bob has gone');
  assert.ok(ada.heard.indexOf('Bob has come') < ada.heard.indexOf('Bob: hello'));
  ada.socket.close();
  await once(ada.socket, 'close');
}

test('who is in the room hears what is said there', () => talk(site.room, CHAT));

const skip = whyNot(OTHER, '--help');
test('somebody from another host comes', { skip }, () => talk(site.room, OTHER));
test('somebody goes to a room on another host', { skip }, async () => talk((await serve(OTHER)).room, CHAT));

test('a name that is none is refused', async () => {
  for (const name of ['', '   ', 'a\u0007', 'x'.repeat(41)]) {
    const { socket } = await member(site.room, name);
    const [code, reason] = await once(socket, 'close');
    assert.deepEqual([code, String(reason)], [1008, 'the first message is a name']);
  }
});

test('pages of other sites do not get in', async () => {
  const socket = new WebSocket(site.room, { origin: 'https://evil.example' });
  const [error] = await once(socket, 'error');
  assert.match(error.message, /403/);
});

test('who does not listen has to go, and holds up nobody', async () => {
  const slow = await member(site.room, 'Slow');
  await slow.hears('Slow has come');
  slow.socket.pause();
  const loud = await member(site.room, 'Loud');
  const text = 'x'.repeat(1900);
  let count = 0;
  while (!loud.heard.includes('Slow has gone')) {
    loud.socket.send(text);
    if (++count % 20 === 0) await loud.hears(`Loud: ${text}`);
    loud.heard.splice(0, loud.heard.length, ...loud.heard.filter(line => line === 'Slow has gone'));
    assert.ok(count < 100_000);
  }
  loud.socket.close();
  slow.socket.terminate();
});

test('a room that ends says so', async () => {
  const { child, room } = await serve(CHAT);
  const { socket, hears } = await member(room, 'Last');
  await hears('Last has come');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.equal((await once(socket, 'close'))[0], 1001);
  assert.deepEqual(await ended, [0, null]);
});
