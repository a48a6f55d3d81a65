// Who includes what: the core's records are the core's, and what others see of it is its door. And that README and list of
// headers are complete.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { linkedLibraries, problems, taggedElsewhere, versions, wrongTime } from '../../.ci/release.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const core = join(root, 'src/core');
// The door, and what goes with it: wait.h says so.
const door = ['json.h', 'list.h', 'memory.h', 'poison.h', 'pool.h', 'queue.h', 'timer.h', 'wait.h'];
// What the core sees of others: the host's contract, the header by which a host marks functions, and what all share.
const contracts = ['host.h', 'log.h', 'quiet.h', 'shared.h'];

const files = ['src', 'wasm', 'tests', 'examples'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.[ch](pp)?$/.test(name)).map(name => join(root, folder, name)));
assert.ok(files.length > 300);

const isCore = file => dirname(file) === core;
const textOf = file => readFileSync(file, 'utf8');
const includes = file => [...textOf(file).matchAll(/^#include "([^"]+)"/gm)].map(([, name]) => name);

// The header of the core that an #include of the file gets, as the compiler finds it; or undefined.
function coreHeader(file, name) {
  if (existsSync(join(dirname(file), name)))
    return dirname(join(dirname(file), name)) === core ? relative(core, join(dirname(file), name)) : undefined;
  const bare = name.replace(/^core\//, '');
  return existsSync(join(core, bare)) ? bare : undefined;
}

// "FILE: WHAT" of all that a function finds in the files.
const complaints = (among, find) => among.flatMap(file => find(file).map(what => `${relative(root, file)}: ${what}`));

test('outside of the core its door alone is included', () => {
  const others = files.filter(file => !isCore(file));
  assert.deepEqual(complaints(others, file => includes(file)
    .filter(name => { const header = coreHeader(file, name); return header && !door.includes(header); })), []);
});

test('a host sees of the core host.h, memory.h and poison.h alone; its halves of features, what features see', () => {
  // Signals, and the futures that JavaScript makes.
  const halves = ['src/native/signal.c', 'src/native/signal_posix.c', 'wasm/signal.c', 'wasm/value.c'];
  const ofFeature = file => halves.includes(relative(root, file));
  const hosts = files.filter(file => /^(src\/native|wasm|tests\/poll_host)\//.test(relative(root, file)));
  assert.ok(hosts.length > 20);
  assert.equal(hosts.filter(ofFeature).length, halves.length);
  assert.deepEqual(complaints(hosts.filter(file => !ofFeature(file)), file => includes(file)
    .filter(name => { const header = coreHeader(file, name); return header && !['memory.h', 'poison.h'].includes(header); })), []);
});

test('the core includes its own headers, and the contracts', () => {
  assert.deepEqual(complaints(files.filter(isCore), file => includes(file)
    .filter(name => !existsSync(join(core, name)) && !contracts.includes(name))), []);
});

test('from what is embedded to what it lies in there is one way', () => {
  const others = files.filter(file => relative(root, file).startsWith('src/') && !file.endsWith('core/list.h'));
  assert.deepEqual(complaints(others, file =>
    textOf(file).match(/\(char \*\)\(?\w+\)? ?- ?offsetof\([^)]*\)/g) ?? []), []);
});

test('a static function has a noun where its bare word would stand in more than one file', () => {
  const homes = new Map();
  for (const file of files.filter(file => /^(src|wasm)\//.test(relative(root, file))))
    for (const [, name] of textOf(file).matchAll(/^static [^=;{}()]*?(\w+)\(/gm))
      if (!name.includes('_')) homes.set(name, (homes.get(name) ?? new Set()).add(relative(root, file)));
  assert.ok(homes.size > 100);
  assert.deepEqual([...homes].filter(([, at]) => at.size > 1).map(([name, at]) => `${name}: ${[...at].join(', ')}`), []);
});

// The linker takes two such functions for one, if a program has both archives. An architecture has files of its own.
test('a function that is not static is declared in one header', () => {
  const headers = new Map();
  for (const file of files.filter(file => /^(src|wasm)\/(?!native\/\w+\/).*\.h$/.test(relative(root, file))))
    for (const [, name] of textOf(file).matchAll(/^(?!static |typedef |#)\w[^=;{}()#]*?\b(green__\w+)\(/gm))
      headers.set(name, (headers.get(name) ?? new Set()).add(relative(root, file)));
  assert.ok(headers.size > 300);
  assert.deepEqual([...headers].filter(([, at]) => at.size > 1).map(([name, at]) => `${name}: ${[...at].join(', ')}`), []);
});

test('the README is short, its links lead somewhere, and the kinds of projects are those that there are', async () => {
  const text = textOf(join(root, 'README.md'));
  assert.ok(text.split('\n').length < 150);
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link);
  assert.ok(links.length > 10);
  assert.deepEqual(links.filter(link => !existsSync(join(root, link))), []);
  const { kinds } = await import('../../create/project.mjs');
  for (const kind of Object.keys(kinds)) assert.match(text, new RegExp(`\`${kind}\`|hello ${kind}`));
});

const headers = readdirSync(join(root, 'include/greenio'));

// The reference is that of C.
for (const [page, kind] of /** @type {[string, RegExp][]} */ ([['docs/headers.md', /./], ['docs/reference/main.md', /\.h$/]]))
  test(`each public header has a line in ${page}, which has no other`, () => {
    const wanted = headers.filter(name => !['base.h', 'greenio.h'].includes(name) && kind.test(name));
    assert.ok(wanted.length > 20);
    const lines = [...textOf(join(root, page)).matchAll(/^\| (\S+\.h\S*(?:, \S+)*) \| \S/gm)];
    assert.deepEqual(lines.flatMap(([, names]) => names.replaceAll('`', '').split(', ')).sort(), wanted.sort());
  });

test('greenio.h takes in all headers of C but those that the lists of them name', () => {
  const whole = [...textOf(join(root, 'include/greenio/greenio.h')).matchAll(/^#include <greenio\/(\S+)>/gm)].map(([, name]) => name);
  const others = headers.filter(name => name.endsWith('.h') && name !== 'greenio.h' && !whole.includes(name));
  for (const page of ['docs/headers.md', 'docs/reference/main.md']) {
    const [sentence] = /takes in all but [^]*?\.\s/.exec(textOf(join(root, page))) ?? [''];
    assert.deepEqual([...sentence.matchAll(/\w+\.h/g)].map(([name]) => name).sort(), others.sort(), page);
  }
});

// Installed, it stands alone: cmake/install.cmake takes its chapters and its .png.
test("the guide's links stay in the guide", () => {
  const docs = join(root, 'docs');
  const wrong = readdirSync(docs).filter(name => name.endsWith('.md')).flatMap(name => {
    const text = textOf(join(docs, name)).replace(/^```[^]*?^```$/gm, '');
    const links = [...text.matchAll(/\]\(([^)\s:#]+)[^)\s:]*\)|(?:src|srcset)="([^":]+)"/g)].map(([, link, picture]) => link ?? picture);
    return links.filter(link => !/^(\w[\w-]*\.md|pictures\/[\w-]+\.png)$/.test(link) || !existsSync(join(docs, link))).map(link => `${name}: ${link}`);
  });
  assert.deepEqual(wrong, []);
});

test('one version stands everywhere, and what is linked is in the list of licences', () => {
  const stand = versions();
  assert.ok(Object.keys(stand).length > 5);
  for (const [file, version] of Object.entries(stand)) assert.equal(version, stand['CMakeLists.txt'], file);
  assert.ok(linkedLibraries().length > 5);
  assert.deepEqual(problems(true), []);
});

test('a release is made again from the commit that has its tag, and from no other', t => {
  const folder = mkdtempSync(join(tmpdir(), 'greenio-tag-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const git = (...args) => execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.invalid', '-c', 'commit.gpgsign=false', '-c', 'tag.gpgsign=false', ...args]);
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  assert.equal(taggedElsewhere('1.2.3', folder), false);
  for (const kind of [[], ['-a', '-f', '-m', 'annotated']]) {
    git('tag', ...kind, 'v1.2.3');
    assert.equal(taggedElsewhere('1.2.3', folder), false);
    git('commit', '-q', '--allow-empty', '-m', 'next');
    assert.equal(taggedElsewhere('1.2.3', folder), true);
    assert.equal(taggedElsewhere('1.2', folder), false);
  }
});

test('the packages\' time is that of the release, and has come', () => {
  const time = 'Mon, 30 Nov 2026 12:00:00 +0000', noon = Date.parse(time);
  assert.deepEqual(wrongTime(time, '2026-11-30', noon), []);
  assert.deepEqual(wrongTime(time, '', noon), []);
  assert.match(wrongTime(time, '2026-11-30', noon - 1)[0], /still to come/);
  assert.deepEqual(wrongTime('Tue, 01 Dec 2026 00:30:00 +0100', '2026-12-01', noon + 864e5), []);
  assert.match(wrongTime(undefined, '', noon)[0], /still to come, or none/);
  assert.match(wrongTime(time, '2026-12-01', noon)[0], /is of Mon.*, CHANGELOG\.md of 2026-12-01/);
});

test('a public header has at most 100 columns', () => {
  const long = headers.flatMap(name => textOf(join(root, 'include/greenio', name)).split('\n')
    .map((line, index) => `${name}:${index + 1}: ${[...line].length}`).filter(text => Number(text.split(' ')[1]) > 100));
  assert.deepEqual(long, []);
});
