// Two instances of wasm_tty.c in one process at a terminal, which standard input, output and error are not: each has /dev/tty
// for itself, and leaves nothing open.
//
//   node tty.mjs MODULE
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [module, isInside] = process.argv.slice(2);

const countOpen = () => readdirSync('/proc/self/fd').length;

async function inside() {
  const { default: create } = await import(pathToFileURL(module).href);
  const [one, two] = await Promise.all([create(), create()]);
  const call = ({ green }, name) => green.call(name, 'status', [], []);
  await call(one, 'tty_ask');
  await call(one, 'tty_hold');
  await call(two, 'tty_ask');
  await call(one, 'tty_let_go');
  await call(one, 'tty_ask');
  const before = countOpen();
  for (let i = 0; i < 5; i++) await call(i % 2 ? one : two, 'tty_ask');
  for (let tries = 0; countOpen() > before; tries++) { // Node closes them in a turn of its own
    assert.ok(tries < 1000, `${before} descriptors were open, and now ${countOpen()}`);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  console.log('ok');
}

/* Descriptor 9 is the terminal still, which would be gone with the last that is open. */
async function outside() {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-tty-'));
  const said = join(folder, 'said');
  const child = spawn('python3', [join(import.meta.dirname, 'at_terminal.py'), '80', '25', 'sh', '-c', 'said=$1; shift; exec "$@" 9<&0 </dev/null >"$said" 2>&1', 'sh', said,
    process.execPath, import.meta.filename, module, 'inside'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '', answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    for (const asked = shown.split('name? ').length - 1; answered < asked; answered++) child.stdin.write('typed\r');
  });
  const status = await new Promise((resolve) => { child.on('close', resolve); });
  const text = readFileSync(said, 'utf8');
  rmSync(folder, { recursive: true });
  if (status === 0 && text === 'ok\n') return;
  console.error(`ended with ${status}: ${text}${shown}`);
  process.exitCode = 1;
}

await (isInside ? inside() : outside());
