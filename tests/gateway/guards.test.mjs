// Attempts to get through examples/gateway (GREENIO_GATEWAY) to what its list does not have, to use it without the token, beyond its
// limits, or against the protocol.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { lacking, startNames } from './dns.mjs';
import { startPeers } from './peers.mjs';
import { startProgram } from './program.mjs';
import { RawClient } from './raw.mjs';

const program = process.env.GREENIO_GATEWAY;
const started = [];
let peers, trap; /* a server that nobody may reach; how often somebody has */
let trapped = 0;

before(async () => {
  peers = await startPeers();
  trap = net.createServer(socket => {
    trapped++;
    socket.destroy();
  }).listen(0, '::');
  await once(trap, 'listening');
});
after(async () => {
  await Promise.all(started.map(one => one.close()));
  peers.close();
  trap.close();
});

const trapPort = () => /** @type {net.AddressInfo} */ (trap.address()).port;
async function start(settings) {
  const made = await startProgram(program, settings);
  started.push(made);
  return made;
}
async function client({ url }, token = '') {
  const raw = new RawClient(url);
  await raw.ready;
  raw.hello(token);
  return raw;
}

// What stands for an address of this machine, or behind it, in one notation or another; and what is no host at all.
const notations = [
  '127.0.0.1', '127.8.9.10', '0.0.0.0', '::1', '::', '0:0:0:0:0:0:0:1', '::0001',
  '::ffff:127.0.0.1', '::FFFF:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:ffff:127.0.0.1', '::127.0.0.1', '::7f00:1',
  '64:ff9b::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2002:7f00:1::1',
  '0177.0.0.1', '0177.0.0.01', '127.0.0.01', '0x7f.0.0.1', '0x7f.1', '0x7f000001', '0X7F000001', '017700000001', '2130706433', '127.1', '127.0.1', '0', '0x0', '00',
  '127.0.0.1.', '127.0.0.1.1', '1.127.0.0.1.', '[::1]', '[127.0.0.1]', '::1%lo', 'fe80::1%lo', 'fe80::1', '::1%25lo',
  '169.254.169.254', '10.0.0.1', '192.168.0.1', '172.16.0.1', '100.64.0.1', '224.0.0.1', '255.255.255.255', 'fc00::1', 'fd00::1', 'ff02::1', '198.18.0.1',
  ' ', ' 127.0.0.1', '127.0.0.1 ', '127.0.0.1\0', '127.0.0.1\0.example.com', '127.0.0.1/', '127.0.0.1:80', 'user@127.0.0.1', '127.0.0.1#', '127。0。0。1', '１２７.0.0.1', '①②⑦.0.0.1',
  'ⓛocalhost', '.', '..', 'a..b', '.localhost', '-', '*', `${'a'.repeat(64)}.com`, 'a.'.repeat(127), '127.0.0.1\n', 'locaĺhost', '%6c', '\\', "'", 'localhost%00.com',
];

test('nothing of this machine by an entry for the public', async context => {
  const port = trapPort();
  const made = await start({ allow: ['*:*'] });
  const raw = await client(made);
  let number = 0;
  for (const host of [...notations, 'localhost', 'LOCALHOST', 'localhost.', 'ip6-localhost']) {
    await context.test(JSON.stringify(host), async () => {
      assert.match(await raw.ask(++number, host, port), /^(EACCES|ENOHOST) /);
    });
  }
  assert.equal(trapped, 0);
});

