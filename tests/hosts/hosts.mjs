// Starts a program of greenio's on hosts that are neither Node nor a browser, each with a server of its own in front of
// module.green.app.fetch(). GREENIO_HOSTS is the folder of the npm packages that tests/hosts/package.json names.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const packages = join(resolve(process.env.GREENIO_HOSTS ?? 'build/hosts'), 'node_modules');
/* The package of this machine's kind. */
const binary = (scope, name, ...file) => {
  const found = readdirSync(join(packages, scope)).find(entry => entry.startsWith(name));
  assert.ok(found, `no ${scope}/${name}... in ${packages}`);
  return join(packages, scope, found, ...file);
};

/* What the worker's program needs of its configuration. Each date changes what the global object has. */
const configuration = (program, date, flags, args) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["private", "public"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "greenio/web/workerd", esModule = embed "workerd.mjs"),
    (name = "greenio/wasm/error.mjs", esModule = embed "error.mjs"),
    (name = "program.mjs", esModule = embed "${program}.mjs"),
    (name = "program.wasm", wasm = embed "${program}.wasm"),
  ],
  bindings = [
    (name = "PROGRAM", durableObjectNamespace = "Program"),
    (name = "ARGUMENTS", text = ${JSON.stringify(args.join(' '))}),
  ],
  durableObjectNamespaces = [(className = "Program", uniqueKey = "program")],
  durableObjectStorage = (inMemory = void),
  compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify(flags)},
);
`;

const running = [];

async function started(command, args, portOf) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const log = [];
  createInterface({ input: child.stderr }).on('line', line => log.push(line));
  const lines = createInterface({ input: child.stdout });
  const port = await new Promise((found, failed) => {
    lines.on('line', (line) => {
      const got = portOf(line);
      if (got) found(got);
      else log.push(line);
    });
    child.on('exit', (code, signal) => failed(new Error(`${command} has ended with ${code ?? signal} before it served:\n${log.join('\n')}`)));
  });
  return { base: `http://127.0.0.1:${port}`, port: Number(port), log, child };
}

/* A folder with the program alone: it finds no packages there. */
function folderOf(program) {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-hosts-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const file of [program, program.replace(/\.mjs$/, '.wasm')]) copyFileSync(file, join(folder, basename(file)));
  return folder;
}

function startDeno(program, ...args) {
  const own = join(import.meta.dirname, 'deno.mjs');
  return started(deno(), [...denoOptions, own, join(folderOf(program), basename(program)), ...args],
    line => /^\d+$/.exec(line)?.[0]);
}

function startBun(program, ...args) {
  return started(bun(), [join(import.meta.dirname, 'bun.mjs'), join(folderOf(program), basename(program)), ...args],
    line => /^\d+$/.exec(line)?.[0]);
}

const startWorkerd = (date, ...flags) => (program, ...args) => {
  const folder = folderOf(program);
  copyFileSync(join(import.meta.dirname, 'worker.mjs'), join(folder, 'worker.mjs'));
  for (const file of ['web/workerd.mjs', 'wasm/error.mjs']) copyFileSync(join(import.meta.dirname, '../..', file), join(folder, basename(file)));
  writeFileSync(join(folder, 'config.capnp'), configuration(basename(program, '.mjs'), date, flags, args));
  return serveFolder(folder);
};

/* workerd, with the configuration and what else is in a folder. */
export const serveFolder = folder => started(binary('@cloudflare', 'workerd-', 'bin', 'workerd'),
  ['serve', '--control-fd=1', join(folder, 'config.capnp')], line => /"event":"listen".*"port":(\d+)/.exec(line)?.[1]);

/* What to call to have a host run a program of Node's kind, with what options. */
const bun = () => join(packages, 'bun', 'bin', 'bun.exe');
const deno = () => binary('@deno', 'linux-', 'deno');
const denoOptions = ['run', '-A', '--no-lock', '--no-config'];
const only = process.env.GREENIO_HOST ?? '';
const chosen = all => Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(only)));
export const runners = chosen({
  'Deno': (program, ...args) => [deno(), [...denoOptions, program, ...args]],
  'Bun': (program, ...args) => [bun(), [program, ...args]],
});

/* And its test runner, for what is written for Node's. */
export const testers = chosen({
  'Deno': file => [deno(), ['test', '-A', '--no-lock', '--no-config', '--no-check', file]],
  'Bun': file => [bun(), ['test', '--timeout', '120000', file]],
});

/* Dates between which the global object changes: before it had WeakRef, and now. */
const upgrading = {
  'Deno': { start: startDeno, isDeno: true },
  'workerd of 2023': { start: startWorkerd('2023-02-28'), isDeno: false },
  'workerd of today': { start: startWorkerd('2026-11-01'), isDeno: false },
  'workerd of 2025': { start: startWorkerd('2025-06-01'), isDeno: false },
};
export const hosts = chosen(upgrading);

/* And what has a server, and no WebSocket behind fetch(). */
export const servers = chosen({ ...upgrading, Bun: { start: startBun, isDeno: false } });

export const stopAll = () => running.splice(0).forEach(child => child.kill('SIGKILL'));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {
  stopAll();
  process.exit(1);
});
