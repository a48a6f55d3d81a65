// Starts examples/gateway, native or for Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* `before`: a command that runs it. `lines` are those that it has written; line(pattern) waits for one. */
export async function startProgram(program, { token = undefined, allow, options = [], before = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-gateway-'));
  const file = join(folder, 'token');
  if (token !== undefined) writeFileSync(file, `${token}\n`);
  const who = token === undefined ? ['--no-token'] : ['--token-file', file];
  const rules = allow.flatMap(entry => ['--allow', entry]);
  const command = [...before, ...(/\.m?js$/.test(program) ? [process.execPath, program] : [program]), ...who, ...rules, ...options, '0'];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = [];
  const waiting = new Set();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    lines.push(...parts);
    for (const look of waiting) look();
  });
  const ended = once(child, 'exit');
  const line = pattern => new Promise((resolve, reject) => {
    const look = () => {
      const found = lines.find(one => pattern.test(one));
      if (!found) return;
      waiting.delete(look);
      resolve(found);
    };
    waiting.add(look);
    ended.then(([status, signal]) => reject(new Error(`${program} ended (${status ?? signal}) without ${pattern}: ${lines.join(' | ')}`)));
    look();
  });
  const [, url] = /gateway on (ws:\S+)/.exec(await line(/gateway on/));
  return {
    url,
    pid: child.pid,
    lines,
    line,
    async close() {
      child.kill('SIGTERM');
      const [status] = await ended;
      rmSync(folder, { recursive: true, force: true });
      return status;
    },
  };
}
