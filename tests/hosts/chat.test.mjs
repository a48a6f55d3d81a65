// The example `chat` on Deno and workerd, by module.green.app.fetch(): people of npm's `ws` in one room, and its page.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { WebSocket } from 'ws';
import { member } from '../chat/member.mjs';
import { hosts, stopAll } from './hosts.mjs';

const program = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/examples/chat/chat.mjs`;

after(stopAll);

for (const [name, { start }] of Object.entries(hosts)) {
  test(`people talk in a room on ${name}`, { timeout: 600_000 }, async () => {
    const { base } = await start(program, '0');
    const room = `${base.replace('http', 'ws')}/room`;
    assert.match(await (await fetch(base)).text(), /<title>/);
    const ada = await member(room, 'Ada');
    await ada.hears('Ada has come');
    const bob = await member(room, 'Bob');
    await ada.hears('Bob has come');
    bob.socket.send('gr\u00fc\u00df dich');
    await ada.hears('Bob: gr\u00fc\u00df dich');
    bob.socket.terminate();
    await ada.hears('Bob has gone');
    const nobody = await member(room, '   ');
    assert.equal((await once(nobody.socket, 'close'))[0], 1008);
    const evil = new WebSocket(room, { origin: 'https://evil.example' });
    assert.match((await once(evil, 'error'))[0].message, /403/);
    ada.socket.close();
    await once(ada.socket, 'close');
  });
}
