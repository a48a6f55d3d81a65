// Measures a TLS server: the processor time of an answer of 1 KiB, in nanoseconds, or the resident bytes of
// a connection that idles. Usage: tls.mjs cpu|idle CONNECTIONS ROUNDS CLIENT SERVER [argument ...]
// The server gets the file of its certificate and key as its last argument, and prints its port.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurePair } from './pair.mjs';

const [measure, connections, rounds, client, ...server] = process.argv.slice(2);

const folder = mkdtempSync(join(tmpdir(), 'greenio-bench-'));
const file = join(folder, 'both.pem');
execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost',
  '-keyout', join(folder, 'key'), '-out', join(folder, 'crt')], { stdio: 'ignore' });
execFileSync('sh', ['-c', `cat "${folder}/crt" "${folder}/key" >"${file}"`]);

try {
  console.log(await measurePair(measure, { connections, rounds, server: [...server, file], client }));
} finally {
  rmSync(folder, { recursive: true });
}
