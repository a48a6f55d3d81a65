#!/usr/bin/env node
/* Makes of greenio's JavaScript modules what emcc takes: `node join.mjs FOLDER` writes there, of each part below,
 *
 *   PART.mjs   for --extern-pre-js: its modules, one behind the other, in front of a program's own factory. emcc
 *              never parses it, so that they may be modern JavaScript under Emscripten 3.1.6 too.
 *   PART.js    for --js-library: the imports of C, each a function that calls the one of the module
 *
 * and agrees.c, which does not compile unless numbers and records that both sides know are the same. CMake runs it when
 * the build is configured (greenio.cmake), and the npm package and an installed greenio have what it has made. It needs Node
 * alone.
 *
 * A module is an ES module as any other, which Node can import by itself. Here it becomes a function that is called
 * once, so that its names are its own, and what it exports an object, `greenio$FOLDER_FILE`. For that it keeps to
 * these rules, and to break one fails the build:
 *   - imports are `import { a, b as c } from './file.mjs';`, relative, in no circle;
 *   - exports are `export const`, `export class`, `export function` and `export async function`, at the begin of a line,
 *     each of one name;
 *   - a template literal ends on its line, as strings do; nothing awaits at the top level;
 *   - a comment of several lines begins its line, and ends one.
 * Comments and indentation are left out.
 *
 * A module that C calls exports two more, each of which is plain data:
 *   bindings   { name, imports: { cName: 'sig' }, exports: { cName: 'sig' }, prefix, needs }, where a sig is
 *              Emscripten's (v, i, p, d; what it returns comes first). C's green__js_NAME_c_name() is the function
 *              cName of what the module's make(env, c, needed) returns; c.cName() calls what C exports so. `prefix`
 *              stands for green__js_NAME_. `needs` are names for what Emscripten's library has, as { FS: 'greenFS' };
 *              what another module's make() returned is green__js_NAME there.
 *   layout     { headers, constants: { C_NAME: number }, records: { 'struct x': [field, ...] } }, where a field
 *              has 32 bits, and null stands for 32 bits that have no name: padding, or the rest of a longer field
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

export const parts = {
  greenio: {
    modules: ['wasm/instance.mjs', 'wasm/program.mjs', 'src/fd/descriptors.mjs', 'src/http/http.mjs', 'src/net/net.mjs',
      'src/file/file.mjs', 'src/process/process.mjs', 'src/terminal/terminal.mjs', 'src/app/app.mjs', 'src/trace/trace.mjs', 'src/websocket/websocket.mjs', 'src/websocket/upgrade.mjs',
      'src/server/server.mjs'],
    libraries: ['wasm/greenio.js', 'src/fd/fd.js'],
    /* What Emscripten's own code finds, and what a program exports beside its factory. */
    last: [
      'var require = greenio$wasm_node.require, __filename = greenio$wasm_node.filename, __dirname = greenio$wasm_node.dirname;',
      'const WebAssembly = greenio$wasm_depth.counting;',
      'const GreenError = greenio$wasm_error.GreenError;',
      'export { GreenError };',
      'greenio$wasm_program.start();',
    ],
  },
  greenio_pg: { modules: ['src/pg/pg.mjs'], libraries: [], beside: 'greenio' }, /* it imports modules of that one */
  greenio_posix: { modules: ['src/posix/posix.mjs'], libraries: ['src/posix/posix.js'], beside: 'greenio' },
  greenio_jspi: { modules: ['wasm/jspi.mjs'], libraries: ['wasm/jspi.js'], beside: 'greenio' },
  greenio_check: { modules: ['wasm/parks.mjs'], libraries: [] },
};

/* What is wrong with a module, in words for who wrote it. */
export class Broken extends Error {}

