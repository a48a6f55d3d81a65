// Every option of green_server_options, on each host: honoured, or refused by its name. The table here, the header and
// the pages that speak of options must know the same ones. RAW_SERVE is the program of serve.c.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, startAtFreePort } from '../ports.mjs';
import { Client, ask, settle, start } from './client.mjs';

const program = process.env.RAW_SERVE;
const isNode = process.env.RAW_HOST === 'node';
const withoutTls = process.env.RAW_TLS === 'off'; // GREENIO_TLS=OFF
const HELLO = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const WAIT = 'GET /wait?ms=600000 HTTP/1.1\r\nHost: a\r\n\r\n';

async function during(server, use) {
  assert.match(server.line ?? '', /^listening on /, server.errors);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
  assert.equal(server.printed.at(-1), 'returned: 0', server.errors);
}

const serving = async (options, use) => during(await start(program, ...options), use);

async function refused(options, status, why) {
  const server = await start(program, ...options);
  if (server.port || server.line?.startsWith('listening')) await server.stop();
  await server.ended;
  assert.match(server.line, new RegExp(`^failed: ${status}: .*${why}`));
}

async function answer(port, bytes) {
  const client = new Client(port);
  client.write(bytes);
  await client.answered();
  client.destroy();
  return client.final[0]?.status ?? 0;
}

async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-raw-'));
  try { await use(folder); } finally { rmSync(folder, { recursive: true }); }
}

