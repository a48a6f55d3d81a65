#!/usr/bin/env node
/* Builds programs that have both kinds of contexts, Asyncify and JSPI: `node twice.mjs -- COMMAND ARGUMENT ...` runs a
 * command of emcc's or emar's as it stands, and once more for JSPI where that takes another one. greenio.cmake puts it in
 * front of the commands of targets whose GREENIO_CONTEXTS says `both`; docs/contexts.md is the guide.
 *
 *   compile  FILE.o; and FILE.jspi.o, if the code has exceptions or longjmp(), whose two ways differ
 *   archive  LIB.a; and LIB.jspi.a, if it has such an object
 *   link     PROGRAM.wasm for Asyncify, PROGRAM.jspi.wasm, and one PROGRAM.mjs whose factory takes one of them
 *
 * An argument `--greenio-asyncify=ARGUMENT` or `--greenio-jspi=ARGUMENT` stands for that in commands of that kind, and is
 * left out of the others. `node twice.mjs --jspi -- COMMAND` has JSPI alone, whose files have their plain names. Needs
 * nothing but Node. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { kindOf, membersOfKind } from './objects.mjs';

class Refused extends Error {}

const refuse = (text) => {
  throw new Refused(text);
};

const KIND = /^--greenio-(asyncify|jspi)=(.*)$/s;

/* The files of the other kind have its name in front of their suffix. */
const twinOf = (path) => path.slice(0, path.length - extname(path).length) + '.jspi' + extname(path);

const valueOf = (args, option) => args[args.lastIndexOf(option) + 1];

/* What a response file stands for: words, in quotes or with backslashes as in a shell. */
function expanded(arg) {
  if (!arg.startsWith('@') || !existsSync(arg.slice(1))) return [arg];
  const words = readFileSync(arg.slice(1), 'utf8').match(/(?:\\.|"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'\\])+/gs) ?? [];
  return words.map((word) => word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) => double?.replace(/\\(.)/gs, '$1') ?? single ?? escaped));
}

/* Arguments for one kind. */
function argumentsFor(kind, args) {
  return args.flatMap((arg) => {
    const [, wanted, text] = KIND.exec(arg) ?? [];
    if (!wanted) return [arg];
    return wanted === kind ? [text] : [];
  });
}

