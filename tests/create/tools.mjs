// What the tests of `npm create greenio` share: how it is run, from its package.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const build = resolve(process.env.GREENIO_BUILD ?? join(root, 'build'), 'package');
export const createScript = join(root, 'create/create.mjs');

// A folder outside of this tree, with a blank in its path, which is gone behind the tests.
export function emptyFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'greenio create '));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// create-greenio as npm would publish it.
export function packCreate() {
  mkdirSync(build, { recursive: true });
  const folder = mkdtempSync(join(build, 'create-')); // test files run beside each other
  after(() => rmSync(folder, { recursive: true, force: true }));
  const name = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(root, 'create'), encoding: 'utf8' });
  return join(folder, name.trim());
}

// What the tests' own npm and Node's test runner may have set is none of the new project's.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_TEST_CONTEXT$)/i.test(name)));

// Runs the script in a folder, without a terminal: { status, stdout, stderr }.
export const create = (folder, args, env = {}) =>
  spawnSync(process.execPath, [createScript, ...args], { cwd: folder, encoding: 'utf8', input: '', env: { ...environment, ...env } });

// As `npm create` does, which is this with another name for the package. npm keeps what stands before `--`.
export const npmCreate = (folder, tarball, args) =>
  spawnSync('npm', ['exec', '--yes', '--offline', `--package=${tarball}`, ...args], { cwd: folder, encoding: 'utf8', input: '', env: environment });

// Runs a command that must succeed, and gives what it printed.
export function run(folder, command, ...args) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26, env: environment });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${signal ?? ''}\n${stdout}\n${stderr}`);
  return stdout;
}

// All files below a folder.
export const filesIn = folder => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
