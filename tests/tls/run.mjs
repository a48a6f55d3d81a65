// Runs TLS test programs with certificates, and with peers for them to speak with:
//
//   node run.mjs PROGRAM [ARGUMENT ...]
//
// PROGRAM is native, or an ES module for Node; its exit status is this one's.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';
import { startPeers } from './peers.mjs';

const [program, ...options] = process.argv.slice(2);
if (!program) {
  console.error('usage: node run.mjs PROGRAM [ARGUMENT ...]');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'greenio-tls-'));
makeCertificates(folder);
const peers = await startPeers(folder);
const given = Object.entries(peers.ports).flatMap(([name, port]) => ['--peer', `${name}=${port}`]);
const command = /\.m?js$/.test(program) ? [process.execPath, program] : [program];
const child = spawn(command[0], [...command.slice(1), '--certificates', folder, ...given, ...options], {
  stdio: 'inherit',
  env: { ...process.env, SSL_CERT_FILE: join(folder, 'root.pem'), NODE_EXTRA_CA_CERTS: join(folder, 'root.pem') },
});
const end = async (status) => {
  await peers.close();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = status;
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(/** @type {NodeJS.Signals} */ (signal)));
child.on('error', (error) => {
  console.error(`${program}: ${error.message}`);
  end(1);
});
child.on('exit', (status, signal) => {
  if (signal) console.error(`${program}: ended by ${signal}`);
  end(status ?? 1);
});
