/* What a connection string asks of a server, in Node and on workerd: URLs and "name=value" alike are read as libpq reads them,
 * and become a config of the npm package `pg`. Every name of libpq's is either done as there, or refused by its
 * name; the table stands in docs/postgresql.md, and tests/pg/settings.test.mjs holds this to it. In front of
 * pg.mjs, which uses planOf().
 */
import { builtin, inWorkerd, require } from '../../wasm/node.mjs';

const refused = message => Object.assign(new Error(message), { code: 'EINVAL' });

/* ---- reading -------------------------------------------------------------------------------------------- */

const decoded = text => {
  try {
    if (/%00/.test(text)) throw null;
    return decodeURIComponent(text);
  } catch {
    throw refused('the connection string makes no sense: "%" is to be followed by two hexadecimal digits, of UTF-8 and not 00');
  }
};

/* postgres://user:password@host:port/dbname?name=value&name=value */
const fromUrl = text => {
  const parts = /^postgres(?:ql)?:\/\/(?:([^@/:]*)(?::([^@/]*))?@)?((?:\[[^\]]*\]|[^/?[\]])*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text);
  if (!parts) throw refused('the connection string makes no sense: it is not postgres://user:password@host:port/dbname?name=value');
  const [, user = '', password = '', where, dbname = '', query = ''] = parts;
  const given = { __proto__: null, user: decoded(user), password: decoded(password), dbname: decoded(dbname) };
  const hosts = where.split(',').map(one => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(one));
  given.host = hosts.map(([, host]) => decoded(host.replace(/^\[|\]$/g, ''))).join(',');
  given.port = hosts.map(([, , port = '']) => decoded(port)).join(',');
  for (const pair of query ? query.split('&') : []) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.indexOf('=', at + 1) >= 0) throw refused('the connection string makes no sense: behind "?" come name=value, with "&" between');
    let [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map(decoded);
    if (name === 'ssl' && value === 'true') [name, value] = ['sslmode', 'require']; /* as in JDBC, which libpq takes too */
    given[name] = value;
  }
  return given;
};