function makeCertificate(folder) {
  const [key, certificate] = ['key', 'certificate'].map(name => join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  return [key, certificate];
}

async function overTls(options) {
  await serving(options, async server => {
    const [response] = await once(httpsGet({ host: '127.0.0.1', port: server.port, path: '/', rejectUnauthorized: false, agent: false }), 'response');
    assert.equal(response.statusCode, 200);
    response.destroy();
  });
}

/* Each: what it must do; `differs`, if Node does not do it as the native server, which docs/web.md then says. */
const options = {
  host: { async check() {
    let elsewhere;
    for (let tries = 0; tries < 5 && elsewhere !== 'ECONNREFUSED'; tries++) { // another test may listen there
      await serving(['host=127.0.0.2'], async server => {
        assert.match(server.line, /^listening on 127\.0\.0\.2:/);
        const socket = connect(server.port, '127.0.0.1');
        elsewhere = await once(socket, 'connect').then(() => 'somebody is there', error => error.code);
        socket.destroy();
      });
    }
    assert.equal(elsewhere, 'ECONNREFUSED');
    await refused(['host=no.such.host.invalid'], 'ENOHOST', 'no\\.such\\.host');
  } },
  port: { async check() {
    let port;
    const server = await startAtFreePort(free => {
      port = free;
      return start(program, `port=${port}`);
    });
    await during(server, async () => {
      assert.equal(server.port, port);
      await refused([`port=${port}`], 'EADDRINUSE', String(port));
    });
    await refused(['port=65536'], 'EINVAL', 'port');
  } },
  path: { async check() {
    await inFolder(async folder => {
      const path = join(folder, 'socket');
      await serving([`path=${path}`], async () => {
        const socket = connect(path);
        socket.end(HELLO.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
        await once(socket, 'connect');
        socket.destroy();
        await refused([`path=${path}`], 'EADDRINUSE', 'socket');
      });
      assert.ok(!existsSync(path));
      await refused([`path=${path}`, 'port=1'], 'EINVAL', 'path');
      await refused([`path=${path}`, 'max_connections_per_address=1'], 'EINVAL', 'max_connections_per_address');
    });
  } },
  share_port: { differs: true, async check() {
    const [major, minor] = process.versions.node.split('.').map(Number);
    await refused(['share_port=1'], 'EINVAL', 'shared');
    if (isNode && (major < 22 || (major === 22 && minor < 12))) return refused([`port=${await freePort()}`, 'share_port=1'], 'ENOTSUP', 'share a port');
    const first = await startAtFreePort(port => start(program, `port=${port}`, 'share_port=1'));
    const { port } = first;
    await during(first, () => serving([`port=${port}`, 'share_port=1'], async () => assert.equal(await answer(port, HELLO), 200)));
  } },
  backlog: { async check() {
    await refused(['backlog=-1'], 'EINVAL', 'backlog');
    await serving(['backlog=2'], async server => {
      await settle(server.port); // it waits for its signal by then
      server.child.kill('SIGSTOP');
      const sockets = [];
      for (let i = 0; i < 12; i++) { // one by one: of many at once SYN cookies may let in all
        sockets.push(connect(server.port, '127.0.0.1').on('error', () => {}));
        if (i === 0) await once(sockets[0], 'connect');
        await new Promise(resolve => setTimeout(resolve, 20));
      }
      await new Promise(resolve => setTimeout(resolve, 200)); // more would be there at once
      const there = sockets.filter(socket => !socket.connecting).length;
      server.child.kill('SIGCONT');
      sockets.forEach(socket => socket.destroy());
      assert.ok(there <= 3, `${there} connections wait`);
    });
  } },
  max_connections: { differs: true, async check() {
    await serving(['max_connections=2'], async server => {
      const kept = [new Client(server.port), new Client(server.port)];
      for (const client of kept) await client.write(HELLO).answered();
      const third = new Client(server.port).write(HELLO);
      if (isNode) {
        await third.ended();
        assert.equal(third.text, '');
      } else {
        kept[0].destroy();
        await third.answered();
        assert.equal(third.final[0].status, 200);
      }
      [...kept, third].forEach(client => client.destroy());
    });
  } },
  max_connections_per_address: { async check() {
    await serving(['max_connections_per_address=2'], async server => {
      const kept = [new Client(server.port), new Client(server.port)];
      for (const client of kept) await client.write(HELLO).answered();
      const third = new Client(server.port).write(HELLO);
      await third.ended();
      assert.equal(third.text, '');
      kept.forEach(client => client.destroy());
    });
  } },
  max_head: { differs: true, async check() {
    const head = size => HELLO.replace('\r\n\r\n', `\r\nX: ${'y'.repeat(size)}\r\n\r\n`);
    await serving(['max_head=2000'], async server => {
      assert.equal(await answer(server.port, head(1500)), 200);
      assert.equal(await answer(server.port, head(2100)), 431);
      const long = await answer(server.port, HELLO.replace('/ ', `/${'u'.repeat(30000)} `));
      assert.ok([414, 431, 0].includes(long), String(long));
    });
    await serving(['max_head=100000'], async server => assert.equal(await answer(server.port, head(90000)), 200));
    await refused([`max_head=${2 ** 31}`], 'EINVAL', 'max_head');
  } },
  max_headers: { async check() {
    const head = count => HELLO.replace('\r\n\r\n', `\r\n${Array.from({ length: count - 1 }, (_, i) => `X-${i}: y\r\n`).join('')}\r\n`);
    await serving(['max_headers=20'], async server => {
      assert.equal(await answer(server.port, head(20)), 200);
      assert.equal(await answer(server.port, head(21)), 431);
    });
  } },
  idle_timeout: { differs: true, async check() { // the rest is in peer.test.mjs
    await serving(['idle_timeout=200'], async server => {
      const silent = new Client(server.port);
      await silent.ended();
      assert.ok([undefined, 408].includes(silent.final[0]?.status));
    });
    await serving(['idle_timeout=3600000', 'drain=0'], async server => {
      const silent = new Client(server.port);
      await settle(server.port);
      assert.ok(!silent.closed);
      const busy = new Client(server.port).write(WAIT);
      await settle(server.port);
      assert.ok(!busy.closed);
    });
  } },
  certificate: { differs: true, async check() {
    await inFolder(async folder => {
      const [key, certificate] = makeCertificate(folder);
      const both = join(folder, 'both');
      execFileSync('sh', ['-c', `cat '${certificate}' '${key}' > '${both}'`]);
      if (withoutTls) return refused([`certificate=${both}`], 'ENOTSUP', 'GREENIO_TLS');
      await overTls([`certificate=${both}`]);
      await refused([`certificate=${folder}/none`], 'ENOENT', 'none');
      await refused([`certificate=${key}`], 'ETLS', '');
    });
  } },
  key: { differs: true, async check() {
    await inFolder(async folder => {
      const [key, certificate] = makeCertificate(folder);
      if (withoutTls) return refused([`certificate=${certificate}`, `key=${key}`], 'ENOTSUP', 'GREENIO_TLS');
      await overTls([`certificate=${certificate}`, `key=${key}`]);
      await refused([`certificate=${certificate}`, `key=${folder}/none`], 'ENOENT', 'none');
      await refused([`key=${key}`], 'EINVAL', 'key');
    });
  } },
};

// A request on a connection of its own: what it answers, and whose certificate it has shown.
async function asked(port, path) {
  const request = httpsGet({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false });
  const [response] = await once(request, 'response');
  const { fingerprint256 } = response.socket.getPeerCertificate();
  let text = '';
  for await (const piece of response) text += piece;
  return [text, fingerprint256];
}

test('a certificate that is renewed while the server runs', { skip: withoutTls && 'this greenio has no TLS' }, () => inFolder(folder => inFolder(async other => {
  const [key, certificate] = makeCertificate(folder);
  const [nextKey, next] = makeCertificate(other);
  await serving([`certificate=${certificate}`, `key=${key}`], async server => {
    const [, first] = await asked(server.port, '/');
    assert.equal((await asked(server.port, `/renew?certificate=${other}/none&key=${nextKey}`))[0], 'ENOENT');
    assert.equal((await asked(server.port, `/renew?certificate=${next}&key=${key}`))[0], 'ETLS');
    assert.deepEqual(await asked(server.port, `/renew?certificate=${next}&key=${nextKey}`), ['OK', first]);
    const [, second] = await asked(server.port, '/');
    assert.notEqual(second, first);
  });
  await serving([], async server => assert.equal((await ask(server.port, `/renew?certificate=${next}`)).body, 'EINVAL'));
})));

for (const [name, { check }] of Object.entries(options)) test(`option ${name}`, check);

test('a server with none of them answers', () => serving([], async server => assert.equal((await ask(server.port, '/')).body, 'hello')));

const read = name => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('the header, this table and the pages know the same options', () => {
  const struct = /typedef struct green_server_options \{([^]*?)\} green_server_options;/.exec(read('include/greenio/server.h'))[1];
  const fields = [...struct.replace(/\/\*[^]*?\*\//g, '').matchAll(/(\w+);/g)].map(match => match[1]);
  assert.deepEqual(fields.sort(), Object.keys(options).sort());
  const inTable = (page, head) => {
    const [, rows] = new RegExp(`\\| option \\| ${head} \\|.*\\n\\|---.*\\n((?:\\|.*\\n)+)`).exec(read(page)) ?? assert.fail(`no table of options in ${page}`);
    return rows.split('\n').filter(Boolean).flatMap(row => [...row.split('|')[1].matchAll(/`(\w+)`/g)].map(match => match[1]));
  };
  const differing = Object.keys(options).filter(name => options[name].differs);
  assert.deepEqual(inTable('docs/web.md', 'in Node').sort(), differing.sort());
  const elsewhere = inTable('docs/web.md', 'where nothing listens');
  assert.deepEqual(elsewhere.sort(), fields);
  for (const name of inTable('docs/server.md', 'default').filter(one => one !== 'max_body')) assert.ok(name in options, name);
});
