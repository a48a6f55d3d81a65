#!/usr/bin/env node
/* Prints what Binaryen's Asyncify has instrumented in a module, why, and what it costs; see
 * docs/asyncify.md. Given a link command, it links twice, with the pass and without it, so that it can
 * compare; the target NAME.instrumented of asyncify.cmake is that. Needs nothing but Node. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { decode } from './decode.mjs';

const usage = `usage: node instrumented.mjs MODULE.wasm [--without PLAIN.wasm] [OPTION ...]
       node instrumented.mjs [OPTION ...] -- emcc ARGUMENT ... -o PROGRAM.mjs

Prints which functions of a module Asyncify has instrumented, by which chain of calls each can come to
wait, and what that costs in bytes. The second form runs a link command twice, with the pass and without
it, into the folder PROGRAM.instrumented, and compares; the program itself is not touched.

  --without FILE     the same module linked without the pass, to compare with; else "without.wasm"
                     beside "with.wasm" is taken
  --function NAME    the chains of this function alone; * stands for any text; may be repeated
  --all              every instrumented function, not the 30 that cost most
  --names            nothing but the names of all functions, instrumented or not, one a line: what lists
                     can name
  --json             one JSON object
  --list FILE        a list of patterns that the pass was given: those that match no function are named,
                     and the exit status is 1; may be repeated. With a link command: links once, as it
                     says, and prints nothing else
  --help             prints this

Functions have names if the module was linked with --profiling-funcs or -g (the second form adds it), or
with --emit-symbol-map, whose file PROGRAM.mjs.symbols is read if it is of the same link.
`;

class Refused extends Error {}

const refuse = (text) => {
  throw new Refused(text);
};

/* ---- modules --------------------------------------------------------------------------------------- */

