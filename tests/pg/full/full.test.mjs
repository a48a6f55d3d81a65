// PGlite on a disk that gets full: whatever becomes of it, each call has an answer, and the program ends by itself.
// FULL is the program, full.c.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const folder = mkdtempSync(join(tmpdir(), 'greenio-full-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// A disk of its own, which is gone with the process.
const own = (command) => ['-rm', 'sh', '-c', `mount -t tmpfs -o size=64m greenio ${folder} && ${command}`];
const cannot = spawnSync('unshare', own('true')).status !== 0 && 'unshare(1) may not mount a file system here';

test('a disk that gets full', { skip: cannot }, async () => {
  const child = spawn('unshare', own(`exec ${process.execPath} ${process.env.FULL} file:${folder}/data`), { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  child.stdout.on('data', (piece) => { out += piece; });
  child.stderr.on('data', (piece) => { err += piece; });
  const guard = setTimeout(() => child.kill('SIGKILL'), 200000);
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  clearTimeout(guard);
  assert.equal(ended, 0, `${ended} after\n${out}\n${err}`);
  assert.match(out, /^(refused|lost) /m);
  assert.match(out, /^written [1-9]/m);
  assert.equal(out.match(/^connected /gm).length, 3);
  assert.doesNotMatch(out, /ENOMEM|ETIMEDOUT/);
});
