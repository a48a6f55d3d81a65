#!/usr/bin/env node
/* Writes greenio.json, what the Emscripten port must know of the build: sources, options for compiling them
 * and for linking a program. CMake is asked, whose files are the one place where that stands; so the list
 * is made when the package is (npm's `prepack`) and is not kept in the repository.
 *
 *   node emscripten/list.mjs [FILE]      greenio.json beside this file, unless said otherwise; and the folder
 *                                      `joined`, greenio's JavaScript as wasm/join.mjs makes it
 *
 * It needs Emscripten and CMake, and takes a few seconds. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));
const file = process.argv[2] ?? join(here, 'greenio.json');

/* What CMake's file API tells of the configuration's targets: a function of a target's name. */
function configure(build) {
  mkdirSync(join(build, '.cmake/api/v1/query/codemodel-v2'), { recursive: true });
  const options = ['-G', 'Ninja Multi-Config', '-DCMAKE_CONFIGURATION_TYPES=Release;Debug', '-DCMAKE_C_FLAGS_RELEASE=', '-DCMAKE_C_FLAGS_DEBUG='];
  try {
    execFileSync('emcmake', ['cmake', '-S', here, '-B', build, ...options], { stdio: 'pipe', encoding: 'utf8' });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error('emscripten/list.mjs: emcmake is needed to make the package; install Emscripten and CMake');
    throw new Error(`emscripten/list.mjs: CMake failed\n${error.stderr}`);
  }
  const reply = join(build, '.cmake/api/v1/reply');
  const names = readdirSync(reply);
  return (target, configuration) =>
    JSON.parse(readFileSync(join(reply, names.find(name => name.startsWith(`target-${target}-${configuration}-`))), 'utf8'));
}

const SMALL = '-Oz'; /* of files that run seldom: the port compiles them as the others */

/* As a path from the root, where it is one. */
const fromRoot = text => (isAbsolute(text) && !relative(root, text).startsWith('..') ? `@/${relative(root, text)}` : text);
const unquoted = text => text.trim().replace(/^"(.*)"$/, '$1');

function library({ sources, compileGroups }) {
  const flags = group => [
    ...(group.compileCommandFragments ?? []).flatMap(({ fragment }) => fragment.split(/\s+/).filter(flag => flag && flag !== SMALL)).sort(),
    ...(group.defines ?? []).map(({ define }) => `-D${define}`),
    ...(group.includes ?? []).map(({ path }) => `-I${fromRoot(path)}`),
  ];
  const [c, ...others] = compileGroups.filter(group => group.language === 'C').map(flags);
  if (others.some(other => String(other) !== String(c))) throw new Error('emscripten/list.mjs: not all C files are compiled alike, which the port cannot do');
  const compiled = compileGroups.flatMap(group => group.sourceIndexes).sort((a, b) => a - b);
  const paths = compiled.map(index => fromRoot(resolve(here, sources[index].path)));
  const outside = paths.find(path => !path.startsWith('@/'));
  if (outside) throw new Error(`emscripten/list.mjs: ${outside} is compiled, which is not in the package`);
  return { compile: c, sources: paths };
}

/* What has no backtrace is the build type's, what has one the library's. */
function link({ link: { commandFragments } }) {
  const given = commandFragments.filter(({ backtrace }) => backtrace);
  const other = given.find(({ role, fragment }) => role !== 'flags' && !/libgreenio\.a$/.test(fragment));
  if (other) throw new Error(`emscripten/list.mjs: programs are linked with ${other.fragment}, which the port does not do`);
  return given.filter(({ role }) => role === 'flags').map(({ fragment }) => fromRoot(unquoted(fragment)));
}

const build = mkdtempSync(join(tmpdir(), 'greenio-list-'));
try {
  const target = configure(build);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const list = { version };
  for (const configuration of ['Release', 'Debug']) {
    list[configuration.toLowerCase()] = { ...library(target('greenio', configuration)), link: link(target('program', configuration)) };
  }
  writeFileSync(file, `${JSON.stringify(list, null, 1)}\n`);
} finally {
  rmSync(build, { recursive: true, force: true });
}
