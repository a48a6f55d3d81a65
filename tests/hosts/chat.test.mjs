// The example `chat` on Deno and workerd, by module.green.app.fetch(): people of npm's `ws` in one room, and its page.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { WebSocket } from 'ws';
import { hosts, stopAll } from './hosts.mjs';

const program = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/examples/chat/chat.mjs`;

after(stopAll);

async function member(base, name) {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/room`);
  const heard = [];
  let more = () => {};
  socket.on('message', (data) => {
    heard.push(String(data));
    more();
  });
  await once(socket, 'open');
  socket.send(name);
  const hears = async (line) => {
    while (!heard.includes(line)) await new Promise((resolve) => { more = resolve; });
  };
  return { socket, hears };
}

for (const [name, { start }] of Object.entries(hosts)) {
  test(`people talk in a room on ${name}`, { timeout: 60_000 }, async () => {
    const { base } = await start(program, '0');
    assert.match(await (await fetch(base)).text(), /<title>/);
    const ada = await member(base, 'Ada');
    await ada.hears('Ada has come');
    const bob = await member(base, 'Bob');
    await ada.hears('Bob has come');
    bob.socket.send('gr\u00fc\u00df dich');
    await ada.hears('Bob: gr\u00fc\u00df dich');
    bob.socket.terminate();
    await ada.hears('Bob has gone');
    const nobody = await member(base, '   ');
    assert.equal((await once(nobody.socket, 'close'))[0], 1008);
    const evil = new WebSocket(`${base.replace('http', 'ws')}/room`, { origin: 'https://evil.example' });
    assert.match((await once(evil, 'error'))[0].message, /403/);
    ada.socket.close();
    await once(ada.socket, 'close');
  });
}
