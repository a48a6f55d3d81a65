/* What a connection string asks of a server, in Node: URLs and "name=value" alike are read as libpq reads them,
 * and become a config of the npm package `pg`. Every name of libpq's is either done as there, or refused by its
 * name; the table stands in docs/postgresql.md, and tests/pg/settings.test.mjs holds this to it. In front of
 * pg.mjs, which uses greenio$pgPlan().
 */

const greenio$pgRefused = message => Object.assign(new Error(message), { code: 'EINVAL' });

/* ---- reading -------------------------------------------------------------------------------------------- */

const greenio$pgDecoded = text => {
  try {
    if (/%00/.test(text)) throw null;
    return decodeURIComponent(text);
  } catch {
    throw greenio$pgRefused('the connection string makes no sense: "%" is to be followed by two hexadecimal digits, of UTF-8 and not 00');
  }
};

/* postgres://user:password@host:port/dbname?name=value&name=value */
const greenio$pgFromUrl = text => {
  const parts = /^postgres(?:ql)?:\/\/(?:([^@/:]*)(?::([^@/]*))?@)?((?:\[[^\]]*\]|[^/?[\]])*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text);
  if (!parts) throw greenio$pgRefused('the connection string makes no sense: it is not postgres://user:password@host:port/dbname?name=value');
  const [, user = '', password = '', where, dbname = '', query = ''] = parts;
  const given = { __proto__: null, user: greenio$pgDecoded(user), password: greenio$pgDecoded(password), dbname: greenio$pgDecoded(dbname) };
  const hosts = where.split(',').map(one => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(one));
  given.host = hosts.map(([, host]) => greenio$pgDecoded(host.replace(/^\[|\]$/g, ''))).join(',');
  given.port = hosts.map(([, , port = '']) => greenio$pgDecoded(port)).join(',');
  for (const pair of query ? query.split('&') : []) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.indexOf('=', at + 1) >= 0) throw greenio$pgRefused('the connection string makes no sense: behind "?" come name=value, with "&" between');
    let [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map(greenio$pgDecoded);
    if (name === 'ssl' && value === 'true') [name, value] = ['sslmode', 'require']; /* as in JDBC, which libpq takes too */
    given[name] = value;
  }
  return given;
};

