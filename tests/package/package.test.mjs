// What is in the package, and that its document, its types and its code say the same.
//
// GREENIO_TARBALL is the package; GREENIO_PROJECT a project that has it installed, made by setup.mjs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blocks, text } from './document.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = dirname(fileURLToPath(import.meta.url));
const { GREENIO_TARBALL: tarball, GREENIO_PROJECT: project, GREENIO_TOOLS: tools } = process.env;
const read = name => readFileSync(join(root, name), 'utf8');

test('it holds what is used, and nothing else', t => {
  const packed = execFileSync('tar', ['tzf', tarball], { encoding: 'utf8' })
    .trim().split('\n').map(name => name.replace(/^package\//, '')).sort();
  const below = (folder, pattern = /./) => readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && pattern.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name).slice(root.length));
  const cmake = readdirSync(root).includes('cmake') ? below('cmake') : [];
  const pages = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`);
  const shown = ['README.md', ...pages].map(read).join('');
  const pictures = below('docs/pictures').filter(name => shown.includes(name.replace(/^docs\//, '')));
  const expected = [
    'CHANGELOG.md', 'CMakeLists.txt', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'emscripten/greenio.json', 'emscripten/greenio.py',
    'package.json', ...below('emscripten/joined', /js$/), ...cmake, ...pages, ...pictures, ...below('include'), ...below('src'), ...below('wasm'),
    ...below('web'),
  ].sort();
  assert.deepEqual(packed, expected);
  const size = readFileSync(tarball).length / 1000;
  t.diagnostic(`${packed.length} files, ${Math.round(size)} kB packed`);
  assert.ok(size < Number(/smaller than (\d+) kB packed/.exec(text)[1]));
  assert.equal(JSON.parse(read('package.json')).dependencies, undefined);
});

test('nothing in it names a path of the machine that packed it', () => {
  const list = readFileSync(join(project, 'node_modules/greenio/emscripten/greenio.json'), 'utf8');
  assert.ok(!list.includes(root.replace(/\/$/, '')));
});

test('every page and picture that its texts name is there', () => {
  const installed = join(project, 'node_modules/greenio');
  const texts = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readdirSync(join(installed, 'docs')).filter(name => name.endsWith('.md')).map(name => `docs/${name}`),
    'wasm/instrumented.mjs', 'wasm/parks.mjs', 'emscripten/joined/greenio_check.mjs'];
  let seen = 0;
  for (const name of texts) {
    const content = readFileSync(join(installed, name), 'utf8');
    const linked = [...content.matchAll(/\]\(([\w./-]+\.md)(?:#[\w-]+)?\)/g)].map(([, link]) => join(dirname(name), link));
    const named = [...content.matchAll(/\(?(docs\/[\w-]+\.md)\)/g)].map(([, page]) => page);
    for (const page of [...linked, ...named]) {
      seen++;
      assert.ok(existsSync(join(installed, page)), `${name} names ${page}`);
    }
  }
  assert.ok(seen > 20);
  const links = texts.filter(name => name.endsWith('.md')).flatMap(name =>
    [...readFileSync(join(installed, name), 'utf8').replace(/^```[^]*?^```$/gm, '').matchAll(/\]\(([^)\s:#]+)(?:#[^)\s]*)?\)|(?:src|srcset)="([^":]+)"/g)]
      .map(([, link, attribute]) => [name, link ?? attribute]));
  assert.ok(links.length > 100 && links.filter(([, link]) => /\.(svg|png)$/.test(link)).length > 8);
  assert.deepEqual(links.filter(([name, link]) => !existsSync(join(installed, dirname(name), link))), []);
});

test('every file that its exports name is there', () => {
  const installed = join(project, 'node_modules/greenio');
  const { exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const named = Object.values(exports).flatMap(entry => (typeof entry === 'string' ? entry : Object.values(entry)));
  assert.ok(named.length > 4);
  for (const file of named) readFileSync(join(installed, file));
});

test('each public function is documented, with an example, and its types begin as the document does', async () => {
  const types = read('web/greenio.d.ts');
  const entries = await Promise.all(['node', 'browser'].map(name => import(join(root, `web/${name}.mjs`))));
  const names = Object.keys(entries[0]);
  assert.deepEqual(Object.keys(entries[1]), names);
  const calls = ['green.call', 'green.wrap', 'green.main', 'green.report', 'green.future', 'green.contexts', 'green.mostTasks'];
  for (const name of [...names, ...calls]) {
    const found = new RegExp(`^### \`${name.replace('.', '\\.')}(?:\\(.*\\))?\`\\n\\n(.*)\\n`, 'm').exec(text);
    assert.ok(found, `docs/javascript.md has no section on ${name}`);
    const last = name.split('.').at(-1);
    const comment = new RegExp(`/\\*\\* (.*?)(?: \`instanceof\`.*)? \\*/\\n *(?:export (?:declare )?(?:function|class) |readonly )?${last}\\b`).exec(types);
    assert.equal(comment?.[1], found[1], `web/greenio.d.ts says of ${name}`);
    assert.ok(blocks.some(block => block.language === 'js' && block.heading.includes(name)), `there is no example of ${name}`);
  }
});

test('the types name each code that C has', () => {
  const [, union] = /export type GreenCode =([^;]*);/.exec(read('web/greenio.d.ts'));
  const codes = [...union.matchAll(/'(\w+)'/g)].map(match => match[1]);
  const statuses = [...read('include/greenio/status.h').matchAll(/^ *X\((\w+), -\d+,/gm)].map(match => match[1]);
  assert.ok(statuses.length > 30);
  assert.deepEqual(codes, statuses);
});

const tsc = files => {
  const folder = join(project, 'types');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(here, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  try {
    execFileSync(process.execPath, [join(tools, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return error.stdout;
  }
};

test('the types hold, strictly', () => {
  const promises = readFileSync(join(here, 'types.test-d.ts'), 'utf8');
  assert.equal(tsc({ 'types.test-d.ts': promises }), '');
  const broken = promises.replace("app.green.call('f', 'status')", "app.green.call('f', 'string')");
  assert.match(tsc({ 'types.test-d.ts': broken }), /types\.test-d\.ts\(\d+,/, 'this check can fail');
});

test('the types of the document hold', () => {
  const [block] = blocks.filter(({ language }) => language === 'ts');
  const use = "import create, { GreenError } from './app.mjs';\nconst app = await create();\nexport const sum: number = app._add(1, 2);\nexport const is = (error: unknown) => error instanceof GreenError;\n";
  assert.equal(tsc({ 'app.d.mts': block.code, 'app.mjs': '', 'types.test-d.ts': use }), '');
});
