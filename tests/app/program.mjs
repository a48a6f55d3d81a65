// Starts a program that serves the application of application.c from a folder of its own and says its
// address on its first line; gives that to use(base), which gives the number of what failed; and ends the
// program. The exit status of this process says whether all went well.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function withProgram(program, use) {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-app-'));
  const command = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  const child = spawn(command[0], [...command.slice(1), join(folder, 'files')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise(resolve => child.on('exit', (code, signal) => resolve(code ?? signal)));
  const firstLine = new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', data => {
      text += data;
      if (text.includes('\n')) resolve(text.split('\n')[0]);
    });
    ended.then(code => reject(new Error(`the program ended with ${code}`)));
  });
  let failed = 1;
  try {
    failed = await use(await firstLine);
  } finally {
    child.kill('SIGTERM');
    const code = await ended;
    rmSync(folder, { recursive: true });
    if (code !== 0) console.log(`the program ended with ${code}`);
    process.exitCode = failed || code !== 0 ? 1 : 0;
  }
}
