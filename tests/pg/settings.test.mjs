// Connection strings: every name of libpq's does what it says on a host, or is refused by its name, in pairs and
// in URLs alike, and the table in docs/postgresql.md says which.
//
//   node --test settings.test.mjs      GREENIO_PG_SETTINGS is the program, native or a module;
//                                      GREENIO_PG_NAMES, natively, the one that prints libpq's names
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { must, postgresTool, startPostgres, stopAll, temporaryFolder } from '../posix/servers.mjs';

const program = process.env.GREENIO_PG_SETTINGS;
const isNode = program.endsWith('.mjs');
const [EINVAL, EACCES, ETIMEDOUT, ETLS] = [-22, -13, -110, -1007];

let server, folder, files, base, silent;

function psql(sql) {
  must(postgresTool('psql'), ['-q', '-c', sql, server.address]);
}

// Whose connections are with TLS alone, or without.
const access = `local all all trust
hostssl all tls_only 127.0.0.1/32 scram-sha-256
hostnossl all plain_only 127.0.0.1/32 scram-sha-256
host all guarded 127.0.0.1/32 scram-sha-256
host all keeper 127.0.0.1/32 scram-sha-256
`;

function makeFiles() {
  const path = (name) => join(folder, name);
  const openssl = (...args) => must('openssl', args, { cwd: folder });
  const [crt, key] = ['crt', 'key'].map((end) => join(server.folder, `server.${end}`));
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=client',
    '-keyout', 'client.key', '-out', 'client.crt');
  openssl('ec', '-in', 'client.key', '-aes256', '-passout', 'pass:locked', '-out', 'locked.key');
  for (const name of ['client.key', 'locked.key']) chmodSync(path(name), 0o600);
  writeFileSync(path('index.txt'), '');
  writeFileSync(path('ca.cnf'), '[ca]\ndefault_ca = d\n[d]\ndatabase = index.txt\ndefault_md = sha256\ndefault_crl_days = 30\n');
  openssl('ca', '-gencrl', '-config', 'ca.cnf', '-keyfile', key, '-cert', crt, '-out', 'list.pem');
  writeFileSync(path('services'), `[there]\nhost=127.0.0.1\nport=${server.port}\ndbname=postgres\n`);
  writeFileSync(path('passwords'), '*:*:*:guarded:secret\n', { mode: 0o600 });
  return { root: crt, cert: path('client.crt'), key: path('client.key'), locked: path('locked.key'), crl: path('list.pem'),
    services: path('services'), passwords: path('passwords') };
}

before(async () => {
  server = await startPostgres({ loopback: true });
  folder = temporaryFolder('settings');
  for (const [role, more] of [['guarded', ''], ['tls_only', ''], ['plain_only', ''], ['keeper', 'superuser']])
    psql(`create role ${role} login ${more} password 'secret'`);
  writeFileSync(join(server.folder, 'data', 'pg_hba.conf'), access);
  psql('select pg_reload_conf()');
  files = makeFiles();
  base = { host: '127.0.0.1', port: `${server.port}`, user: 'guarded', password: 'secret', dbname: 'postgres' };
  silent = net.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  silent.unref();
});
after(stopAll);

const asPairs = (given) => Object.entries(given)
  .map(([name, value]) => `${name}='${value.replace(/['\\]/g, '\\$&')}'`).join(' ');
const asUrl = ({ host = '', port = '', user = '', password = '', dbname = '', ...others }) => {
  const [where, ...rest] = [host, user, password, dbname].map(encodeURIComponent);
  const query = Object.entries(others).map((pair) => pair.map(encodeURIComponent).join('='));
  return `postgres://${rest[0]}:${rest[1]}@${where}${port && `:${port}`}/${rest[2]}${query.length ? '?' : ''}${query.join('&')}`;
};

