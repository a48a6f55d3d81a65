// The example `notes` on workerd: its worker as wrangler bundles it for a deployment, in Durable Objects, on a real PostgreSQL
// by way of workerd's own connections.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test as testInTime } from 'node:test';
import { check } from '../notes/cases.mjs';
import { must, postgresTool, start, startPostgres, stopAll as stopServers, temporaryFolder, until } from '../posix/servers.mjs';
import { packages, serveFolder, stopAll } from './hosts.mjs';

const own = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/examples/notes/workerd`;
const isWanted = 'workerd'.startsWith(process.env.GREENIO_HOST ?? '');
const test = (name, body) => testInTime(name, { timeout: 240_000 }, body);

let server, bundle, trusted;
const psql = sql => must(postgresTool('psql'), ['-q', '-t', '-A', '-c', sql, server.address]).trim();
// Nobody is there any more, and nothing.
async function emptied() {
  stopAll();
  await holds(server, 'their end', () => connections() === 0);
  psql('drop schema public cascade; create schema public authorization notes');
}

// An authority, and a certificate of its for localhost, which the server has from here on.
function certified() {
  const folder = temporaryFolder('certificates');
  const openssl = (...args) => must('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'own.key', '-out', 'own.csr');
  writeFileSync(join(folder, 'names'), 'subjectAltName = DNS:localhost\n');
  openssl('x509', '-req', '-in', 'own.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-out', 'own.crt');
  for (const end of ['key', 'crt']) writeFileSync(join(server.folder, `server.${end}`), readFileSync(join(folder, `own.${end}`))); // as who owns them
  psql('select pg_reload_conf()');
  return join(folder, 'ca.crt');
}

// What `wrangler deploy` would send, and nothing is sent. It wants a newer Node than greenio does.
function bundled() {
  const out = join(temporaryFolder('workerd'), 'out');
  execFileSync(process.env.GREENIO_JSPI_NODE ?? process.execPath,
    [join(packages, 'wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', out],
    { cwd: own, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', HOME: out } });
  return out;
}

// In front of the worker: `x-object` names another object, as another user's would be.
const front = `export { Notes } from './worker.js';
export default { fetch: (request, env) => env.NOTES.get(env.NOTES.idFromName(request.headers.get('x-object') ?? 'all')).fetch(request) };
`;

const configuration = (wasm, database, { date = '2026-11-01', flags = [], trusted = null } = {}) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["private"], tlsOptions = (
    trustBrowserCas = false, trustedCertificates = [${trusted ? 'embed "trusted.crt"' : ''}])))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "front.mjs", esModule = embed "front.mjs"), (name = "worker.js", esModule = embed "worker.js"), (name = "${wasm}", wasm = embed "${wasm}")],
  bindings = [
    (name = "NOTES", durableObjectNamespace = "Notes"),
    (name = "DATABASE", text = ${JSON.stringify(database)}),
  ],
  durableObjectNamespaces = [(className = "Notes", uniqueKey = "notes", enableSql = true)],
  durableObjectStorage = (inMemory = void),
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
);
`;

async function startNotes(database, options = {}) {
  const folder = join(temporaryFolder('workerd'), 'notes');
  cpSync(bundle, folder, { recursive: true });
  writeFileSync(join(folder, 'front.mjs'), front);
  if (options.trusted) writeFileSync(join(folder, 'trusted.crt'), readFileSync(options.trusted));
  const wasm = readdirSync(folder).find(name => name.endsWith('.wasm'));
  writeFileSync(join(folder, 'config.capnp'), configuration(wasm, database, options));
  const site = await serveFolder(folder);
  return { ...site, ask: (path, init) => fetch(site.base + path, init) };
}
const post = (title, more = {}) => ({ method: 'POST', body: JSON.stringify({ title }), ...more });
const connections = (where = 'true') => Number(psql(`select count(*) from pg_stat_activity where usename = 'notes' and ${where}`));
const LISTENING = "query like 'listen %'";

// Until a condition holds; with what the site says if that does not come.
const holds = (site, what, condition) => until(condition, { exitCode: null, log: () => (typeof site.log == 'function' ? site.log() : site.log.join('\n')) }, what);

