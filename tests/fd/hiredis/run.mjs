// Gives the program of pops.c a redis-server: run.mjs PROGRAM, a module or an executable.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../ports.mjs';

const [program] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'greenio-redis-'));

const answers = port => new Promise(resolve => {
  const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
  socket.on('error', () => resolve(false));
});

const port = await freePort();
const redis = spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder],
  { stdio: 'ignore' });
let ended = 1;
try {
  for (let tries = 0; tries < 600 && !await answers(port); tries++)
    await new Promise(resolve => setTimeout(resolve, 50));
  const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  ended = spawnSync(command[0], [...command.slice(1), `${port}`], { stdio: 'inherit', timeout: 120_000 }).status ?? 1;
} finally {
  redis.kill();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = ended;