// How each [conninfo, query] went: { status, text }; text is the query's value or the message.
async function run(cases) {
  const args = cases.flat();
  const child = spawn(isNode ? process.execPath : program, isNode ? [program, ...args] : args,
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PGSERVICEFILE: files.services } });
  let out = '';
  child.stdout.on('data', (data) => { out += data; });
  const code = await new Promise((resolve) => { child.on('close', resolve); });
  const lines = out.trimEnd().split('\n');
  assert.equal(code, 0, out);
  assert.equal(lines.length, cases.length, out);
  return lines.map((line) => ({ status: Number(line.split(' ')[0]), text: line.slice(line.indexOf(' ') + 1) }));
}

// Cases, run by one program: expect() notes them, as pairs and as a URL, and check() runs them.
function gatherCases() {
  const cases = [];
  return {
    expect(given, status, text, query = 'select 1') {
      for (const conninfo of typeof given == 'string' ? [given] : [asPairs(given), asUrl(given)])
        cases.push({ conninfo, query: query ?? '', status, text });
    },
    async check() {
      const found = await run(cases.map(({ conninfo, query }) => [conninfo, query]));
      for (const [i, { conninfo, status, text }] of cases.entries()) {
        assert.equal(found[i].status, status, `${conninfo}: ${found[i].text}`);
        if (text instanceof RegExp) assert.match(found[i].text, text, conninfo);
        else if (text !== undefined) assert.equal(found[i].text, text, conninfo);
      }
    },
  };
}
function testCases(name, options, fill) {
  test(name, options, async () => {
    const { expect, check } = gatherCases();
    fill(expect);
    await check();
  });
}

// ---- the table of the docs ----