describe('notes on workerd', { skip: isWanted ? false : 'another host is asked for' }, () => {
  let database, plain;
  before(async () => {
    server = await startPostgres({ loopback: true });
    psql("create role notes login password 'secret'");
    await emptied();
    database = `host=localhost port=${server.port} user=notes password=secret dbname=postgres`;
    plain = `${database} sslmode=disable`;
    trusted = certified();
    bundle = bundled();
  });
  after(async () => {
    stopAll();
    await stopServers();
  });

  for (const [date, ...flags] of [['2026-11-01'], ['2024-09-23', 'nodejs_compat']]) testInTime(`its cases, of ${date}`, { timeout: 120_000 }, async context => {
    await emptied();
    const { base } = await startNotes(plain, { date, flags });
    await check(base, (name, run) => context.test(name, run));
  });

  test('many requests at once, in one program with so many connections', async () => {
    await emptied();
    const site = await startNotes(plain);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? site.ask('/') : site.ask('/api/notes', post(`Number ${i}`)))));
    assert.deepEqual(answers.map(({ status }) => status), answers.map((_, i) => (i % 2 ? 200 : 201)));
    await Promise.all(answers.map(answer => answer.text()));
    assert.equal(psql('select count(distinct title) from note'), '50');
    assert.ok(connections() <= 5, `${connections()} connections`);
    assert.equal(connections(LISTENING), 1);
  });

  test('each object has a program of its own, and hears of what others change', async () => {
    await emptied();
    const site = await startNotes(plain);
    const stop = new AbortController();
    const events = await site.ask('/api/changes', { headers: { 'x-object': 'ada' }, signal: stop.signal });
    await holds(site, 'listening', () => connections(LISTENING) === 1);
    assert.equal((await site.ask('/api/notes', post('By another', { headers: { 'x-object': 'bob' } }))).status, 201);
    await holds(site, 'listening, twice', () => connections(LISTENING) === 2);
    const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = ''; !/event: changed\n/.test(text);) text += (await reader.read()).value;
    stop.abort();
  });

  // workerd tells nobody of a client that has gone before its answer has begun, whatever flags it is given.
  test('a request whose client has gone before its answer is done once, and holds nothing', async () => {
    await emptied();
    const site = await startNotes(plain, { flags: ['enable_request_signal', 'request_signal_passthrough'] });
    await (await site.ask('/')).text();
    const lock = start(postgresTool('psql'), ['-q', '-c', 'begin; lock table note; select pg_sleep(600)', server.address]);
    const WAITING = "wait_event_type = 'Lock'";
    await holds(site, 'the lock', () => psql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = 'note'::regclass") === '1');
    const stop = new AbortController();
    const asked = Array.from({ length: 8 }, (_, i) => site.ask('/api/notes', post(`Given up ${i}`, { signal: stop.signal }))); // all connections
    const given = Promise.allSettled(asked);
    await holds(site, 'statements that wait', () => connections(WAITING) === 4);
    stop.abort();
    await given;
    psql("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(600)%' and pid <> pg_backend_pid()");
    await lock.ended;
    assert.equal((await site.ask('/api/notes', post('Kept'))).status, 201);
    await holds(site, 'the notes', () => psql('select count(distinct title) || \' of \' || count(*) from note') === '9 of 9');
  });

  test('a client that leaves while its answer comes is noticed with the next piece', async () => {
    await emptied();
    const site = await startNotes(plain);
    for (let i = 0; i < 1200; i++) { // more than may be open at once
      const stop = new AbortController();
      const response = await site.ask('/api/changes', { signal: stop.signal });
      assert.equal(response.status, 200, `number ${i}`);
      stop.abort();
      if (i % 100 === 99) assert.equal((await site.ask('/api/notes', post(`Number ${i}`))).status, 201);
    }
  });

  test('a database that goes away and comes back, and one that comes late', async () => {
    await emptied();
    const site = await startNotes(plain);
    const ask = async () => {
      const response = await site.ask('/');
      await response.text();
      return response.status;
    };
    const stop = new AbortController();
    const reader = (await site.ask('/api/changes', { signal: stop.signal })).body.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal(await ask(), 200);
    await server.stop();
    assert.ok(await ask() >= 500);
    assert.ok(await ask() >= 500);
    const late = await startNotes(plain);
    const early = await late.ask('/');
    assert.ok(early.status >= 500);
    await server.start();
    await holds(site, 'an answer', async () => await ask() === 200);
    await holds(site, 'listening', () => connections(LISTENING) === 1); // the same program, again
    assert.equal((await site.ask('/api/notes', post('Back'))).status, 201);
    for (let text = ''; !/event: changed\n/.test(text);) text += (await reader.read()).value;
    stop.abort();
    assert.equal((await late.ask('/')).status, 200);
    assert.doesNotMatch([...site.log, ...late.log].join('\n'), /secret/);
  });

  test('TLS: with a certificate that workerd trusts; with others there is none', async () => {
    await emptied();
    const TLS = 'pid in (select pid from pg_stat_ssl where ssl)';
    for (const [options, answer, encrypted] of /** @type {[any, number, number][]} */ ([
      [{ mode: 'require', trusted }, 200, 2],
      [{ mode: 'verify-full', trusted }, 200, 2],
      [{ mode: 'prefer', trusted }, 200, 2],
      [{ mode: 'prefer' }, 200, 0],
      [{ mode: 'require' }, 500, 0],
    ])) {
      const site = await startNotes(`${database} sslmode=${options.mode}`, options);
      const response = await site.ask('/');
      await response.text();
      assert.equal(response.status, answer, `${JSON.stringify(options)}\n${site.log.join('\n')}`);
      await holds(site, 'its connections', () => connections() === (answer === 200 ? 2 : 0));
      assert.equal(connections(TLS), encrypted, JSON.stringify(options));
      if (answer === 500) assert.match(site.log.join('\n'), /ETLS: the database: TLS did not come about/);
      site.child.kill('SIGKILL');
      await holds(server, 'their end', () => connections() === 0);
    }
  });

  test('what cannot be there is said', async () => {
    const refusals = /** @type {[string, RegExp][]} */ ([
      ['memory:', /ENOTSUP: .*workerd has servers/],
      ['host=/tmp', /EINVAL: .*on workerd a server is reached by a host and a port/],
      [`${plain} sslrootcert=/a`, /EINVAL: .*sslrootcert=.* is not possible on workerd, only system/],
      [`${plain} sslkey=/a`, /EINVAL: .*"sslkey" is not possible on workerd/],
      [`${plain} password=wrong`, /EACCES: .*password authentication failed/],
      ['host=127.0.0.1 port=1 user=notes sslmode=disable', /ECONNREFUSED: /],
    ]);
    for (const [string, message] of refusals) {
      const site = await startNotes(string);
      assert.equal((await site.ask('/')).status, 500, string);
      assert.match(site.log.join('\n'), message, string);
      site.child.kill('SIGKILL');
    }
  });
});
