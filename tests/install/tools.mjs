// What the tests of the installed package share: commands, and the stranger's project.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, '../..');
export const build = resolve(process.env.GREENIO_BUILD ?? join(root, 'build'), 'install');

// Runs a command and gives its stdout; a failure shows all that it printed.
export async function run(command, args, options = {}) {
  try {
    return (await execute(command, args, { maxBuffer: 1 << 26, timeout: 300_000, ...options })).stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}: ${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}

// What a command that must fail printed.
export async function refused(command, args, options = {}) {
  try {
    await execute(command, args, options);
  } catch (error) {
    return (error.stdout + error.stderr).replace(/\s+/g, ' ');
  }
  assert.fail(`${command} ${args.join(' ')} succeeded`);
}

// An empty folder below the build folder.
export function emptyFolder(name) {
  const folder = join(build, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

// Configures, builds and installs greenio itself, as its README says.
export async function install(prefix, folder, configure, ...options) {
  await run(configure[0], [...configure.slice(1), '-S', root, '-B', join(build, folder), '-G', 'Ninja',
    '-DCMAKE_BUILD_TYPE=Release', '-DGREENIO_DEVELOP=OFF', ...options]);
  await run('cmake', ['--build', join(build, folder)]);
  await run('cmake', ['--install', join(build, folder), '--prefix', prefix]);
}

// Configures and builds a project against an installed greenio; its folder, and what CMake printed.
export async function compile(source, folder, configure, ...options) {
  const to = emptyFolder(folder);
  const printed = await run(configure[0], [...configure.slice(1), '-S', source, '-B', to, '-G', 'Ninja',
    '-DCMAKE_BUILD_TYPE=Release', ...options]);
  await run('cmake', ['--build', to]);
  return { to, printed };
}

// The version that the headers state.
export function headerVersion(prefix) {
  const text = readFileSync(join(prefix, 'include/greenio/base.h'), 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH'].map(part => RegExp(`GREEN_VERSION_${part} (\\d+)`).exec(text)[1]).join('.');
}

// What the stranger's program prints.
export const greeting = version => `greenio ${version}: waited 0, asked EINVAL\n`;

// Runs the guide's programs, built in `to`, each as a test of `context`; `command` makes one of a name.
export async function testPrograms(context, programs, url, command) {
  assert.ok(programs.length > 5);
  for (const { name, output } of programs)
    await context.test(name, async () => {
      const printed = await run(...command(name, url));
      if (output !== undefined) assert.equal(printed, output);
    });
}

// The lines of each runner ("hare: lap 1") in their order; others by their place.
function byRunner(text) {
  const said = {};
  text.split('\n').forEach((line, place) => {
    const [who] = /^\w+(?=: )/.exec(line) ?? [place];
    (said[who] ??= []).push(line);
  });
  return said;
}

// What a project of the guide printed is what its page says; but which of the runners is first, a busy machine may change.
export function checkPrinted({ name, output }, printed) {
  const seen = name === 'first-program' ? byRunner : String;
  assert.deepEqual(seen(printed), seen(output));
}

// The server that the guide's programs ask: every path is a short text.
export async function serveText() {
  const server = createServer((request, response) => response.end('a text\n'));
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