// { name: [natively, Node] } of "| `name` | yes | only `a`, `b` |"
function readTable() {
  const page = readFileSync(new URL('../../docs/postgresql.md', import.meta.url), 'utf8');
  const [, table] = /\n\| name \| natively \| Node \|\n\|[-|]*\|\n((?:\|.*\n)*)/.exec(page);
  const rows = table.trim().split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return Object.fromEntries(rows.flatMap(([, names, ...cells]) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => [name, cells])));
}
const table = readTable();
const valuesOf = (cell) => [...cell.matchAll(/`([^`]*)`/g)].map(([, value]) => value);

const tls = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
const version = 'select version from pg_stat_ssl where pid = pg_backend_pid()';
const application = 'show application_name';

// What shows that a name is done: settings that go with the base, a query (null: none can be made) and what it gives.
const samples = () => ({
  user: [{ user: 'guarded' }, 'select current_user', 'guarded'],
  password: [{ password: 'secret' }],
  dbname: [{ dbname: 'template1' }, 'select current_database()', 'template1'],
  host: [{ host: 'localhost' }],
  hostaddr: [{ host: 'no.such.host.invalid', hostaddr: '127.0.0.1' }],
  port: [{ port: `${server.port}` }],
  connect_timeout: [{ connect_timeout: '100' }],
  client_encoding: [{ client_encoding: 'UTF8' }, 'show client_encoding', 'UTF8'],
  options: [{ options: '-c work_mem=1MB' }, 'show work_mem', '1MB'],
  application_name: [{ application_name: "it's \\ me" }, application, "it's \\ me"],
  fallback_application_name: [{ fallback_application_name: 'other' }, application, 'other'],
  keepalives: [{ keepalives: '0' }],
  keepalives_idle: [{ keepalives_idle: '60' }],
  keepalives_interval: [{ keepalives_interval: '5' }],
  keepalives_count: [{ keepalives_count: '5' }],
  tcp_user_timeout: [{ tcp_user_timeout: '100000' }],
  replication: [{ replication: 'database', user: 'keeper' }, null],
  sslmode: [{ sslmode: 'require' }, tls, 't'],
  sslcert: [{ sslmode: 'require', sslcert: files.cert, sslkey: files.key }, tls, 't'],
  sslkey: [{ sslmode: 'require', sslcert: files.cert, sslkey: files.key }, tls, 't'],
  sslpassword: [{ sslmode: 'require', sslcert: files.cert, sslkey: files.locked, sslpassword: 'locked' }, tls, 't'],
  sslrootcert: [{ sslmode: 'verify-ca', sslrootcert: files.root }, tls, 't'],
  sslcrl: [{ sslmode: 'verify-ca', sslrootcert: files.root, sslcrl: files.crl }, tls, 't'],
  ssl_min_protocol_version: [{ sslmode: 'require', ssl_min_protocol_version: 'TLSv1.3' }, version, 'TLSv1.3'],
  ssl_max_protocol_version: [{ sslmode: 'require', ssl_max_protocol_version: 'TLSv1.2' }, version, 'TLSv1.2'],
  channel_binding: [{ channel_binding: 'require', sslmode: 'require' }],
  gssencmode: [{ gssencmode: 'disable' }],
  krbsrvname: [{ krbsrvname: 'postgres' }],
  gsslib: [{ gsslib: 'gssapi' }],
  gssdelegation: [{ gssdelegation: '1' }],
  sslcompression: [{ sslcompression: '0' }],
  sslcertmode: [{ sslcertmode: 'allow' }],
  sslnegotiation: [{ sslnegotiation: 'postgres' }],
  sslsni: [{ sslsni: '0' }],
  sslcrldir: [{ sslcrldir: folder }],
  sslkeylogfile: [{ sslkeylogfile: join(folder, 'keys') }],
  requirepeer: [{ requirepeer: 'nobody' }],
  require_auth: [{ require_auth: 'scram-sha-256' }],
  target_session_attrs: [{ target_session_attrs: 'read-write' }],
  load_balance_hosts: [{ load_balance_hosts: 'random' }],
  min_protocol_version: [{ min_protocol_version: '3.0' }],
  max_protocol_version: [{ max_protocol_version: '3.0' }],
  service: [{ service: 'there' }],
  servicefile: [{ servicefile: files.services }],
  passfile: [{ passfile: files.passwords, password: '' }],
});

test('the table has every name of libpq', { skip: isNode && 'it is about native programs' }, () => {
  const { stdout } = spawnSync(process.env.GREENIO_PG_NAMES, { encoding: 'utf8' });
  const names = stdout.trim().split('\n');
  assert.ok(names.includes('sslmode'));
  assert.deepEqual(names.filter((name) => !table[name]), []);
});

testCases('natively every name of this libpq is done', { skip: isNode && 'it is about native programs' }, (expect) => {
  const known = new Set(spawnSync(process.env.GREENIO_PG_NAMES, { encoding: 'utf8' }).stdout.trim().split('\n'));
  const all = samples();
  for (const [name, [natively]] of Object.entries(table)) {
    assert.match(natively, /^(yes|only `UTF8`)$/, name);
    if (!known.has(name) || !all[name]) continue; // newer than this libpq, or in need of a service that is not here
    const [given, query, value] = all[name];
    expect({ ...base, ...given }, 0, value, query);
  }
});

testCases('in Node every name is done, or refused by its name', { skip: !isNode && 'it is about Node' }, (expect) => {
  const all = samples();
  for (const [name, [, inNode]] of Object.entries(table)) {
    const [given = {}, query, value] = all[name] ?? [];
    if (inNode === 'yes' || name === 'client_encoding') expect({ ...base, ...given }, 0, value, query);
    if (inNode === 'no') expect({ ...base, [name]: '1' }, EINVAL, new RegExp(name));
    if (!inNode.startsWith('only')) continue;
    for (const one of valuesOf(inNode)) expect({ ...base, [name]: one }, 0);
    expect({ ...base, [name]: 'another' }, EINVAL, new RegExp(`${name}=another`));
  }
});

// ---- what holds on every host ----

testCases('what nobody knows is refused', {}, (expect) => {
  expect({ ...base, nonsense: '1' }, EINVAL, /nonsense/);
  expect({ ...base, constructor: '1' }, EINVAL, /constructor/);
  expect(`${asPairs(base)} __proto__=1`, EINVAL, /__proto__/);
  expect({ ...base, client_encoding: 'LATIN1' }, EINVAL, /client_encoding/);
  expect({ ...base, connect_timeout: 'soon' }, EINVAL, /connect_timeout/);
  expect({ ...base, port: '70000' }, EINVAL, /port/);
  expect({ ...base, sslmode: 'maybe' }, EINVAL, /sslmode/);
  for (const url of ['postgres://h/?x', 'postgres://h/?sslmode=a=b', 'postgres://h/%zz', 'postgres://[::1/'])
    expect(url, EINVAL);
});

testCases('passwords are wrong or right, whatever is in them', {}, (expect) => {
  expect({ ...base, password: 'wrong' }, EACCES, /password/);
  const word = "a:b/c@d?e&f=g%h i'j\\k";
  psql(`alter role plain_only password '${word.replace(/'/g, "''")}'`);
  expect({ ...base, user: 'plain_only', password: word, sslmode: 'disable' }, 0);
});

