// Makes the certificates of the tests with openssl, into a folder: good ones, and one for each thing that
// can be wrong.
//
//   FOLDER/NAME.pem has a certificate, those between it and its root, and its key.
//   root.pem, other.pem are roots; unknown to the other's clients. revoked.crl and empty.crl are root's lists.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const names = 'DNS:localhost,DNS:good.test,DNS:*.wild.test,DNS:xn--bcher-kva.test,IP:127.0.0.1,IP:::1';
const server = `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`;
const client = 'extendedKeyUsage=clientAuth\n';

export function makeCertificates(folder) {
  const file = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const key = (name) => openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${name}.key`);
  const database = (name) => {
    mkdirSync(file(`${name}.db`));
    writeFileSync(file(`${name}.db/index`), '');
    writeFileSync(file(`${name}.db/index.attr`), 'unique_subject = no\n');
    writeFileSync(file(`${name}.db/crlnumber`), '01\n');
    writeFileSync(file(`${name}.cnf`), [
      '[ca]', 'default_ca = it', '[it]', `database = ${name}.db/index`, `new_certs_dir = ${name}.db`, `certificate = ${name}.crt`,
      `private_key = ${name}.key`, 'default_md = sha256', 'policy = any', 'rand_serial = yes', 'default_crl_days = 30',
      `crlnumber = ${name}.db/crlnumber`, 'string_mask = utf8only', '[any]', 'commonName = supplied', 'organizationName = optional',
      'countryName = optional', ''].join('\n'));
  };
  const day = (offset) => `${new Date(Date.now() + offset * 86400000).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  const root = (name) => {
    key(name);
    openssl('req', '-x509', '-new', '-key', `${name}.key`, '-subj', `/CN=${name} of the tests`, '-days', '30', '-out', `${name}.crt`);
    database(name);
    writeFileSync(file(`${name}.pem`), readFileSync(file(`${name}.crt`)));
  };
  // Of an issuer: `from` and `to` in days from now.
  const issue = (name, { by = 'root', subject = `/CN=${name}`, extensions = server, from = -1, to = 20, chain = [] }) => {
    key(name);
    openssl('req', '-new', '-utf8', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
    writeFileSync(file(`${name}.ext`), extensions);
    openssl('ca', '-batch', '-notext', '-utf8', '-config', `${by}.cnf`, '-in', `${name}.csr`, '-out', `${name}.crt`, '-extfile', `${name}.ext`,
      '-startdate', day(from), '-enddate', day(to));
    writeFileSync(file(`${name}.pem`), '');
    for (const part of [`${name}.crt`, ...chain, `${name}.key`]) appendFileSync(file(`${name}.pem`), readFileSync(file(part)));
  };

  root('root');
  root('other');
  issue('good', {});
  issue('renewed', { subject: '/CN=renewed' });
  issue('wrong_name', { extensions: 'subjectAltName=DNS:somebody.test,IP:192.0.2.1\n' });
  issue('common_name', { subject: '/CN=localhost', extensions: 'extendedKeyUsage=serverAuth\n' });
  issue('expired', { from: -20, to: -1 });
  issue('not_yet', { from: 5 });
  issue('unknown', { by: 'other' });
  issue('purpose', { extensions: `subjectAltName=${names}\nextendedKeyUsage=clientAuth\n` });
  issue('revoked', {});
  issue('middle', { extensions: 'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=keyCertSign,cRLSign\n' });
  database('middle');
  issue('chained', { by: 'middle', chain: ['middle.crt'] });
  issue('partial', { by: 'middle' });
  issue('client', { subject: '/C=DE/O=Acme, Inc./CN=Ada Lövelace', extensions: client });
  issue('client_expired', { extensions: client, from: -20, to: -1 });
  issue('client_unknown', { by: 'other', extensions: client });
  issue('client_purpose', { extensions: 'extendedKeyUsage=serverAuth\n' });
  key('self');
  openssl('req', '-x509', '-new', '-key', 'self.key', '-subj', '/CN=self', '-days', '30', '-addext', `subjectAltName=${names}`, '-out', 'self.crt');
  writeFileSync(file('self.pem'), `${readFileSync(file('self.crt'))}${readFileSync(file('self.key'))}`);
  openssl('ca', '-config', 'root.cnf', '-gencrl', '-out', 'empty.crl');
  openssl('ca', '-config', 'root.cnf', '-revoke', 'revoked.crt');
  openssl('ca', '-config', 'root.cnf', '-gencrl', '-out', 'revoked.crl');
  openssl('pkey', '-in', 'good.key', '-aes256', '-passout', 'pass:secret', '-out', 'locked.key');
  openssl('genpkey', '-algorithm', 'RSA', '-out', 'other_kind.key');
  writeFileSync(file('nothing.pem'), 'nothing\n');
}
