// Applications where the host's own server asks module.green.app.fetch(): Deno.serve(), Bun.serve(), and workerd, in a Durable
// Object. The table of application tests, and what users of these hosts have met.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test as testInTime } from 'node:test';
import { run } from '../app/cases.mjs';
import { faces, lacksOf } from '../app/faces.mjs';
import { servers, stopAll } from './hosts.mjs';

const built = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/tests`;
const folder = mkdtempSync(join(tmpdir(), 'greenio-served-'));

after(() => {
  stopAll();
  rmSync(folder, { recursive: true });
});

/* A socket that has sent that much, of which nobody reads. */
async function sent(port, head, body = '') {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  await new Promise(resolve => { socket.write(`${head}\r\nHost: 127.0.0.1:${port}\r\n\r\n${body}`, resolve); });
  return socket;
}

for (const [name, { start }] of Object.entries(servers)) describe(name, () => {
  const host = name.split(' ')[0];
  const face = faces[host] ? host : 'fetch()';
  /* `workerd`: why the test is left out there. */
  const test = (title, body, workerd) => testInTime(title, { timeout: 600_000, skip: host === 'workerd' && workerd }, body);

  let site;
  before(async () => {
    site = await start(`${built}/web/web_host.mjs`, 'fetch');
  });
  const text = async (path, init) => (await fetch(site.base + path, init)).text();
  const counts = async () => (await text('/counts')).split(' ').map(Number);
  async function until(wanted) {
    while (!wanted(...await counts()));
  }
  /* Until so many have begun, and as many of them been cancelled. */
  const given = (before, count) => until((begun, cancelled) => begun === before[0] + count && cancelled === before[1] + count);

  test('the table of application tests', async context => {
    const { base } = await start(`${built}/app/app_serve.mjs`, join(folder, name.replaceAll(' ', '-')));
    for (const { name, error, skipped } of await run({ base, lacks: lacksOf(face) })) {
      await context.test(name, { skip: skipped && `this host lacks: ${skipped}` }, () => assert.ifError(error));
    }
  });

  // deno 27005, 35733: a request's signal was aborted when its answer was whole.
  test('what is answered whole is not given up', async () => {
    const [begun, cancelled] = await counts();
    for (let i = 0; i < 20; i++) assert.equal(await text('/wait'), 'waited\n');
    assert.match(await text('/events'), /data: 2\n/);
    assert.equal((await text('/body')).length, 65536);
    assert.deepEqual(await counts(), [begun + 20, cancelled]);
    for (let i = 0; i < 20; i++) assert.equal(await text('/lingers'), 'whole\n');
    await until(now => now === begun + 40);
    assert.deepEqual(await counts(), [begun + 40, cancelled]);
  });

  // bun 6758, 8334, 28636, 33227; deno 10829, 21421: nobody told the handler.
  test('a client that leaves before its answer ends the task', async () => {
    const before = await counts();
    const waiting = await sent(site.port, 'GET /for-ever HTTP/1.1');
    await until(begun => begun === before[0] + 1);
    waiting.destroy();
    await given(before, 1);
  }, 'it tells nobody of a client that has gone before its answer has begun');
  test('a client that leaves amid an answer ends the task', async () => {
    const before = await counts();
    const reading = (await fetch(`${site.base}/endless`)).body.getReader();
    await reading.read();
    await reading.cancel();
    await given(before, 1);
    const stopped = await sent(site.port, 'GET /endless HTTP/1.1');
    await until(begun => begun === before[0] + 2);
    stopped.destroy();
    await given(before, 2);
  });
  test('a client that leaves an answer which is silent ends the task', async () => {
    const before = await counts();
    const reading = (await fetch(`${site.base}/silent`)).body.getReader();
    await reading.read();
    await reading.cancel();
    await given(before, 1);
  }, 'it notices that a client has gone by the next piece of the answer');

  // bun 41011: the body of an answer that came too late was never cancelled.
  test('an answer that begins when its client has gone is given up', async () => {
    const before = await counts();
    for (let i = 0; i < 20; i++) {
      const gone = await sent(site.port, 'GET /endless?ms=30 HTTP/1.1');
      await until(begun => begun === before[0] + i + 1);
      gone.destroy();
    }
    await given(before, 20);
  });

  // miniflare 577, workerd 1730: the next request waited for ever, or failed.
  test('a body that nobody reads holds up nothing', async () => {
    // A server that has answered may close, and who is still sending learns of that first.
    const post = async path => {
      const answer = await fetch(`${site.base}${path}`, { method: 'POST', body: new Uint8Array(3_000_000) }).catch(error => {
        if (!['EPIPE', 'ECONNRESET'].includes(error.cause?.code)) throw error;
      });
      return answer && [answer.status, await answer.text()];
    };
    let answered = 0;
    for (let i = 0; i < 10; i++) {
      const refused = await post('/refuse');
      if (refused) assert.deepEqual(refused, [403, '403 Forbidden\n']);
      assert.equal(await text('/hello'), 'hello\n');
      const measured = await post('/measure');
      if (measured) assert.equal(measured[0], 413);
      answered += [refused, measured].filter(Boolean).length;
    }
    assert.ok(answered > 0);
  });

  // bun 32469: all of an answer was taken into memory.
  test('who does not read holds the task back', async () => {
    const before = await counts();
    const socket = await sent(site.port, 'GET /endless HTTP/1.1');
    await until(begun => begun === before[0] + 1);
    const much = async () => Number(await text('/how-much'));
    for (let last = -1, equal = 0; equal < 20; await new Promise(resolve => { setTimeout(resolve, 10); })) {
      const now = await much();
      assert.ok(now < 256 << 20, `${now} bytes`);
      equal = now > 0 && now === last ? equal + 1 : 0;
      last = now;
    }
    socket.destroy();
    await given(before, 1);
  });

  test('a large body goes there and back', async () => {
    const pieces = 512, hash = createHash('sha256'), back = createHash('sha256');
    let at = 0, size = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (at === pieces) return controller.close();
        const piece = new Uint8Array(65536).map((_, i) => (i * 7 + at) & 255);
        at++;
        hash.update(piece);
        controller.enqueue(piece);
      },
    });
    const response = await fetch(`${site.base}/echo`, /** @type {any} */ ({ method: 'POST', body, duplex: 'half' }));
    for await (const piece of response.body) {
      back.update(piece);
      size += piece.length;
    }
    assert.equal(size, pieces * 65536);
    assert.equal(back.digest('hex'), hash.digest('hex'));
  });

  test('an upload that breaks off ends its task', async () => {
    const before = await counts();
    for (let i = 0; i < 10; i++) {
      const socket = await sent(site.port, 'POST /swallow HTTP/1.1\r\nContent-Length: 1000000', 'x'.repeat(1000));
      await until(begun => begun === before[0] + i + 1);
      socket.destroy();
    }
    await given(before, 10);
  });

  test('many requests at once, each by a connection of its own', async () => {
    const agent = new Agent({ keepAlive: false });
    const one = () => new Promise((resolve, reject) => {
      get(`${site.base}/wait?ms=50`, { agent }, response => response.resume().on('end', () => resolve(response.statusCode))).on('error', reject);
    });
    const statuses = await Promise.all(Array.from({ length: 500 }, one));
    assert.deepEqual([...new Set(statuses)], [200]);
  });

  // deno 25992, bun 41622: an answer that ends before its Content-Length says was waited for, or taken for whole.
  test('an answer that breaks off is told so', async () => {
    for (let i = 0; i < 5; i++) {
      await assert.rejects(text('/broken'), TypeError);
      await assert.rejects(text('/short'), TypeError);
      assert.equal(await text('/hello'), 'hello\n');
    }
  });
});