testCases('a quote is one at the beginning of a value, and what ends it needs no blank', {}, (expect) => {
  expect(`${asPairs({ ...base, application_name: '' })}application_name=it's`, 0, "it's", application);
});

testCases('several hosts', {}, (expect) => {
  const given = { ...base, host: `127.0.0.1,127.0.0.1`, port: `1,${server.port}` };
  const url = `postgres://guarded:secret@127.0.0.1:1,127.0.0.1:${server.port}/postgres`;
  for (const conninfo of [asPairs(given), url])
    expect(conninfo, isNode ? EINVAL : 0, isNode ? /several hosts .* "host"/ : '1');
});

testCases('connect_timeout', {}, (expect) => {
  const port = `${silent.address().port}`;
  expect({ ...base, port, connect_timeout: '1' }, ETIMEDOUT, /no answer within [12] s \(connect_timeout\)/);
});

testCases('sslmode says whether there is TLS, and falls back as libpq does', {}, (expect) => {
  const look = (given, value) => expect({ ...base, ...given }, 0, value, tls);
  look({}, 't');
  look({ sslmode: 'disable' }, 'f');
  look({ sslmode: 'allow' }, 'f');
  look({ sslmode: 'prefer' }, 't');
  look({ sslmode: 'allow', user: 'tls_only' }, 't');
  look({ sslmode: 'prefer', user: 'plain_only', password: "a:b/c@d?e&f=g%h i'j\\k" }, 'f');
  look({ sslmode: 'verify-full', host: 'localhost', sslrootcert: files.root }, 't');
  look({ sslmode: 'verify-full', host: 'localhost', hostaddr: '127.0.0.1', sslrootcert: files.root }, 't');
  expect({ ...base, sslmode: 'verify-full', sslrootcert: files.root }, ETLS);
  expect({ ...base, sslmode: 'verify-ca', sslrootcert: files.cert }, ETLS);
  expect({ ...base, sslmode: 'prefer', password: 'wrong' }, EACCES, /password/);
});

testCases('sslrootcert=system is for verify-full alone, which it stands for', { skip: !isNode && 'libpq before 16 takes it for a file' }, (expect) => {
  expect({ ...base, host: 'localhost', sslrootcert: 'system' }, ETLS);
  for (const sslmode of ['disable', 'prefer', 'require', 'verify-ca'])
    expect({ ...base, sslmode, sslrootcert: 'system' }, EINVAL, new RegExp(`sslmode=${sslmode}`));
});

test('a server without TLS', async () => {
  psql('alter system set ssl = off');
  psql('select pg_reload_conf()');
  for (let tries = 0; tries < 400; tries++) // the server has taken notice
    if ((await run([[asPairs({ ...base, sslmode: 'prefer' }), tls]]))[0].text === 'f') break;
  const { expect, check } = gatherCases();
  expect({ ...base, sslmode: 'prefer' }, 0, 'f', tls);
  expect({ ...base, sslmode: 'allow' }, 0, 'f', tls);
  expect({ ...base, sslmode: 'require' }, ETLS);
  await check();
});
