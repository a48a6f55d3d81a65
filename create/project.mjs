/* A project's files: from templates/, a folder for what several kinds have and one for each kind, of which a later one
 * takes the place of an earlier one. In them {{WORD}} stands for a value, {{> PART}} for a file of templates/parts, and
 * a name's first `_` for the dot that npm would leave out of a package.
 *
 * All is looked at before the first file is written; each is made anew, never opened over one that is there; and if one
 * cannot be written, those that were are taken away again. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const templates = fileURLToPath(new URL('templates/', import.meta.url));

/** What the user is told, and the process's status. */
export class Refusal extends Error {
  constructor(message, status = 1) {
    super(message);
    this.status = status;
  }
}

/** The kinds: what each is, its folders of templates, what it needs of greenio, and how it is run. */
export const kinds = {
  program: {
    about: 'a program, natively and in Node', layers: ['common', 'program'],
    run: name => [`build/native/${name}`, `node build/wasm/${name}.mjs`],
  },
  module: {
    about: 'a module in C for a page', layers: ['common', 'page', 'module'], debug: 'pages_test', page: true,
    run: () => ['npm run serve                # the page, at http://127.0.0.1:8000/'],
  },
  service: {
    about: 'a web service, natively and in Node', layers: ['common', 'service'], components: ['server'],
    run: name => [`build/native/${name}`, `node build/wasm/${name}.mjs     # http://127.0.0.1:8000/`],
  },
  worker: {
    about: 'an application that a service worker runs in the browser', layers: ['common', 'service', 'page', 'worker'],
    components: ['server'], page: true,
    run: name => [`build/native/${name}`, 'npm run serve                # in the browser, at http://127.0.0.1:8000/'],
  },
};

/* Names of targets and files that CMake, npm or Windows have already, of what greenio links, and of the pages. */
const taken = new RegExp('^(greenio.*|all|clean|depend|edit_cache|help|install|list_install_components|package|package_source|' +
  'rebuild_cache|test|testing|cmakefiles|node_modules|favicon|worker|race_test|pages_test|app_test|c|m|dl|rt|curl|pthread|ssl|uv|z|' +
  'con|prn|aux|nul|com\\d|lpt\\d)$', 'i');

/** Refuses a name that a program, a CMake target and an npm package cannot have. */
export function checkName(name, isFolder) {
  const hint = isFolder ? '; --name NAME gives it another name than its folder' : '';
  if (!/^[a-z][a-z0-9_-]{0,63}$/i.test(name))
    throw new Refusal(`${JSON.stringify(name)} cannot be the program's name, which has letters, digits, _ and -, at most 64, a letter first${hint}`);
  if (taken.test(name)) throw new Refusal(`${JSON.stringify(name)} is a name that CMake, npm, Windows or greenio has already${hint}`);
}

/* What a folder may hold: a repository that was begun, a licence, and what systems leave. */
const harmless = /^(\.git|\.hg|\.DS_Store|Thumbs\.db|desktop\.ini|(LICEN[SC]E|COPYING)(\.\w+)?)$/i;

/** Refuses a folder in which something is, or where none can be. */
export function checkFolder(path) {
  let names;
  try {
    names = readdirSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    if (error.code === 'ENOTDIR') throw new Refusal(`${path} cannot be made: it, or what it would lie in, is a file`);
    throw new Refusal(`${path} cannot be read: ${error.message}`);
  }
  const others = names.filter(name => !harmless.test(name));
  if (others.length)
    throw new Refusal(`${path} is not empty (${others.slice(0, 3).join(', ')}${others.length > 3 ? ' ...' : ''}): no file is touched, so take an empty or a new folder`);
}

/** For package.json: a version of npm's, or an absolute path with "file:" in front. */
export function sourceOf(spec) {
  const path = spec.replace(/^file:/, '');
  const looksLikePath = path !== spec || /[\\/]|^\.|\.t(ar\.)?gz$/.test(spec);
  if (/^[a-z+]+:\/\/|^(npm|git|github):/.test(spec) || !(looksLikePath || existsSync(path))) return spec;
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new Refusal(`--greenio: there is no ${absolute}`);
  if (statSync(absolute).isDirectory() && !existsSync(join(absolute, 'CMakeLists.txt'))) throw new Refusal(`--greenio: ${absolute} is not greenio's folder`);
  return `file:${absolute.replaceAll('\\', '/')}`;
}

/* The files of a kind, in order: [name in the project, path of the template]. */
function filesOf(kind) {
  const files = new Map();
  for (const layer of kinds[kind].layers) {
    const walk = folder => {
      for (const entry of readdirSync(join(templates, layer, folder), { withFileTypes: true })) {
        const name = join(folder, entry.name);
        if (entry.isDirectory()) walk(name);
        else files.set(name.replace(/^_/, '.'), join(templates, layer, name));
      }
    };
    walk('');
  }
  return [...files];
}

function fill(text, values) {
  const whole = text.replace(/\{\{> ([\w.]+)\}\}/g, (_, part) => fill(readFileSync(join(templates, 'parts', part), 'utf8'), values));
  return whole.replace(/\{\{(\w+)\}\}/g, (_, word) => {
    if (!Object.hasOwn(values, word)) throw new Error(`a template has {{${word}}}, for which there is no value`);
    return values[word];
  });
}

function packageOf({ name, kind, source }, tests) {
  const build = preset => `cmake --preset ${preset} && cmake --build --preset ${preset}`;
  return {
    name: name.toLowerCase(), version: '0.0.0', private: true, type: 'module',
    scripts: {
      build: build('native'), 'build:debug': build('native-debug'),
      'build:wasm': `emcmake ${build('wasm')}`, 'build:wasm:debug': `emcmake ${build('wasm-debug')}`,
      ...(kinds[kind].page ? { serve: 'node serve.mjs' } : {}),
      test: `node --test ${tests.join(' ')}`,
    },
    dependencies: { greenio: source },
  };
}

/* Every file's text by its name. */
function compose(project) {
  const { name, kind, version } = project;
  const { components, debug = name } = kinds[kind];
  const values = {
    name, greenio: version.replace(/\.\d+$/, ''), components: components ? ` COMPONENTS ${components.join(' ')}` : '',
    program: `build/native-debug/${debug}`,
  };
  const files = filesOf(kind).map(([to, from]) => [to, fill(readFileSync(from, 'utf8'), values)]);
  const tests = files.map(([to]) => to.replaceAll('\\', '/')).filter(to => to.endsWith('.test.mjs'));
  return [...files, ['package.json', `${JSON.stringify(packageOf(project, tests), null, 2)}\n`]];
}

/** Writes a project: { name, kind, source, version }, the last being greenio's. */
export function writeProject(path, project) {
  const made = []; // in order: what to take away again
  const makeFolder = folder => {
    if (existsSync(folder)) return;
    makeFolder(dirname(folder));
    mkdirSync(folder);
    made.push(() => rmdirSync(folder));
  };
  try {
    for (const [name, text] of compose(project)) {
      const file = join(path, name);
      makeFolder(dirname(file));
      writeFileSync(file, text, { flag: 'wx' });
      made.push(() => rmSync(file));
    }
  } catch (error) {
    if (!error.code || !error.syscall) throw error;
    for (const undo of made.reverse()) try { undo(); } catch {}
    throw new Refusal(`the project could not be written, and what was is gone again: ${error.message}`);
  }
}