/* Runs it, and ends as it does if that is badly. */
function run(command, tidy = () => {}) {
  const [program, ...args] = command;
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (status === 0) return;
  tidy();
  if (error) refuse(`${program} cannot be run: ${error.message}`);
  process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

/* ---- compiling --------------------------------------------------------------------------------------- */

const ownWay = /^(-fexceptions|-sDISABLE_EXCEPTION_CATCHING=0|-sEXCEPTION_CATCHING_ALLOWED=.*|-sSUPPORT_LONGJMP(=.*)?)$/;

/* As JSPI wants exceptions and longjmp(): the engine's own, since JavaScript's are frames that cannot wait. */
function withEngineExceptions(args) {
  const joined = args.flatMap((arg, i) => (arg === '-s' ? [] : [args[i - 1] === '-s' ? `-s${arg}` : arg]));
  const had = joined.some((arg) => arg === '-fexceptions' || arg === '-sDISABLE_EXCEPTION_CATCHING=0');
  return [...joined.filter((arg) => !ownWay.test(arg)), ...(had ? ['-fwasm-exceptions'] : []), '-sSUPPORT_LONGJMP=wasm'];
}

/* A header that was compiled beforehand is of the first kind; CMake has the source include the header itself as well. */
const withoutPrecompiled = (args) => {
  const at = args.indexOf('-include-pch');
  return at < 0 ? args : [...args.slice(0, at - 1), ...args.slice(at + 3)]; // -Xclang before it and before the file
};

function compile(all, only) {
  if (only) return run(withEngineExceptions(argumentsFor('jspi', all)));
  const command = argumentsFor('asyncify', all);
  const object = valueOf(command, '-o');
  const twin = twinOf(object);
  rmSync(twin, { force: true });
  run(command);
  if (!kindOf(readFileSync(object))) return undefined;
  const again = withoutPrecompiled(withEngineExceptions(argumentsFor('jspi', all))).map((arg) => (arg === object ? twin : arg));
  const undepend = again.filter((arg, i) => !['-MD', '-MMD', '-MT', '-MF', '-MQ'].includes(arg) && !['-MT', '-MF', '-MQ'].includes(again[i - 1]));
  return run(undepend, () => [object, twin].forEach((file) => rmSync(file, { force: true })));
}

/* ---- archives ---------------------------------------------------------------------------------------- */

/* The twins of files that have some. */
const twins = (args) => args.map((arg) => (/\.(o|a)$/.test(arg) && !arg.startsWith('-') && existsSync(twinOf(arg)) ? twinOf(arg) : arg));

const isArchiver = (args) => args.some((arg) => /(^|\/)(em|llvm-)ar(\.py|\.bat)?$/.test(arg));

function archive(command, only) {
  const at = command.findIndex((arg) => arg.endsWith('.a'));
  const library = command[at];
  run(command);
  if (only) return;
  const others = twins(command.slice(at + 1));
  rmSync(twinOf(library), { force: true });
  if (others.some((arg, i) => arg !== command[at + 1 + i])) run([...command.slice(0, at), twinOf(library), ...others]);
}

/* ---- linking ----------------------------------------------------------------------------------------- */

const advice = {
  asyncify: 'the engine\'s own exceptions or longjmp() (-fwasm-exceptions, -sSUPPORT_LONGJMP=wasm), which Asyncify does not know: '
    + 'compile them with -fexceptions and -sSUPPORT_LONGJMP=emscripten',
  jspi: 'JavaScript\'s exceptions or longjmp() (-fexceptions, -sSUPPORT_LONGJMP=emscripten), below which nothing can wait on JSPI: '
    + 'compile them with -fwasm-exceptions and -sSUPPORT_LONGJMP=wasm, or have their target say GREENIO_CONTEXTS both',
};

/* Names the files of the other kind among the arguments of a link, if there are any. */
function refuseForeign(kind, args) {
  const files = args.filter((arg) => /\.(o|a|bc|obj)$/.test(arg) && !arg.startsWith('-') && existsSync(arg));
  const foreign = files.flatMap((file) => membersOfKind(file, kind === 'jspi' ? 'asyncify' : 'jspi'));
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, 5).join(', ') + (foreign.length > 5 ? ` and ${foreign.length - 5} more` : '');
  refuse(`${basename(valueOf(args, '-o'))} cannot be linked for ${kind === 'jspi' ? 'JSPI' : 'Asyncify'}, because of ${shown}: there are ${advice[kind]}`);
}

/* Some Binaryens (Emscripten 6.0.2 to 6.0.5) fall over where the check for overflows meets debug information and the
 * engine's exceptions: https://github.com/emscripten-core/emscripten/issues/27449. Better no check than no program. */
function emcc(command) {
  const check = '-sSTACK_OVERFLOW_CHECK=2';
  const { status, error, stderr } = spawnSync(command[0], command.slice(1), { stdio: ['inherit', 'inherit', 'pipe'], encoding: 'utf8', maxBuffer: Infinity });
  if (error) refuse(`${command[0]} cannot be run: ${error.message}`);
  const fell = status !== 0 && command.includes(check) && /wasm-debug\.cpp.*Assertion/.test(stderr);
  if (!fell) {
    process.stderr.write(stderr);
    return status;
  }
  console.error(`greenio: ${basename(valueOf(command, '-o'))} is linked without ${check}: this Binaryen cannot have that beside `
    + 'debug information and WebAssembly\'s exceptions');
  return emcc(command.filter((arg) => arg !== check));
}

