// A trace of the program `traced`, natively by the environment, in WebAssembly by module.green.trace().
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @param {string} program */
async function wasmTrace(program) {
  const { default: create } = await import(pathToFileURL(program).href);
  let trace;
  const module = await create({ preRun: [instance => queueMicrotask(() => { trace = instance.green.trace(); })] });
  trace ??= module.green.trace();
  await module.green.main;
  const ended = trace.stop();
  return { json: new TextDecoder().decode(ended.bytes), ended };
}

function nativeTrace(program) {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-'));
  try {
    const path = join(folder, 'trace.json');
    execFileSync(program, { env: { ...process.env, GREENIO_TRACE: path } });
    return { json: readFileSync(path, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const traceOf = async program => (/\.mjs$/.test(program) ? wasmTrace(program) : nativeTrace(program));