test('the list is of hosts and ports, in whatever notation of the same', async () => {
  const { echo, closed } = peers.ports;
  const made = await start({ allow: [`127.0.0.1:${echo}`, `Some-Name.test:${echo}`, '[::1]:1', `alias.test:5432=127.0.0.1:${echo}`] });
  const raw = await client(made);
  const answers = {
    [`127.0.0.1 ${echo}`]: /^OPENED/,
    [`127.0.0.1 ${closed}`]: /^EACCES .*127\.0\.0\.1 port \d+ is not allowed/,
    [`127.0.0.2 ${echo}`]: /^EACCES/,
    [`::ffff:127.0.0.1 ${echo}`]: /^OPENED/, /* the address that is listed */
    [`127.1 ${echo}`]: /^EACCES/,
    [`0x7f.0.0.1 ${echo}`]: /^EACCES/,
    [`localhost ${echo}`]: /^EACCES/,
    [`::1 ${echo}`]: /^EACCES/,
    ['::1 1']: /^E(CONNREFUSED|ADDRNOTAVAIL|NETUNREACH)/,
    [`127.0.0.1 0`]: /^EACCES/,
    ['alias.test 5432']: /^OPENED/,
    ['ALIAS.test. 5432']: /^OPENED/,
    [`alias.test ${echo}`]: /^EACCES/,
    [`127.0.0.1 5432`]: /^EACCES/,
    [`other.test ${echo}`]: /^EACCES/,
  };
  let number = 0;
  for (const [asked, expected] of Object.entries(answers)) {
    const [host, port] = asked.split(' ');
    assert.match(await raw.ask(++number, host, Number(port)), expected, asked);
  }
});

test('names that stand for something else', { skip: lacking() || false }, async context => {
  const port = trapPort();
  const elsewhere = '198.51.100.7'; /* for documentation: it is not public either */
  let turn = 0;
  const hosts = {
    'local.test': ['127.0.0.1'], 'local6.test': ['::1'], 'mapped.test': ['::ffff:127.0.0.1'], 'nat64.test': ['64:ff9b::7f00:1'],
    'sixtofour.test': ['2002:7f00:1::'], 'compatible.test': ['::127.0.0.1'], 'private.test': ['10.0.0.1', '192.168.1.1', 'fd00::1'], 'metadata.test': ['169.254.169.254'],
    'some.test': ['127.0.0.1', elsewhere, '::1'],
  };
  const names = await startNames((name, first) => {
    if (name !== 'turns.test') return hosts[name] ?? null;
    if (first) turn++;
    return [turn % 2 ? elsewhere : '127.0.0.1'];
  });
  context.after(() => names.close());
  const listed = Object.keys(hosts).concat('turns.test', 'nobody.test').map(name => `${name}:${port}`);
  const made = await start({ allow: listed, before: names.before });
  const raw = await client(made);
  let number = 0;
  for (const name of [...Object.keys(hosts), 'turns.test', 'turns.test', 'turns.test']) {
    assert.match(await raw.ask(++number, name, port), /^EACCES .*its address is not public/, name);
  }
  assert.match(await raw.ask(++number, 'nobody.test', port), /^ENOHOST/);
  assert.equal(trapped, 0);
  /* each was looked up once: what was judged is what would have been connected to */
  assert.equal(names.asked.filter(one => one === 'turns.test A').length, 3);
  assert.equal(names.asked.filter(one => one === 'local.test A').length, 1);
});

test('names that stand for what is listed, or may be private', { skip: lacking() || false }, async context => {
  const { echo, answer } = peers.ports;
  const names = await startNames(name => (name.endsWith('here.test') ? ['127.0.0.1'] : null));
  context.after(() => names.close());
  const allow = [`here.test:${echo}`, `127.0.0.1:${echo}`];
  const made = await start({ allow, before: names.before, options: ['--allow-private', `also-here.test:${answer}`] });
  const raw = await client(made);
  assert.equal(await raw.ask(1, 'here.test', echo), 'OPENED');
  assert.equal(await raw.ask(2, 'also-here.test', answer), 'OPENED');
  assert.match(await raw.ask(3, 'also-here.test', echo), /^EACCES/);
});

/* ---- who may use it ---------------------------------------------------------------------------------------- */

test('the token', async () => {
  const made = await start({ allow: ['127.0.0.1:1'], token: 'a token' });
  for (const token of ['', 'a', 'a toke', 'a token ', 'a tokem', 'A token', 'a token\0', 'a token\n', 'x'.repeat(60000)]) {
    const raw = await client(made, token);
    assert.deepEqual(await raw.ended, { code: 4401, reason: 'the token is wrong' });
  }
  await made.line(/hung up on: the token is wrong/);
  const raw = await client(made, 'a token');
  assert.match(await raw.ask(1, '127.0.0.1', 1), /^ECONNREFUSED/);
});

