// Has testssl.sh look at a TLS server of greenio's, and prints what it has found against it.
// Usage: node testssl.mjs TLS_SERVER [FILE], with FILE for all that it has found, as JSON
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';

// Of the certificate of the tests, whose root nobody knows and which is for some days; and what testssl.sh says of itself.
const ofTheTests = /^(service|cert_chain_of_trust|cert_expirationStatus|cert_notAfter|cert_revocation|DNS_CAArecord|sessionresumption_ticket)$/;

const [program, kept] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'greenio-testssl-'));
makeCertificates(folder);
const server = spawn(program, [join(folder, 'good.pem')], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  const [port] = await once(server.stdout, 'data');
  server.stdout.resume();
  const report = kept ?? join(folder, 'report.json');
  rmSync(report, { force: true });
  const shown = spawnSync('testssl', ['--warnings', 'off', '--color', '0', '--quiet', '--jsonfile', report, '-p', '-s', '-f', '-P', '-S', '-U',
    `127.0.0.1:${String(port).trim()}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (shown.error) throw shown.error;
  const found = JSON.parse(readFileSync(report, 'utf8'));
  const against = found.filter(({ id, severity }) => !/^(OK|INFO)$/.test(severity) && !ofTheTests.test(id));
  for (const { id, severity, finding } of against) console.log(`${severity} ${id}: ${finding}`);
  console.log(`${found.length} findings, ${against.length} against the server`);
  if (against.length || found.length < 50) process.exitCode = 1;
} finally {
  server.kill();
  rmSync(folder, { recursive: true });
}
