#!/usr/bin/env node
/* `npm create greenio`: asks for what its arguments do not say, has project.mjs write the project, and says what
 * to do next. Writes files alone: it fetches nothing and runs nothing, but to see what this machine has.
 *
 * npm keeps options for itself unless `--` stands in front of them, and PowerShell takes that `--` away: so the kind
 * is also a plain argument, and what npm has kept of `--kind=service` is read from its environment. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { missing } from './machine.mjs';
import { Refusal, kinds, checkFolder, checkName, sourceOf, writeProject } from './project.mjs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/* In greenio's sources those; as a package from npm the version that is this one's. */
const sources = resolve(fileURLToPath(new URL('..', import.meta.url)));
const usual = existsSync(join(sources, 'include/greenio/greenio.h')) ? sources : `^${version}`;

const usage = `Usage: npm create greenio [FOLDER [KIND]] [-- OPTION ...]

Makes a project of greenio, green tasks for C, in FOLDER, and asks for what is not said.

Kinds:
${Object.entries(kinds).map(([kind, { about }]) => `  ${kind.padEnd(9)} ${about}`).join('\n')}

Options:
  --kind KIND      the same as the second argument
  --name NAME      of the program, where it cannot be the folder's
  --greenio SPEC   where the project has greenio from: a version, a folder, a .tgz; unless told
                   ${usual}
  --help, --version

It writes files and nothing else, and touches none that is there.`;

const options = /** @type {const} */ ({
  kind: { type: 'string' }, name: { type: 'string' }, greenio: { type: 'string' },
  help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' },
});

/* What is said: by arguments, or by options that npm took for its own. */
function readArguments(args, environment) {
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new Refusal(`${error.message.split('. ')[0]}; --help lists what there is`);
  }
  const { values, positionals: [folder, kind, ...rest] } = parsed;
  if (rest.length) throw new Refusal(`what is ${JSON.stringify(rest[0])}? A folder and a kind are all; --help says more`);
  if (values.kind !== undefined && kind !== undefined && values.kind !== kind)
    throw new Refusal(`the kind is said twice: ${values.kind} and ${kind}`);
  const kept = name => (/^(true|)$/.test(environment[`npm_config_${name}`] ?? '') ? undefined : environment[`npm_config_${name}`]);
  return {
    ...values, folder, kind: values.kind ?? kind ?? kept('kind'),
    name: values.name ?? kept('name'), greenio: values.greenio ?? kept('greenio'),
  };
}

function checkKind(kind) {
  if (!Object.hasOwn(kinds, kind)) throw new Refusal(`there is no kind ${JSON.stringify(kind)}; there are: ${Object.keys(kinds).join(', ')}`);
}

/* Asks until the answer will do: `take` gives what it means, or throws a Refusal. */
async function ask(read, question, take) {
  for (;;) {
    const answer = await read(question);
    try {
      return take(answer.trim());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      process.stdout.write(`  ${error.message}\n`);
    }
  }
}

/* The questions, on a terminal. */
async function complete(given) {
  if (given.folder !== undefined && given.kind !== undefined) return given;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Refusal('there is no terminal to ask at: say folder and kind, as in `npm create greenio hello program`');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const typed = []; // what nobody has asked for yet; undefined is the end
  let wake; // whoever has asked
  const give = line => {
    typed.push(line);
    wake?.();
  };
  terminal.on('line', give).on('close', () => give(undefined)).on('SIGINT', () => terminal.close());
  const read = async question => {
    terminal.setPrompt(question);
    if (!typed.includes(undefined)) terminal.prompt(); // it cannot once it is closed
    if (!typed.length) await new Promise(resolve => { wake = resolve; });
    const line = typed.shift();
    if (line !== undefined) return line;
    process.stdout.write('\n');
    throw new Refusal('left; nothing was written', 130);
  };
  try {
    const folder = given.folder ?? await ask(read, 'Folder (hello): ', answer => {
      checkTarget(answer || 'hello', given.name);
      return answer || 'hello';
    });
    const names = Object.keys(kinds);
    if (given.kind === undefined) names.forEach((kind, i) => process.stdout.write(`  ${i + 1} ${kind.padEnd(9)} ${kinds[kind].about}\n`));
    const kind = given.kind ?? await ask(read, 'Kind (1): ', answer => {
      const chosen = names[Number(answer || 1) - 1] ?? answer;
      checkKind(chosen);
      return chosen;
    });
    return { ...given, folder, kind };
  } finally {
    terminal.close();
  }
}

/* The folder's path and the program's name, both fit. */
function checkTarget(folder, name) {
  const path = resolve(folder);
  const chosen = name ?? basename(path);
  checkName(chosen, name === undefined);
  checkFolder(path);
  return { path, name: chosen };
}

const quoted = text => (/^[\w@%+=:,./\\-]+$/.test(text) ? text : JSON.stringify(text));

function sayNext({ path, folder, name, kind }) {
  const { lacking, apt } = missing();
  const steps = [
    ...(path === process.cwd() ? [] : [`cd ${quoted(folder)}`]),
    'npm install                  # greenio, into node_modules',
    'npm run build                # natively, into build/native',
    'npm run build:wasm           # for WebAssembly, into build/wasm',
    'npm test                     # what is built; ctest --preset native has the tests in C',
    ...kinds[kind].run(name),
  ];
  return [
    `${name} is in ${path}: ${kinds[kind].about}`, '', ...steps.map(step => `  ${step}`), '',
    ...(lacking.length ? [`Not found on this machine: ${lacking.join(', ')}.`, ...(apt ? [`  ${apt}`] : []), ''] : []),
    'README.md says what is in it, and how to debug it.', '',
  ].join('\n');
}

async function main(args) {
  const given = readArguments(args, process.env);
  if (given.help) return process.stdout.write(`${usage}\n`);
  if (given.version) return process.stdout.write(`${version}\n`);
  if (given.kind !== undefined) checkKind(given.kind);
  if (given.folder !== undefined) checkTarget(given.folder, given.name);
  const source = sourceOf(given.greenio ?? usual);
  const { folder, kind, ...rest } = await complete(given);
  const { path, name } = checkTarget(folder, rest.name);
  writeProject(path, { name, kind, source, version });
  process.stdout.write(sayNext({ path, folder, name, kind }));
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`create-greenio: ${error.message}\n`);
    process.exitCode = error.status;
  }
}