test('pages of other origins', async () => {
  const status = async (made, origin) => {
    const raw = new RawClient(made.url, { origin });
    const refused = new Promise(resolve => { raw.socket.once('unexpected-response', (_, response) => resolve(response)); });
    const answer = await Promise.race([raw.ready.then(() => null), refused]);
    raw.socket.terminate();
    return answer?.statusCode ?? 101;
  };
  const own = await start({ allow: ['127.0.0.1:1'] });
  assert.equal(await status(own, 'https://evil.example'), 403);
  assert.equal(await status(own, own.url.replace('ws', 'http').replace(/\/$/, '')), 101);
  const listed = await start({ allow: ['127.0.0.1:1'], options: ['--origin', 'https://a.example, https://b.example'] });
  assert.equal(await status(listed, 'https://b.example'), 101);
  assert.equal(await status(listed, 'https://c.example'), 403);
  const any = await start({ allow: ['127.0.0.1:1'], options: ['--origin', '*'] });
  assert.equal(await status(any, 'https://evil.example'), 101);
});

/* ---- limits ------------------------------------------------------------------------------------------------ */

test('limits of connections, clients and bytes', async () => {
  const { echo, silent } = peers.ports;
  const made = await start({ allow: [`127.0.0.1:${echo}`, `127.0.0.1:${silent}`], options: ['--connections', '2', '--clients', '2', '--bytes', '1000'] });
  const raw = await client(made);
  assert.equal(await raw.ask(1, '127.0.0.1', echo), 'OPENED');
  assert.equal(await raw.ask(2, '127.0.0.1', silent), 'OPENED');
  assert.equal(await raw.ask(3, '127.0.0.1', echo), 'EMFILE too many connections');
  const [second, third] = [await client(made), await client(made)];
  assert.deepEqual(await third.ended, { code: 4429, reason: 'too many clients' });
  second.socket.close();
  raw.send('DATA', 1, Buffer.alloc(600));
  let [said, count] = [null, 0];
  while ((said = await raw.next()).what === 'DATA') count += said.content.length;
  assert.match(String(said.content), /^EMSGSIZE the gateway's limit of bytes/);
  assert.ok(count <= 600);
  await made.line(/#1 127\.0\.0\.1 port \d+ -> 127\.0\.0\.1:\d+: 600 bytes there, \d+ back, .* limit of bytes/);
});

test('a limit of time', async () => {
  const { silent } = peers.ports;
  const made = await start({ allow: [`127.0.0.1:${silent}`], options: ['--time', '1'] });
  const raw = await client(made);
  assert.equal(await raw.ask(1, '127.0.0.1', silent), 'OPENED');
  const { number, content } = await raw.next();
  assert.equal(number, 1);
  assert.match(String(content), /^ETIMEDOUT/);
  await made.line(/#1 .* timed out/);
});

test('a client that does not say who it is', async () => {
  const made = await start({ allow: ['127.0.0.1:1'], options: ['--connect-time', '1'] });
  const raw = new RawClient(made.url);
  assert.deepEqual(await raw.ended, { code: 4408, reason: 'no HELLO has come' });
});

test('connections that nobody reads cost little memory, and do not hold another', async () => {
  const { echo, source } = peers.ports;
  const made = await start({ allow: [`127.0.0.1:${echo}`, `127.0.0.1:${source}`] });
  const raw = await client(made);
  const [count, size] = [100, 20_000_000];
  const memory = () => Number(/VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${made.pid}/status`, 'utf8'))[1]) * 1024;
  for (let number = 1; number <= count; number++) assert.equal(await raw.ask(number, '127.0.0.1', source), 'OPENED');
  const before = memory();
  for (let number = 1; number <= count; number++) raw.send('DATA', number, `${size}\n`);
  let received = 0;
  while (received < count * 65536) {
    const { what, content } = await raw.next();
    assert.equal(what, 'DATA');
    received += content.length;
  }
  raw.open(count + 1, '127.0.0.1', echo);
  assert.equal((await raw.next()).what, 'OPENED');
  for (let i = 0; i < 100; i++) {
    raw.send('DATA', count + 1, 'hello');
    const { what, number, content } = await raw.next();
    assert.deepEqual([what, number, String(content)], ['DATA', count + 1, 'hello']);
  }
  const grown = memory() - before;
  assert.ok(grown < 40e6, `${grown} bytes for ${count} connections, of which each would send ${size}`);
});

test('what is against the protocol ends the WebSocket', async context => {
  const { echo, silent } = peers.ports;
  const made = await start({ allow: [`127.0.0.1:${echo}`, `127.0.0.1:${silent}`], options: ['--window', '1000'] });
  const opened = async () => {
    const raw = await client(made);
    assert.equal(await raw.ask(1, '127.0.0.1', silent), 'OPENED');
    return raw;
  };
  const cases = {
    'no HELLO': async () => {
      const raw = new RawClient(made.url);
      await raw.ready;
      raw.open(1, '127.0.0.1', echo);
      return raw;
    },
    'a text': async () => {
      const raw = await client(made);
      raw.socket.send('hello');
      return raw;
    },
    'an empty message': async () => {
      const raw = await client(made);
      raw.socket.send(Buffer.alloc(0));
      return raw;
    },
    'a second HELLO': async () => {
      const raw = await client(made);
      raw.hello();
      return raw;
    },
    'a number that is not the next': async () => {
      const raw = await client(made);
      raw.open(2, '127.0.0.1', echo);
      return raw;
    },
    'a number again': async () => {
      const raw = await opened();
      raw.open(1, '127.0.0.1', echo);
      return raw;
    },
    'no host': async () => {
      const raw = await client(made);
      raw.open(1, '', echo);
      return raw;
    },
    'data of what was not opened': async () => {
      const raw = await client(made);
      raw.send('DATA', 1, 'x');
      return raw;
    },
    'data of no bytes': async () => {
      const raw = await opened();
      raw.send('DATA', 1);
      return raw;
    },
    'more data than there is credit for': async () => {
      const raw = await opened();
      raw.send('DATA', 1, Buffer.alloc(1001));
      return raw;
    },
    'data behind the end': async () => {
      const raw = await opened();
      raw.send('END', 1);
      raw.send('DATA', 1, 'x');
      return raw;
    },
    'a second end': async () => {
      const raw = await opened();
      raw.send('END', 1);
      raw.send('END', 1);
      return raw;
    },
    'more credit than a number holds': async () => {
      const raw = await opened();
      raw.send('CREDIT', 1, Buffer.from([255, 255, 255, 255]));
      return raw;
    },
    'what a gateway says': async () => {
      const raw = await opened();
      raw.send('OPENED', 1, Buffer.alloc(4));
      return raw;
    },
  };
  for (const [what, send] of Object.entries(cases)) {
    await context.test(what, async () => {
      const raw = await send();
      const { code } = await raw.ended;
      assert.equal(code, 4400);
    });
  }
  await context.test('another subprotocol, or none', async () => {
    const raw = new RawClient(made.url, { protocols: ['something-else'] });
    await raw.ended; /* by either side */
  });
  const raw = await client(made); /* and it goes on for others */
  assert.equal(await raw.ask(1, '127.0.0.1', echo), 'OPENED');
});

test('late messages of what has ended are ignored', async () => {
  const { echo, closed } = peers.ports;
  const made = await start({ allow: [`127.0.0.1:${echo}`, `127.0.0.1:${closed}`] });
  const raw = await client(made);
  assert.match(await raw.ask(1, '127.0.0.1', closed), /^ECONNREFUSED/);
  for (const what of ['RESET', 'CLOSE', 'END']) raw.send(what, 1);
  raw.send('DATA', 1, 'x');
  raw.send('CREDIT', 1, Buffer.from([0, 0, 0, 9]));
  assert.equal(await raw.ask(2, '127.0.0.1', echo), 'OPENED');
  raw.send('PING', 0, 'are you there');
  const { what, content } = await raw.next();
  assert.deepEqual([what, String(content)], ['PONG', 'are you there']);
});

test('a client that leaves cuts its connections', async () => {
  const made = await start({ allow: [`127.0.0.1:${peers.ports.sink}`] });
  const raw = await client(made);
  assert.equal(await raw.ask(1, '127.0.0.1', peers.ports.sink), 'OPENED');
  raw.socket.terminate();
  await made.line(/#1 .* the WebSocket has ended/);
  const socket = net.connect(peers.ports.told, '127.0.0.1');
  const [told] = await once(socket, 'data');
  assert.equal(String(told), '0 bytes, cut\n');
});

/* ---- the program ------------------------------------------------------------------------------------------- */

test('what nobody can see through is not logged as it came', async () => {
  const made = await start({ allow: ['127.0.0.1:1'] });
  const raw = await client(made);
  assert.match(await raw.ask(1, 'a\nb\x1b[31m', 1), /^EACCES/);
  assert.match(await made.line(/#1 /), /#1 a\?b\?\[31m port 1 -> nowhere: 0 bytes there, 0 back, [\d.]+ s, that is neither/);
});

test('arguments', () => {
  const run = (...args) => {
    const command = /\.m?js$/.test(program) ? [process.execPath, program] : [program];
    const { status, stdout, stderr } = spawnSync(command[0], [...command.slice(1), ...args], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  for (const [args, status, said] of /** @type {any[][]} */ ([
    [['--help'], 0, /usage: gateway/],
    [[], 2, /PORT is needed/],
    [['0', '--no-token'], 2, /nothing is allowed/],
    [['0', '--allow', 'a.test:1'], 2, /either --token-file or --no-token/],
    [['0', '--allow', 'a.test:1', '--no-token', '--token-file', 'x'], 2, /either --token-file or --no-token/],
    [['0', '--allow', 'a.test'], 2, /not HOST:PORT.*: a\.test/],
    [['0', '--allow', 'a.test:0'], 2, /not HOST:PORT/],
    [['0', '--allow', 'a.test:65536'], 2, /not HOST:PORT/],
    [['0', '--allow', '::1:80'], 2, /not HOST:PORT/],
    [['0', '--allow', '[a.test]:80'], 2, /not HOST:PORT/],
    [['0', '--allow', '127.1:80'], 2, /not HOST:PORT/],
    [['0', '--allow', '*:80=a.test:80'], 2, /not HOST:PORT/],
    [['0', '--allow', 'a.test:80=b.test:*'], 2, /not HOST:PORT/],
    [['0', '--allow'], 2, /what belongs to it: --allow/],
    [['0', '--nonsense', 'x'], 2, /what is this: --nonsense/],
    [['0', '1'], 2, /what is this: 1/],
    [['host:x'], 2, /not PORT/],
    [['0', '--clients', '0'], 2, /a number that it cannot be/],
    [['0', '--allow', 'a.test:1', '--token-file', '/nowhere/token'], 1, /\/nowhere\/token: no such file/],
    [['192.0.2.1:0', '--allow', 'a.test:1', '--no-token'], 1, /192\.0\.2\.1/],
  ])) {
    const result = run(...args);
    assert.match(result.said, said, args.join(' '));
    assert.equal(result.status, status, args.join(' '));
  }
});

test('a signal ends it', async () => {
  const made = await startProgram(program, { allow: [`127.0.0.1:${peers.ports.echo}`] });
  const raw = await client(made);
  assert.equal(await raw.ask(1, '127.0.0.1', peers.ports.echo), 'OPENED');
  assert.equal(await made.close(), 0);
  const { code } = await raw.ended;
  assert.ok([1001, 1006].includes(code), String(code));
});
