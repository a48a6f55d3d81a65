// Runs the tests of names that no server answers for:
//
//   node silent_names.mjs PROGRAM [ARGUMENT ...]
//
// in a mount namespace with a resolv.conf of its own, which needs root. PROGRAM is native, or an ES module
// for Node.
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [program, ...options] = process.argv.slice(2);
const inNode = program.endsWith('.mjs');

function skip(reason) {
  console.log(`silent_names skipped: ${reason}`);
  process.exit(0);
}

if (process.getuid() !== 0) skip('only root can give a program a resolv.conf of its own');
if (spawnSync('unshare', ['-m', 'true']).status !== 0) skip('unshare -m is not possible here');
if (!existsSync('/etc/resolv.conf')) skip('there is no /etc/resolv.conf to put another in front of');

// The name server: it counts the names that it is asked for, and says nothing. A query of one name is its
// labels behind 12 bytes.
const names = new Set();
const server = createSocket('udp4');
server.on('message', (query) => {
  const labels = [];
  for (let at = 12; query[at]; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
  names.add(labels.join('.').toLowerCase());
});
const part = () => 1 + Math.floor(Math.random() * 250);
const address = `127.${part()}.${part()}.${part()}`;
try {
  await new Promise((resolve, reject) => server.once('error', reject).bind(53, address, resolve));
} catch (error) {
  skip(`no name server on ${address}: ${error.message}`);
}

// Natively a lookup goes on for minutes, which nobody waits for. Node waits for those that it has begun.
const folder = mkdtempSync(join(tmpdir(), 'greenio-names-'));
const file = join(folder, 'resolv.conf');
writeFileSync(file, `nameserver ${address}\noptions ${inNode ? 'timeout:1 attempts:1' : 'timeout:30 attempts:5'}\n`);
const command = [...(inNode ? [process.execPath] : []), program, ...options, '--silent-names', '--filter', 'silent_names'];
const mounted = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
const environment = { ...process.env };
for (const name of Object.keys(environment)) if (/^(https?|all)_proxy$/i.test(name)) delete environment[name];
delete environment.UV_THREADPOOL_SIZE;
const child = spawn('unshare', ['-m', 'sh', '-c', mounted, file, ...command], { stdio: 'inherit', env: environment });
// What waits for a lookup all the same would take minutes.
const guard = setTimeout(() => child.kill('SIGKILL'), 100000);
child.on('exit', async (status, signal) => {
  clearTimeout(guard);
  // What it has asked for has been read when this has, which comes behind it.
  const last = createSocket('udp4');
  last.send('', 53, address);
  await new Promise((resolve) => server.on('message', (query) => query.length || resolve(undefined)));
  last.close();
  server.close();
  rmSync(folder, { recursive: true });
  process.exitCode = signal ? 1 : status;
  if (!/stream/.test(program)) return;
  for (const name of ['xn--grn-ioa.example.test', 'xn--r8jz45g.example.test']) {
    if (inNode || names.has(name)) continue;
    console.error(`the name server was never asked for ${name}: ${[...names].join(' ')}`);
    process.exitCode = 1;
  }
  // Those that were given up in the queue have never been asked for.
  const dead = [...names].filter((name) => name.startsWith('dead')).length;
  if (inNode && (dead < 1 || dead > 4)) {
    console.error(`of 12 lookups that were given up ${dead} came to the name server, not 1 to 4`);
    process.exitCode = 1;
  }
});
