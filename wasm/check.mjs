#!/usr/bin/env node
/* Looks whether a toolchain has broken the switch: `node check.mjs module.wasm ...` disassembles each
 * module and fails unless the functions of Binaryen's Asyncify are called by exactly those that may.
 * Inlining of one of these into an instrumented function makes parks fail, mostly in silence.
 *
 * It needs wasm-dis: in PATH, or named by WASM_DIS. Functions are told by their exports, so it can say
 * nothing of a module whose exports were minified (-O3, -Os, -Oz): there, debug builds test themselves. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

const callers = {
  asyncify_start_unwind: ['green__context_park', 'green__js_recover', 'green_wait', 'green_yield'],
  asyncify_stop_unwind: ['green__call_finish', 'green__context_resume', 'green__js_main_leave', 'green__js_recover', 'green__stack_left'],
  asyncify_start_rewind: ['green__context_resume', 'green__stack_entered'],
  asyncify_stop_rewind: ['green__context_park', 'green_wait', 'green_yield'],
};

/* The functions that quiet.h marks hold a call of asyncify_stop_unwind too, which is never reached. */
const folders = ['../src/core/', './'].map(folder => new URL(folder, import.meta.url));
const sources = folders.flatMap(folder => readdirSync(folder).filter(file => file.endsWith('.c')).map(file => readFileSync(new URL(file, folder), 'utf8')));
const quiet = sources.flatMap(source => [...source.matchAll(/^GREEN__QUIET [^(]*?(\w+)\(/gm)].map(match => match[1]));

/* The callers of each Asyncify function, by their exports' names; null without such exports. */
const found = text => {
  const names = new Map(); /* of a function: what it is exported as */
  for (const [, exported, name] of text.matchAll(/^ \(export "([^"]+)" \(func (\$[^)\s]+)/gm)) {
    names.set(name, [...(names.get(name) ?? []), exported]);
  }
  const asyncify = new Map([...names].flatMap(([name, exports]) => exports.filter(e => e in callers).map(e => [name, e])));
  if (asyncify.size === 0) return null;
  const result = Object.fromEntries(Object.keys(callers).map(name => [name, new Set()]));
  for (const body of text.split(/^(?= \(func )/m).slice(1)) {
    const name = /^ \(func (\$[^)\s]+)/.exec(body)[1];
    for (const [, callee] of body.matchAll(/\(call (\$[^)\s]+)/g)) {
      if (asyncify.has(callee)) result[asyncify.get(callee)].add(names.get(name)?.[0] ?? name);
    }
  }
  return result;
};

let failed = false;
for (const path of process.argv.slice(2)) {
  const text = execFileSync(process.env.WASM_DIS ?? 'wasm-dis', ['--all-features', path, '-o', '-'], { encoding: 'utf8', maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] });
  const result = found(text);
  if (!result) {
    console.log(basename(path) + ': exports are minified, nothing can be told');
    continue;
  }
  for (const [name, expected] of Object.entries(callers)) {
    const actual = [...result[name]].filter(caller => name !== 'asyncify_stop_unwind' || !quiet.includes(caller)).sort();
    if (actual.join() === expected.join()) continue;
    failed = true;
    console.error(basename(path) + ': ' + name + ' is called by ' + (actual.join(', ') || 'nobody') + '; expected ' + expected.join(', '));
  }
}
process.exitCode = failed ? 1 : 0;