const fromPairs = text => {
  const pair = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(?!')((?:[^\s\\]|\\.)*)(?:\s+|$))/ys;
  const given = { __proto__: null };
  while (/\S/.test(text.slice(pair.lastIndex))) {
    const at = pair.lastIndex;
    const found = pair.exec(text);
    if (!found) throw refused(`the connection string makes no sense from its character ${at + 1} on: "name=value name=value", or postgres://...`);
    given[found[1]] = (found[2] ?? found[3]).replace(/\\(.)/gs, '$1');
  }
  return given;
};

/* ---- what there is --------------------------------------------------------------------------------------- */

/* Any value is done. */
const ANY = ['user', 'password', 'dbname', 'host', 'hostaddr', 'port', 'connect_timeout', 'client_encoding', 'options',
  'application_name', 'fallback_application_name', 'keepalives', 'keepalives_idle', 'replication',
  'sslmode', 'sslcert', 'sslkey', 'sslpassword', 'sslrootcert', 'sslcrl', 'ssl_min_protocol_version', 'ssl_max_protocol_version'];

/* These values are done, since nothing is to be done for them; others are not. */
const SOME = {
  channel_binding: ['prefer', 'disable'], gssencmode: ['prefer', 'disable'], keepalives_interval: ['0'], keepalives_count: ['0'],
  load_balance_hosts: ['disable'], sslcertmode: ['allow'], sslcompression: ['0'], sslnegotiation: ['postgres'], sslsni: ['1'],
  target_session_attrs: ['any'], tcp_user_timeout: ['0'], min_protocol_version: ['3.0'], max_protocol_version: ['3.0'],
};

/* libpq has them, and Node's driver not. */
const NONE = ['service', 'servicefile', 'passfile', 'requirepeer', 'require_auth', 'krbsrvname', 'gsslib', 'gssdelegation', 'sslcrldir',
  'sslkeylogfile', 'scram_client_key', 'scram_server_key', 'oauth_issuer', 'oauth_client_id', 'oauth_client_secret', 'oauth_scope'];

/* On workerd there are no files, and its TLS asks for the server's name and a certificate that it trusts, always. */
const ON_WORKERD = {
  keepalives: ['0'], keepalives_idle: ['0'], sslmode: ['disable', 'allow', 'prefer', 'require', 'verify-full'], sslrootcert: ['system'],
  sslcert: [], sslkey: [], sslpassword: [], sslcrl: [], ssl_min_protocol_version: ['TLSv1.2'], ssl_max_protocol_version: ['TLSv1.3'],
};
const LIMITED = { ...SOME, ...(inWorkerd ? ON_WORKERD : {}) };
const environment = globalThis.process?.env ?? {};
const here = inWorkerd ? 'on workerd' : 'in Node';

const checked = given => {
  for (const [name, value] of Object.entries(given)) {
    if (value === '') delete given[name]; /* as if it were not there, says libpq */
    const some = Object.hasOwn(LIMITED, name) ? LIMITED[name] : null;
    if (!some && !ANY.includes(name) && !NONE.includes(name)) throw refused(`"${name}" is not known here in a connection string`);
    if (value === '' || (some ? some.includes(value) : ANY.includes(name))) continue;
    throw refused(some?.length ? `${name}=${value} is not possible ${here}, only ${some.join(' and ')}` : `"${name}" is not possible ${here} in a connection string`);
  }
  for (const name of ['host', 'hostaddr', 'port'])
    if (given[name]?.includes(',')) throw refused(`several hosts are not possible ${here}: "${name}" has a comma`);
  if (given.host?.startsWith('@')) throw refused(`"host" with an abstract Unix-domain socket (@...) is not possible ${here}`);
  if (inWorkerd && (given.host ?? '/').startsWith('/') && !given.hostaddr) throw refused('on workerd a server is reached by a host and a port: "host" is to be given, and no path');
  if (given.client_encoding && !/^(utf-?8|unicode)$/i.test(given.client_encoding))
    throw refused(`client_encoding=${given.client_encoding} is not possible: text of green_pg is UTF-8`);
  return given;
};

const numberOf = (given, name, least, most) => {
  const text = given[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\s*[-+]?\d+\s*$/.test(text) && number >= least && number <= most) return number;
  throw refused(`${name}=${text} is not an integer from ${least} to ${most}`);
};

/* ---- TLS ------------------------------------------------------------------------------------------------- */

const fileOf = (given, name) => {
  if (given[name] === undefined) return undefined;
  try {
    return require('node:fs').readFileSync(given[name], 'utf8');
  } catch (error) {
    throw refused(`${name}=${given[name]} cannot be read: ${error.message}`);
  }
};

const tlsOf = (given, mode) => {
  const servername = given.hostaddr && given.host && !builtin('node:net')?.isIP(given.host) ? given.host : undefined;
  if (inWorkerd) return servername ? { servername } : {}; /* all else is as workerd has it */
  const root = given.sslrootcert === 'system' ? undefined : fileOf(given, 'sslrootcert');
  if (mode === 'verify-ca' && !root) throw refused('sslmode=verify-ca needs sslrootcert, the file of a certificate, in Node; verify-full does without');
  const asksName = mode === 'verify-full';
  const name = given.host ?? given.hostaddr ?? (environment.PGHOST || 'localhost');
  const isNamed = (_, certificate) => require('node:tls').checkServerIdentity(name, certificate); /* Node takes an address for localhost */
  const tls = {
    rejectUnauthorized: asksName || root !== undefined,
    ca: root,
    cert: fileOf(given, 'sslcert'),
    key: fileOf(given, 'sslkey'),
    passphrase: given.sslpassword,
    crl: fileOf(given, 'sslcrl'),
    minVersion: given.ssl_min_protocol_version ?? 'TLSv1.2',
    maxVersion: given.ssl_max_protocol_version,
    checkServerIdentity: asksName ? isNamed : () => undefined,
    servername,
  };
  for (const end of ['minVersion', 'maxVersion'])
    if (tls[end] && !/^TLSv1(\.[123])?$/.test(tls[end])) throw refused(`ssl_${end.slice(0, 3)}_protocol_version=${tls[end]} is none of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3`);
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
};

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/* What is tried: with TLS (its options), without (false), or one after the other. */
const triesOf = given => {
  const isSystem = given.sslrootcert === 'system';
  const mode = given.sslmode ?? (environment.PGSSLMODE || (isSystem ? 'verify-full' : 'prefer'));
  if (!MODES.includes(mode)) throw refused(`sslmode=${mode} is none of ${MODES.join(', ')}`);
  /* Anybody may have a certificate that the system trusts: libpq takes it with the server's name alone. */
  if (isSystem && mode !== 'verify-full') throw refused(`sslmode=${mode} is too weak for sslrootcert=system, only verify-full is possible`);
  const host = given.hostaddr ?? given.host ?? environment.PGHOST ?? '';
  if (host.startsWith('/') || mode === 'disable') return [false]; /* on a Unix-domain socket libpq has none either */
  const tls = tlsOf(given, mode);
  return mode === 'allow' ? [false, tls] : mode === 'prefer' ? [tls, false] : [tls];
};

/* ---- the plan -------------------------------------------------------------------------------------------- */

/* { tries: configs of pg's, one after the other; seconds: for all of that, 0: any time; where: to be shown } */
export const planOf = conninfo => {
  const given = checked(/^postgres(ql)?:\/\//.test(conninfo) ? fromUrl(conninfo) : fromPairs(conninfo));
  const seconds = numberOf(given, 'connect_timeout', -2147483648, 2147483647) ?? 0;
  const port = numberOf(given, 'port', 1, 65535);
  const host = given.hostaddr ?? given.host;
  const keepAlive = numberOf(given, 'keepalives', -2147483648, 2147483647) !== 0;
  const idle = numberOf(given, 'keepalives_idle', -2147483648, 2147483647) ?? 0;
  const config = {
    host, port, keepAlive,
    user: given.user,
    password: given.password,
    database: given.dbname,
    options: given.options,
    application_name: given.application_name,
    fallback_application_name: given.fallback_application_name ?? 'greenio',
    replication: given.replication,
    client_encoding: 'utf8',
    keepAliveInitialDelayMillis: idle > 0 ? idle * 1000 : 0,
  };
  const tries = triesOf(given).map(ssl => ({ ...config, ssl }));
  const where = host ? (port ? `${host} port ${port}` : host) : 'the server';
  return { tries, where, seconds: seconds === 1 ? 2 : Math.max(seconds, 0) /* so libpq does */ };
};