const idOf = path => 'greenio$' + path.replace(/^src\//, '').replace(/\.mjs$/, '').replace(/[^\w]/g, '_');

/* Strings, comments, regular expressions; and the begin of a comment that does not end on its line. */
const PIECE = new RegExp([
  /'(?:\\.|[^'\\\n])*'/, /"(?:\\.|[^"\\\n])*"/, /`(?:\\.|\$\{(?:[^`{}\n]|`[^`\n]*`)*\}|[^`\\\n])*`/, /\/\/.*/, /\/\*.*?\*\//, /\/\*/,
  /(?<=(?:^|[(,=:[!&|?{};>]|\breturn)\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//,
].map(({ source }) => source).join('|'), 'gm');

/* The same without what is in them. */
const bare = text => text.replace(PIECE, piece => (piece === '/*' ? piece : ' '));

/* Whether the declaration whose name comes before this has another one behind it: `export const a = 1, b = 2;`. */
function declaresMore(text) {
  let depth = 0;
  for (const [token] of bare(text).matchAll(/[([{}\]),;]|\n(?=(?:export|import|const|let|var|class|function|async)\b)/g)) {
    if ('([{'.includes(token)) depth++;
    else if (')]}'.includes(token)) depth--;
    else if (depth === 0) return token === ',';
  }
  return false;
}

/* Without the comments that have lines of their own, and without indentation. */
export function strip(path, source) {
  const kept = [];
  let inComment = false;
  source.split('\n').forEach((line, index) => {
    const at = `${path}:${index + 1}`;
    const text = line.trim();
    if (inComment) {
      if (!text.includes('*/')) return;
      if (text.indexOf('*/') !== text.length - 2) throw new Broken(`${at}: code behind a comment of several lines`);
      inComment = false;
      return;
    }
    if (text === '' || text.startsWith('//') || text.startsWith('#!') || /^\/\*((?!\*\/).)*\*\/$/.test(text)) return;
    if (text.startsWith('/*') && !text.includes('*/')) return void (inComment = true);
    if (bare(text).includes('/*')) throw new Broken(`${at}: a comment behind code must end on its line`);
    if ((text.match(/`/g) || []).length % 2) throw new Broken(`${at}: a template literal must end on its line`);
    if (text.endsWith('\\')) throw new Broken(`${at}: a line must not end with a backslash`);
    kept.push(text);
  });
  return kept.join('\n') + '\n';
}

/* One module as the function that it becomes: its text, the names that it exports, the paths that it imports, and
 * `wants`, the [path, name] of all that it imports. */
export function transform(path, source) {
  const imports = [];
  const wants = [];
  const names = [];
  let text = strip(path, source);
  text = text.replace(/^import \{([^}]*)\} from '([^']+)';$/gm, (_, list, from) => {
    if (!/^\.\.?\/.*\.mjs$/.test(from)) throw new Broken(`${path}: imports ${from}, which is no module of greenio's`);
    const imported = posix.join(posix.dirname(path), from);
    imports.push(imported);
    const pairs = list.split(',').map(one => one.trim().split(/\s+as\s+/)).filter(([name]) => name);
    wants.push(...pairs.map(([name]) => [imported, name]));
    return `const { ${pairs.map(pair => pair.join(': ')).join(', ')} } = ${idOf(imported)};`;
  });
  text = text.replace(/^export (const|class|function|async function) ([\w$]+)/gm, (whole, kind, name, at, all) => {
    if (names.includes(name)) throw new Broken(`${path}: exports ${name} twice`);
    if (kind === 'const' && declaresMore(all.slice(at + whole.length))) throw new Broken(`${path}: "${whole}" declares another one behind it: export each by itself`);
    names.push(name);
    return `${kind} ${name}`;
  });
  const other = /^(import|export)\b[^(].*$/m.exec(text);
  if (other) throw new Broken(`${path}: "${other[0]}" is none of the forms that wasm/join.mjs takes`);
  return { imports, wants, names, text: `const ${idOf(path)} = (() => {\n${text}return { ${names.join(', ')} };\n})();\n` };
}

/* The modules that these need, each behind those that it imports, by path. */
export function collect(paths, read) {
  const found = new Map();
  const visit = (path, from) => {
    if (from.includes(path)) throw new Broken(`modules import each other in a circle: ${[...from, path].join(', ')}`);
    if (found.has(path)) return;
    const module = transform(path, read(path));
    module.imports.forEach(imported => visit(imported, [...from, path]));
    for (const [imported, name] of module.wants) {
      if (!found.get(imported).names.includes(name)) throw new Broken(`${path}: imports ${name}, which ${imported} does not export`);
    }
    found.set(path, module);
  };
  paths.forEach(path => visit(path, []));
  return found;
}

/* `export const NAME = {...};` of a module, which is data alone; null: there is none. */
export function dataOf(path, source, name) {
  const found = new RegExp(`^export const ${name} = (\\{[^]*?^\\});`, 'm').exec(source);
  if (!found) return null;
  try {
    return new Function(`'use strict'; return ${found[1]};`)();
  } catch (error) {
    throw new Broken(`${path}: ${name} must be data alone: ${error.message}`);
  }
}

/* ---- the library ------------------------------------------------------------------------------------- */

const snake = name => name.replace(/[A-Z]/g, letter => '_' + letter.toLowerCase());
/* Of what make() returns, and of the C functions that it gets. No option of a factory may have such a name: at -O0
 * Emscripten puts a stub of each into Module. */
const objectOf = name => 'green__js_' + name;
const callsOf = name => objectOf(name) + '_c';
const argumentsOf = sig => 'abcdefghijklmnop'.slice(0, sig.length - 1).split('').join(', ');

function checkSig(path, name, sig) {
  if (!/^[vipd][ipd]*$/.test(sig) || sig.length > 16) throw new Broken(`${path}: ${name} has the signature "${sig}"`);
}

const exported = (name, sig, prefix) =>
  `  ${name}: function(${argumentsOf(sig)}) { ${sig[0] === 'v' ? '' : 'return '}_${prefix}${snake(name)}(${argumentsOf(sig)})${sig[0] === 'p' ? ' >>> 0' : ''}; },\n`;

/* What shortens names leaves that of a property: depth.mjs knows the function by it. */
const imported = (name, sig, prefix, object) =>
  `${prefix}${snake(name)}__sig: '${sig}',\n` +
  `${prefix}${snake(name)}__postset: '_${prefix}${snake(name)}.green = "${prefix}${snake(name)}";',\n` +
  `${prefix}${snake(name)}: function(${argumentsOf(sig)}) { ${sig[0] === 'v' ? '' : 'return '}${object}.${name}(${argumentsOf(sig)}); },\n`;

function table(path, entries, write) {
  return Object.entries(entries || {}).map(([name, sig]) => {
    checkSig(path, name, sig);
    return write(name, sig);
  }).join('');
}

/* The functions of one module, for mergeInto(). Emscripten 3.1.6 reads it: plain JavaScript. */
export function library(path, { name, prefix = `green__js_${name}_`, imports, exports, needs = {} }) {
  const [object, calls] = [objectOf(name), callsOf(name)];
  const needed = Object.entries(needs).map(([key, symbol]) => `${key}: ${symbol}`).join(', ');
  const deps = ['greenCore', calls, ...Object.values(needs)].map(symbol => `'$${symbol}'`).join(', ');
  const functions = Object.keys(imports).map(one => `${prefix}${snake(one)}__deps: ['$green', '$${object}'],\n`).join('');
  return `/* ${path} */\nmergeInto(LibraryManager.library, {\n` +
    `$${calls}: {\n${table(path, exports, (one, sig) => exported(one, sig, prefix))}},\n` +
    `$${object}__deps: [${deps}],\n` +
    `$${object}: '(${idOf(path)}.make(greenCore.env, ${calls}, { ${needed} }))',\n` +
    `${functions}${table(path, imports, (one, sig) => imported(one, sig, prefix, object))}});\n`;
}

/* All that library() makes, as Emscripten knows it. */
const namesOf = ({ name, prefix = `green__js_${name}_`, imports = {}, exports = {} }) =>
  [...(name ? [`$${objectOf(name)}`, `$${callsOf(name)}`] : []), ...[...Object.keys(imports), ...Object.keys(exports)].map(one => prefix + snake(one))];
/* And what a library has that was written by hand; once each, since the preprocessor may choose one of two. */
const namesIn = text => new Set([...text.matchAll(/^ *(\$?green\w+): /gm)].map(([, name]) => name).filter(name => !/__(deps|sig|postset)$/.test(name)));

/* Of each name one: Emscripten would take the last silently. */
function claim(owners, path, names) {
  for (const name of names) {
    if (owners.has(name)) throw new Broken(`${path}: ${name} is there already, by ${owners.get(name)}`);
    owners.set(name, path);
  }
}

/* greenio.js, with the functions of the instance in the place of its two marks. */
function fill(text, path, { prefix, imports, exports }) {
  return text
    .replace('/* EXPORTS */', () => table(path, exports, (name, sig) => exported(name, sig, prefix)))
    .replace('/* IMPORTS */', () => table(path, imports, (name, sig) => imported(name, sig, prefix, 'greenCore')));
}

/* A part whose modules need those of another one, which may come behind it: they begin when C first needs them. */
const later = (path, text) =>
  `const ${idOf(path)} = (() => {\nlet made = null;\nconst begin = () => {\n${text}return ${idOf(path)};\n};\n` +
  'return { make: (env, c, needed) => (made ??= begin()).make(env, c, needed) };\n})();\n';

/* ---- what both sides know ------------------------------------------------------------------------------ */

export function agreement(path, { headers, constants = {}, records = {} }) {
  const include = headers.map(header => `#include ${header.startsWith('<') ? header : `"${header}"`}\n`).join('');
  const same = (expression, number) => `_Static_assert((${expression}) == ${number}, "${path} says that ${expression} is ${number}");\n`;
  const numbers = Object.entries(constants).map(([name, number]) => same(name, number)).join('');
  const fields = Object.entries(records).map(([record, names]) => names.map((name, i) => (name === null ? '' : same(`offsetof(${record}, ${name})`, 4 * i))).join('')).join('');
  return include + numbers + fields;
}

/* ---- */

const read = path => {
  const file = join(root, path);
  if (!existsSync(file)) throw new Broken(`${path}: there is no such module`);
  return readFileSync(file, 'utf8');
};

/* Whether Node takes the module: null, or what it says. */
function wrongWith(file) {
  try {
    execFileSync(process.execPath, ['--check', file], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    return null;
  } catch (error) {
    const said = String(error.stderr || error.message);
    const [, line] = /:\d+\n(.*)\n/.exec(said) || [];
    const [what] = /^\w*Error: .*$/m.exec(said) || [said.trim()];
    return what + (line === undefined ? '' : ` in "${line.trim()}"`);
  }
}

/* Which of the modules, [path, text], Node does not take, each by itself; or all of them together do not fit. */
function blame(name, modules, trial, wrong) {
  for (const [path, text] of modules) {
    writeFileSync(trial, text);
    const own = wrongWith(trial);
    if (own) return new Broken(`${path}: ${own}`);
  }
  return new Broken(`${name}: ${wrong}`);
}

/* What is there under that name has been checked. */
function write(folder, name, text, modules = []) {
  const file = join(folder, name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return; /* so that nothing is linked anew */
  const trial = join(folder, `trial-${process.pid}-${name}`);
  try {
    writeFileSync(trial, text);
    const checks = name.endsWith('.mjs') && Number(process.versions.node.split('.')[0]) >= 20; /* older ones do not know all of it */
    const wrong = checks && wrongWith(trial);
    if (wrong) throw blame(name, modules, trial, wrong);
    renameSync(trial, file);
  } finally {
    rmSync(trial, { force: true });
  }
}

/* Writes all parts; `source` gives the text of a file of greenio's.  The files that it read. */
export function joinAll(folder, source = read) {
  const all = {};
  const owners = new Map(); /* of the names that Emscripten sees */
  const used = new Set(['wasm/join.mjs']); /* what it depends on */
  const made = []; /* arguments of write() */
  let agrees = '/* Made by wasm/join.mjs. */\n#include <stddef.h>\n';
  for (const [part, { modules, libraries, beside, last = [] }] of Object.entries(parts)) {
    const found = (all[part] = collect(modules, source));
    const own = [...found.keys()].filter(path => !beside || !all[beside].has(path));
    const texts = own.map(path => [path, found.get(path).text]);
    const joined = texts.map(([, text]) => text).join('');
    made.push([part + '.mjs', (beside ? later(modules[0], joined) : joined) + last.map(line => line + '\n').join(''), texts]);
    let text = libraries.map(path => {
      used.add(path);
      claim(owners, path, namesIn(source(path)));
      const bindings = path === 'wasm/greenio.js' ? dataOf('wasm/instance.mjs', source('wasm/instance.mjs'), 'hostBindings') : null;
      if (!bindings) return source(path);
      claim(owners, 'wasm/instance.mjs', namesOf(bindings));
      return fill(source(path), 'wasm/instance.mjs', bindings);
    }).join('');
    for (const path of own) {
      used.add(path);
      const bindings = dataOf(path, source(path), 'bindings');
      const layout = dataOf(path, source(path), 'layout');
      if (bindings) {
        claim(owners, path, namesOf(bindings));
        text += library(path, bindings);
      }
      if (layout) agrees += agreement(path, layout);
    }
    if (text) made.push([part + '.js', text]);
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, text, texts] of [...made, ['agrees.c', agrees]]) write(folder, name, text, texts);
  return used;
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  if (process.argv.length !== 3) {
    console.error('usage: node join.mjs FOLDER');
    process.exit(2);
  }
  try {
    for (const path of joinAll(process.argv[2])) console.log(join(root, path));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    console.error(`greenio: ${error.message}`);
    process.exit(1);
  }
}