const greenio$pgFromPairs = text => {
  const pair = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(?!')((?:[^\s\\]|\\.)*)(?:\s+|$))/ys;
  const given = { __proto__: null };
  while (/\S/.test(text.slice(pair.lastIndex))) {
    const at = pair.lastIndex;
    const found = pair.exec(text);
    if (!found) throw greenio$pgRefused(`the connection string makes no sense from its character ${at + 1} on: "name=value name=value", or postgres://...`);
    given[found[1]] = (found[2] ?? found[3]).replace(/\\(.)/gs, '$1');
  }
  return given;
};

/* ---- what there is --------------------------------------------------------------------------------------- */

/* Any value is done. */
const greenio$pgAny = ['user', 'password', 'dbname', 'host', 'hostaddr', 'port', 'connect_timeout', 'client_encoding', 'options',
  'application_name', 'fallback_application_name', 'keepalives', 'keepalives_idle', 'replication',
  'sslmode', 'sslcert', 'sslkey', 'sslpassword', 'sslrootcert', 'sslcrl', 'ssl_min_protocol_version', 'ssl_max_protocol_version'];

/* These values are done, since nothing is to be done for them; others are not. */
const greenio$pgSome = {
  channel_binding: ['prefer', 'disable'], gssencmode: ['prefer', 'disable'], keepalives_interval: ['0'], keepalives_count: ['0'],
  load_balance_hosts: ['disable'], sslcertmode: ['allow'], sslcompression: ['0'], sslnegotiation: ['postgres'], sslsni: ['1'],
  target_session_attrs: ['any'], tcp_user_timeout: ['0'], min_protocol_version: ['3.0'], max_protocol_version: ['3.0'],
};

/* libpq has them, and Node's driver not. */
const greenio$pgNone = ['service', 'servicefile', 'passfile', 'requirepeer', 'require_auth', 'krbsrvname', 'gsslib', 'gssdelegation', 'sslcrldir',
  'sslkeylogfile', 'scram_client_key', 'scram_server_key', 'oauth_issuer', 'oauth_client_id', 'oauth_client_secret', 'oauth_scope'];

const greenio$pgChecked = given => {
  for (const [name, value] of Object.entries(given)) {
    if (value === '') delete given[name]; /* as if it were not there, says libpq */
    const some = Object.hasOwn(greenio$pgSome, name) ? greenio$pgSome[name] : null;
    if (!some && !greenio$pgAny.includes(name) && !greenio$pgNone.includes(name)) throw greenio$pgRefused(`"${name}" is not known here in a connection string`);
    if (value === '' || greenio$pgAny.includes(name) || some?.includes(value)) continue;
    throw greenio$pgRefused(some ? `${name}=${value} is not possible in Node, only ${some.join(' and ')}` : `"${name}" is not possible in Node in a connection string`);
  }
  for (const name of ['host', 'hostaddr', 'port'])
    if (given[name]?.includes(',')) throw greenio$pgRefused(`several hosts are not possible in Node: "${name}" has a comma`);
  if (given.host?.startsWith('@')) throw greenio$pgRefused('"host" with an abstract Unix-domain socket (@...) is not possible in Node');
  if (given.client_encoding && !/^(utf-?8|unicode)$/i.test(given.client_encoding))
    throw greenio$pgRefused(`client_encoding=${given.client_encoding} is not possible: text of green_pg is UTF-8`);
  return given;
};

const greenio$pgNumber = (given, name, least, most) => {
  const text = given[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\s*[-+]?\d+\s*$/.test(text) && number >= least && number <= most) return number;
  throw greenio$pgRefused(`${name}=${text} is not an integer from ${least} to ${most}`);
};

/* ---- TLS ------------------------------------------------------------------------------------------------- */

const greenio$pgFile = (given, name) => {
  if (given[name] === undefined) return undefined;
  try {
    return require('node:fs').readFileSync(given[name], 'utf8');
  } catch (error) {
    throw greenio$pgRefused(`${name}=${given[name]} cannot be read: ${error.message}`);
  }
};

const greenio$pgTls = (given, mode) => {
  const root = given.sslrootcert === 'system' ? undefined : greenio$pgFile(given, 'sslrootcert');
  if (mode === 'verify-ca' && !root) throw greenio$pgRefused('sslmode=verify-ca needs sslrootcert, the file of a certificate, in Node; verify-full does without');
  const asksName = mode === 'verify-full';
  const name = given.host ?? given.hostaddr ?? (process.env.PGHOST || 'localhost');
  const isNamed = (_, certificate) => require('node:tls').checkServerIdentity(name, certificate); /* Node takes an address for localhost */
  const tls = {
    rejectUnauthorized: asksName || root !== undefined,
    ca: root,
    cert: greenio$pgFile(given, 'sslcert'),
    key: greenio$pgFile(given, 'sslkey'),
    passphrase: given.sslpassword,
    crl: greenio$pgFile(given, 'sslcrl'),
    minVersion: given.ssl_min_protocol_version ?? 'TLSv1.2',
    maxVersion: given.ssl_max_protocol_version,
    checkServerIdentity: asksName ? isNamed : () => undefined,
    servername: given.hostaddr && given.host && !require('node:net').isIP(given.host) ? given.host : undefined,
  };
  for (const end of ['minVersion', 'maxVersion'])
    if (tls[end] && !/^TLSv1(\.[123])?$/.test(tls[end])) throw greenio$pgRefused(`ssl_${end.slice(0, 3)}_protocol_version=${tls[end]} is none of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3`);
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
};

const greenio$pgModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/* What is tried: with TLS (its options), without (false), or one after the other. */
const greenio$pgTries = given => {
  const isSystem = given.sslrootcert === 'system';
  const mode = given.sslmode ?? (process.env.PGSSLMODE || (isSystem ? 'verify-full' : 'prefer'));
  if (!greenio$pgModes.includes(mode)) throw greenio$pgRefused(`sslmode=${mode} is none of ${greenio$pgModes.join(', ')}`);
  /* Anybody may have a certificate that the system trusts: libpq takes it with the server's name alone. */
  if (isSystem && mode !== 'verify-full') throw greenio$pgRefused(`sslmode=${mode} is too weak for sslrootcert=system, only verify-full is possible`);
  const host = given.hostaddr ?? given.host ?? process.env.PGHOST ?? '';
  if (host.startsWith('/') || mode === 'disable') return [false]; /* on a Unix-domain socket libpq has none either */
  const tls = greenio$pgTls(given, mode);
  return mode === 'allow' ? [false, tls] : mode === 'prefer' ? [tls, false] : [tls];
};

/* ---- the plan -------------------------------------------------------------------------------------------- */

/* { tries: configs of pg's, one after the other; seconds: for all of that, 0: any time; where: to be shown } */
const greenio$pgPlan = conninfo => {
  const given = greenio$pgChecked(/^postgres(ql)?:\/\//.test(conninfo) ? greenio$pgFromUrl(conninfo) : greenio$pgFromPairs(conninfo));
  const seconds = greenio$pgNumber(given, 'connect_timeout', -2147483648, 2147483647) ?? 0;
  const port = greenio$pgNumber(given, 'port', 1, 65535);
  const host = given.hostaddr ?? given.host;
  const keepAlive = greenio$pgNumber(given, 'keepalives', -2147483648, 2147483647) !== 0;
  const idle = greenio$pgNumber(given, 'keepalives_idle', -2147483648, 2147483647) ?? 0;
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
  const tries = greenio$pgTries(given).map(ssl => ({ ...config, ssl }));
  const where = host ? (port ? `${host} port ${port}` : host) : 'the server';
  return { tries, where, seconds: seconds === 1 ? 2 : Math.max(seconds, 0) /* so libpq does */ };
};