/* Links for one kind. Objects of the other that are in no use are not looked at. Where it fails, the other file goes too. */
function link(kind, command, other) {
  const status = emcc(command);
  const program = valueOf(command, '-o');
  const mixed = status === 0 && kind === 'jspi' && /\binvoke_[vijfdp]+\b/.test(readFileSync(program, 'utf8'));
  if (status === 0 && !mixed) return;
  for (const file of [program, other]) if (file) rmSync(file, { force: true });
  refuseForeign(kind, command);
  if (mixed) refuse(`${basename(program)} calls functions through JavaScript (invoke_*), below which nothing can wait on JSPI`);
  process.exit(status || 1);
}

/* The files of an option, taken out of the arguments. */
function take(args, option) {
  const files = [];
  const rest = args.filter((arg, i) => {
    if (args[i - 1] === option) files.push(arg);
    else if (arg.startsWith(option + '=')) files.push(arg.slice(option.length + 1));
    else return arg !== option;
    return false;
  });
  return { files, rest };
}

/* Without the command that looks at Asyncify's lists. */
function withoutLists(command) {
  const at = command.findIndex((arg) => basename(arg) === 'instrumented.mjs');
  return at < 0 ? command : [...command.slice(0, at - 1), ...command.slice(command.indexOf('--', at) + 1)];
}

/* What emcc wrote, as an expression that gives its factory. */
function factoryIn(file) {
  const text = readFileSync(file, 'utf8');
  const found = /(?:^|[;}\n])\s*export default ([\w$]+);?/.exec(text);
  if (!found) refuse(`emcc has written ${file} in a way that is not known here: there is no export default`);
  const [, name] = found;
  const at = text.indexOf('export default', found.index);
  const rest = text.slice(at).replace(/^export default [\w$]+;?/, '').trim();
  if (rest && !/^\/[/*]/.test(rest)) refuse(`emcc has written code behind the factory in ${file}, which cannot be had twice: ${rest.slice(0, 80)}`);
  return `(() => {\n${text.slice(0, at)}\nreturn ${name};\n})()`;
}

const textsOf = (files) => files.map((file) => readFileSync(file, 'utf8').replace(/\n*$/, '\n')).join('');

function linkBoth(command) {
  const program = valueOf(command, '-o');
  if (!program.endsWith('.mjs')) refuse(`${program}: a program of both kinds is one .mjs with two .wasm: give it the suffix .mjs`);
  if (command.some((arg) => /^-(pthread|sUSE_PTHREADS(=1)?|sPTHREADS(=1)?)$/.test(arg))) {
    refuse(`${basename(program)}: -pthread does not work with both kinds of contexts, since a thread's worker would not know its own: have GREENIO_CONTEXTS say asyncify or jspi`);
  }
  const before = take(command, '--extern-pre-js');
  const behind = take(before.rest, '--extern-post-js');
  link('asyncify', argumentsFor('asyncify', behind.rest));
  const twin = twinOf(program);
  link('jspi', twins(withEngineExceptions(argumentsFor('jspi', withoutLists(behind.rest)))).map((arg) => (arg === program ? twin : arg)), program);
  const [asyncify, jspi] = [program, twin].map(factoryIn);
  const end = `const greenio$create = greenio$wasm_kinds.choosing({\nasyncify: ${asyncify},\njspi: ${jspi},\n});\nexport default greenio$create;\n`;
  writeFileSync(program, textsOf(before.files) + end + textsOf(behind.files));
  rmSync(twin);
}

/* ---- */

function main(all) {
  const start = all.indexOf('--');
  const only = all.slice(0, start).includes('--jspi');
  const command = all.slice(start + 1).flatMap(expanded);
  if (start < 0 || command.length === 0) {
    console.error('usage: node twice.mjs [--jspi] -- COMMAND ARGUMENT ...');
    process.exit(2);
  }
  if (isArchiver(command)) return archive(command, only);
  if (command.includes('-c')) return compile(command, only);
  if (!command.includes('-o')) return run(command); /* ranlib */
  return only ? link('jspi', argumentsFor('jspi', command)) : linkBoth(command);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(`greenio: ${error.message}`);
  process.exit(1);
}