/* Binaryen writes what is no letter as \28. */
const plainName = (name) => name.replace(/\\([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

const symbolsFile = (path) => {
  const stem = path.slice(0, -extname(path).length);
  return ['.mjs', '.js', '.cjs', '.html', '.wasm'].map((end) => `${stem}${end}.symbols`).find(existsSync);
};

/* A link writes the file before the module, or behind it. */
const oneLink = 60_000;

/* What --emit-symbol-map has written beside a module, of the functions given if they are known: [index, name]
 * of each. Null: nothing, or it is of an earlier link. Newer Binaryens leave the pass's own functions out,
 * which are the last. */
const symbols = (path, functions) => {
  const file = symbolsFile(path);
  if (!file) return null;
  const found = [...readFileSync(file, 'utf8').matchAll(/^(\d+):(.+)$/gm)].map(([, index, name]) => [Number(index), plainName(name)]);
  const isOld = existsSync(path) && statSync(file).mtimeMs < statSync(path).mtimeMs - oneLink;
  const last = found.at(-1)?.[0];
  const isWhole = !functions || last === functions.length - 1 || last === functions.findLastIndex((f) => !f.runtime);
  if (!isOld && isWhole) return found;
  console.error(`(${file} is of another link, so it is not read)`);
  return null;
};

const load = (path) => {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    refuse(error.code === 'ENOENT' ? `there is no file ${path}` : error.message);
  }
  let module;
  try {
    module = decode(bytes);
  } catch (error) {
    refuse(`${path} cannot be read: ${error.message}`);
  }
  if (!module.named) {
    const found = symbols(path, module.functions);
    for (const [index, name] of found ?? []) if (module.functions[index]) module.functions[index].name = name;
    module.named = found !== null;
  }
  for (const f of module.functions) f.label = f.import ?? (f.name && plainName(f.name)) ?? f.exports[0] ?? `function ${f.index}`;
  return module;
};

const size = (f) => f.end - f.start;

/* ---- why ------------------------------------------------------------------------------------------- */

/* What makes a call one that may wait by itself: {kind, text}; null: it is a call of an instrumented
 * function, or one that cannot wait. */
const cause = (module, call) => {
  if (!call.checked) return null;
  if (call.callee === null) return { kind: 'indirect', text: '(an indirect call)' };
  const callee = module.functions[call.callee];
  if (callee.import) return { kind: 'import', text: `${callee.import} (an import)` };
  return callee.instrumented ? null : { kind: 'park', text: `${callee.label} (parks)` };
};

/* For one kind of cause: of each function that can reach one, the next step of a shortest chain. */
const chains = (module, kind) => {
  const steps = new Map();
  const callers = new Map();
  let front = [];
  for (const f of module.functions) {
    if (!f.instrumented) continue;
    for (const call of f.calls) {
      const found = cause(module, call);
      if (found?.kind === kind && !steps.has(f)) {
        steps.set(f, { text: found.text });
        front.push(f);
      }
      if (!found && call.checked) {
        const callee = module.functions[call.callee];
        if (!callers.has(callee)) callers.set(callee, new Set());
        callers.get(callee).add(f);
      }
    }
  }
  while (front.length > 0) {
    const next = [];
    for (const callee of front) {
      for (const f of callers.get(callee) ?? []) {
        if (steps.has(f)) continue;
        steps.set(f, { callee });
        next.push(f);
      }
    }
    front = next;
  }
  return steps;
};

const chain = (steps, f) => {
  const found = [];
  for (let at = f; ; ) {
    found.push(at.label);
    const step = steps.get(at);
    if (step.text) return [...found, step.text];
    at = step.callee;
  }
};

/* ---- the report ------------------------------------------------------------------------------------ */

const kinds = ['park', 'import', 'indirect'];

const analyse = (path, withoutPath) => {
  const module = load(path);
  if (module.state < 0) refuse(`${path} has not been through Asyncify: nothing in it is instrumented`);
  const without = withoutPath ? load(withoutPath) : null;
  if (without && without.state >= 0) refuse(`${withoutPath} has been through Asyncify itself`);
  const before = new Map((without?.functions ?? []).filter((f) => !f.import).map((f) => [f.label, size(f)]));
  const steps = Object.fromEntries(kinds.map((kind) => [kind, chains(module, kind)]));
  const functions = module.functions.filter((f) => f.instrumented).map((f) => ({
    name: f.label,
    bytes: size(f),
    before: before.get(f.label) ?? null,
    why: kinds.filter((kind) => steps[kind].has(f)).map((kind) => chain(steps[kind], f)).sort((a, b) => a.length - b.length),
    onlyIndirect: !steps.park.has(f) && !steps.import.has(f) && steps.indirect.has(f),
  }));
  const cost = (f) => (f.before === null ? f.bytes : f.bytes - f.before);
  functions.sort((a, b) => cost(b) - cost(a));
  const sum = (list, of) => list.reduce((total, each) => total + of(each), 0);
  const bytesOf = (each) => ({ file: each.bytes.length, names: each.nameBytes, code: each.codeBytes });
  const onlyIndirect = functions.filter((f) => f.onlyIndirect);
  return {
    module: path,
    named: module.named,
    totals: {
      functions: module.functions.length - module.imports,
      instrumented: functions.length,
      instrumentedBytes: sum(functions, (f) => f.bytes),
      onlyIndirect: onlyIndirect.length,
      onlyIndirectBytes: sum(onlyIndirect, (f) => f.bytes),
      bytes: bytesOf(module),
      before: without && bytesOf(without),
    },
    functions,
  };
};

const matcher = (pattern) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`, 's');

const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

const printTotals = ({ module, named, totals }) => {
  const { bytes, before } = totals;
  console.log(`${module}: ${number(totals.instrumented)} of ${number(totals.functions)} functions are instrumented`);
  const part = (what, now, then) => {
    const compared = then === null ? '' : ` (without the pass ${number(then)}, so ${now >= then ? '+' : '-'}${Math.abs(100 * (now - then) / then).toFixed(0)}%)`;
    console.log(`  ${what.padEnd(24)} ${number(now).padStart(11)} bytes${compared}`);
  };
  part('module without names', bytes.file - bytes.names, before && before.file - before.names);
  part('code', bytes.code, before && before.code);
  part('instrumented functions', totals.instrumentedBytes, null);
  console.log(`  of these, ${number(totals.onlyIndirect)} functions (${number(totals.onlyIndirectBytes)} bytes) can wait only if an indirect call does`);
  if (!named) console.log('\nIt has no names: link it with --profiling-funcs, or with --emit-symbol-map.');
};

const printFunction = ({ name, bytes, before, why }, all) => {
  const cost = before === null ? '' : `, ${bytes >= before ? '+' : ''}${number(bytes - before)}`;
  console.log(`\n${name}: ${number(bytes)} bytes${cost}`);
  if (why.length === 0) console.log('  no call in it can wait: it was in a list');
  for (const each of all ? why : why.slice(0, 1)) console.log(`  ${each.join(' > ')}`);
};

const report = (path, without, options) => {
  if (options.names) return console.log(load(path).functions.filter((f) => !f.import).map((f) => f.label).sort().join('\n'));
  const result = analyse(path, without);
  const wanted = options.function ?? [];
  const patterns = wanted.map(matcher);
  if (patterns.length > 0) {
    result.functions = result.functions.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
    if (result.functions.length === 0) {
      const module = load(path);
      const there = module.functions.some(({ label }) => patterns.some((pattern) => pattern.test(label)));
      refuse(there ? `${wanted.join(', ')} is not instrumented` :
        `there is no function ${wanted.join(', ')} in ${path}${module.named ? ': was it inlined?' : ', which has no names: link it with --profiling-funcs'}`);
    }
  }
  if (options.json) return console.log(JSON.stringify(result));
  if (patterns.length === 0) printTotals(result);
  const shown = options.all || patterns.length > 0 ? result.functions : result.functions.slice(0, 30);
  for (const each of shown) printFunction(each, patterns.length > 0);
  const rest = result.functions.length - shown.length;
  if (rest > 0) console.log(`\n... and ${number(rest)} more (--all)`);
};

/* ---- lists ----------------------------------------------------------------------------------------- */

/* The patterns of a list, which stand between commas; those in the brackets of a C++ name do not count. */
const patternsOf = (file) => {
  const found = [];
  let depth = 0;
  let pattern = '';
  for (const letter of readFileSync(file, 'utf8').trim()) {
    if ('(<[{'.includes(letter)) depth++;
    if (')>]}'.includes(letter)) depth--;
    if ((letter === ',' && depth === 0) || letter === '\n') {
      found.push(pattern);
      pattern = '';
    } else {
      pattern += letter;
    }
  }
  return [...found, pattern].filter((each) => each !== '');
};

/* How many patterns of the lists match nothing; they are named. `isLinked`: the module was linked just now;
 * it may lie in the program (-sSINGLE_FILE). */
const unmatched = (path, lists, isLinked) => {
  let names = isLinked || !existsSync(path) ? symbols(path)?.map(([, name]) => name) : null;
  if (!names) {
    const module = load(path);
    if (!module.named) refuse(`${path} has no names, so that no list can be right: link it with --emit-symbol-map`);
    names = module.functions.map((f) => (f.name ? plainName(f.name) : f.label));
  }
  let count = 0;
  for (const list of lists) {
    for (const pattern of patternsOf(list)) {
      const expression = matcher(pattern);
      if (names.some((name) => expression.test(name))) continue;
      count++;
      console.error(`greenio: "${pattern}" in ${basename(list)} matches no function of ${basename(path)}: is the name right, or was the function inlined or left out? (docs/asyncify.md)`);
    }
  }
  return count;
};

/* ---- linking --------------------------------------------------------------------------------------- */

/* Resolves to the exit status. */
/** @returns {Promise<number>} */
const run = (/** @type {string[]} */ [program, ...args]) => new Promise((resolve, reject) => {
  const child = spawn(program, args, { stdio: ['ignore', 2, 2] });
  child.on('error', (error) => reject(new Refused(`${program} cannot be run: ${error.message}`)));
  child.on('close', (status, signal) => resolve(signal ? 1 : status));
});

const outputOf = (command) => {
  const at = command.lastIndexOf('-o');
  const joined = command.findLast((each) => /^-o./.test(each));
  const output = at >= 0 ? command[at + 1] : joined?.slice(2);
  return output ?? refuse('the link command has no -o PROGRAM.mjs');
};

/* emcc takes the last of each setting. */
const linkTwice = async (command) => {
  const output = outputOf(command);
  const folder = join(dirname(output), `${basename(output, extname(output)).replace(/\.instrumented$/, '')}.instrumented`);
  mkdirSync(folder, { recursive: true });
  const at = command.lastIndexOf('-o');
  for (const [name, more] of /** @type {[string, string[]][]} */ ([['with', []], ['without', ['-sBINARYEN_EXTRA_PASSES=--pass-arg=asyncify-none@1']]])) {
    console.error(`linking ${name} the pass ...`);
    const file = join(folder, `${name}.mjs`);
    const changed = command.map((each, i) => ((at >= 0 ? i === at + 1 : /^-o./.test(each)) ? (at >= 0 ? file : `-o${file}`) : each));
    const status = await run([...changed, '--profiling-funcs', '-sSINGLE_FILE=0', ...more]);
    if (status !== 0) refuse(`the link ${name} the pass failed`);
  }
  console.error(`(to ask again: node ${process.argv[1]} ${join(folder, 'with.wasm')})\n`);
  return folder;
};

const main = async (args) => {
  const separator = args.indexOf('--');
  const command = separator < 0 ? null : args.slice(separator + 1);
  const text = /** @type {const} */ ({ type: 'string' });
  const several = /** @type {const} */ ({ type: 'string', multiple: true });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  let parsed;
  try {
    parsed = parseArgs({
      args: separator < 0 ? args : args.slice(0, separator),
      options: { without: text, function: several, list: several, all: flag, names: flag, json: flag, help: flag },
      allowPositionals: true,
    });
  } catch (error) {
    refuse(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help) return process.stdout.write(usage), 0;
  if (command ? positionals.length > 0 || command.length === 0 : positionals.length !== 1) refuse(`one module, or a link command behind "--", is needed\n\n${usage}`);
  if (command && values.list) {
    const module = outputOf(command).replace(/\.\w+$/, '.wasm');
    const old = symbolsFile(module);
    if (old) rmSync(old);
    const status = await run(command);
    return status || (unmatched(module, values.list, true) > 0 ? 1 : 0);
  }
  if (values.list) return unmatched(positionals[0], values.list, false) > 0 ? 1 : 0;
  if (command) {
    const folder = await linkTwice(command);
    report(join(folder, 'with.wasm'), join(folder, 'without.wasm'), values);
    return 0;
  }
  const beside = join(dirname(positionals[0]), 'without.wasm');
  const without = values.without ?? (basename(positionals[0]) === 'with.wasm' && existsSync(beside) ? beside : null);
  report(positionals[0], without, values);
  return 0;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`instrumented: ${error.message}`);
  process.exitCode = 2;
}
