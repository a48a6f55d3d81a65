// Runs the test program of given sockets on each way to come by sockets, with peers for it to speak with:
//
//   node run.mjs PROGRAM own|given|gateway [ARGUMENT ...]
//
// PROGRAM is native (own alone), or an ES module for Node. GREENIO_GATEWAY is the program that is the gateway; without it
// that is gateway.mjs.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startGateway } from './gateway.mjs';
import { startPeers } from './peers.mjs';
import { startProgram } from './program.mjs';

export const TOKEN = 'a token of the tests';

/* What the gateway has to allow: the peers, and names for them. */
export function startFor(ports, program, options = []) {
  if (program) {
    const allow = Object.values(ports).map(port => `127.0.0.1:${port}`);
    const names = [`only.gateway.test:${ports.echo}=127.0.0.1:${ports.echo}`, 'nobody.invalid:80'];
    return startProgram(program, { token: TOKEN, allow: [...allow, ...names], options });
  }
  const allow = (host, port) => {
    if (host === 'never.test') return 'never';
    if (host === 'only.gateway.test' && port === ports.echo) return { host: '127.0.0.1', port };
    if (host === 'nobody.invalid') return { host, port };
    return host === '127.0.0.1' && Object.values(ports).includes(port) ? { host, port } : null;
  };
  return startGateway({ allow, token: TOKEN });
}

async function run(program, kind, options) {
  const peers = await startPeers();
  const made = kind === 'gateway' ? await startFor(peers.ports, process.env.GREENIO_GATEWAY) : null;
  const ports = { ...peers.ports, ...(made && !process.env.GREENIO_GATEWAY && { never: 1 }) };
  const given = Object.entries(ports).flatMap(([name, port]) => ['--peer', `${name}=${port}`]);
  const host = /\.m?js$/.test(program) ? [process.execPath, fileURLToPath(new URL('host.mjs', import.meta.url)), program, kind] : [program];
  const how = made ? ['--gateway', made.url, '--token', TOKEN] : [];
  const child = spawn(host[0], [...host.slice(1), ...how, ...given, '--sockets', kind, ...options], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(/** @type {NodeJS.Signals} */ (signal)));
  const status = await new Promise(resolve => {
    child.on('error', error => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code, signal) => {
      if (signal) console.error(`${program}: ended by ${signal}`);
      resolve(code ?? 1);
    });
  });
  peers.close();
  await made?.close();
  return status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [program, kind, ...options] = process.argv.slice(2);
  if (!['own', 'given', 'gateway'].includes(kind)) {
    console.error('usage: node run.mjs PROGRAM own|given|gateway [ARGUMENT ...]');
    process.exit(2);
  }
  process.exitCode = await run(program, kind, options);
}
