// greenio installed for WebAssembly, and used from there by a project that has nothing of this tree,
// also after the prefix was moved to a path with blanks in it.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serve } from '../../examples/checklinks/serve.mjs';
import { writeGuide } from './guide.mjs';
import { build, checkPrinted, compile, emptyFolder, greeting, headerVersion, here, install, refused, root, run,
  serveText, testPrograms } from './tools.mjs';

const first = join(build, 'wasm-first');
const moved = join(build, 'wasm moved to here');
const stranger = join(here, 'stranger');
const configure = ['emcmake', 'cmake'];
let version;

before(async () => {
  emptyFolder('wasm-first');
  rmSync(moved, { recursive: true, force: true });
  await install(first, 'wasm', configure);
  version = headerVersion(first);
  renameSync(first, moved);
});

test('the prefix has the JavaScript parts and no header of the native host', async () => {
  assert.deepEqual(readdirSync(join(moved, 'share/greenio/joined')).sort(),
    ['greenio.js', 'greenio.mjs', 'greenio_check.mjs', 'greenio_jspi.js', 'greenio_jspi.mjs', 'greenio_pg.js', 'greenio_pg.mjs',
      'greenio_posix.js', 'greenio_posix.mjs']);
  const headers = readdirSync(join(moved, 'include/greenio'));
  assert.ok(headers.includes('js.h') && !headers.includes('uv.h'));
  assert.ok(readdirSync(join(moved, 'share/doc/greenio')).includes('LICENSE'));
});

test('find_package, from a prefix that was moved to a path with blanks', async () => {
  const { to, printed } = await compile(stranger, 'wasm stranger', configure, `-DCMAKE_FIND_ROOT_PATH=${moved}`);
  assert.match(printed, RegExp(`greenio_VERSION=${version}`));
  assert.equal(await run(process.execPath, [join(to, 'stranger.mjs')]), greeting(version));
});

test('a program with passes of its own is refused as from the sources', async () => {
  assert.match(await refused('emcmake', ['cmake', '-S', stranger, '-B', emptyFolder('wasm-refused'), '-G', 'Ninja',
    `-DCMAKE_FIND_ROOT_PATH=${moved}`, '-DCMAKE_EXE_LINKER_FLAGS=-sBINARYEN_EXTRA_PASSES=--inlining']),
  /program stranger sets -sBINARYEN_EXTRA_PASSES/);
});

const hasJspi = 'Suspending' in WebAssembly;
const jspiNode = process.env.GREENIO_JSPI_NODE || (hasJspi && process.execPath);

test('both kinds of contexts, by a variable of the project', async () => {
  const { to } = await compile(stranger, 'wasm stranger of both', configure, `-DCMAKE_FIND_ROOT_PATH=${moved}`, '-DGREENIO_CONTEXTS=both');
  const files = readdirSync(to).filter(name => /^stranger.*\.(mjs|wasm)$/.test(name)).sort();
  assert.deepEqual(files, ['stranger.jspi.wasm', 'stranger.mjs', 'stranger.wasm']);
  for (const node of [process.execPath, jspiNode].filter(Boolean)) {
    assert.equal(await run(node, [join(to, 'stranger.mjs')]), greeting(version));
  }
});

test('JSPI alone', { skip: !jspiNode && 'this Node has no JSPI, and GREENIO_JSPI_NODE names none' }, async () => {
  const { to } = await compile(stranger, 'wasm stranger of jspi', configure, `-DCMAKE_FIND_ROOT_PATH=${moved}`, '-DGREENIO_CONTEXTS=jspi');
  assert.equal(await run(jspiNode, [join(to, 'stranger.mjs')]), greeting(version));
});

test('JSPI in a project that takes greenio in as a folder, with a library whose name begins as greenio\'s do', async () => {
  const folder = emptyFolder('wasm taken in');
  symlinkSync(root, join(folder, 'greenio'));
  writeFileSync(join(folder, 'part.c'), 'int part(void);\nint part(void) { return 0; }\n');
  writeFileSync(join(folder, 'main.c'), `#include <greenio/greenio.h>
#include <stdio.h>
int part(void);
static int app(void *arg) { (void)arg; return green_sleep(1); }
int main(void) { return puts(green_contexts()) < 0 || green_run(app, NULL) < 0 || part(); }
`);
  writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(taken C)
add_subdirectory(greenio)
add_library(greenio_part STATIC part.c)
add_executable(both main.c)
target_link_libraries(both PRIVATE greenio_part greenio::greenio)
`);
  const { to } = await compile(folder, 'wasm taken in/build', configure, '-DGREENIO_CONTEXTS=both', '-DGREENIO_HTTP=OFF');
  assert.match(await run('ninja', ['-C', to, '-t', 'commands', 'both']), /twice\.mjs" -- .*part\.c/);
  assert.equal(await run(process.execPath, [join(to, 'both.mjs')]), hasJspi ? 'jspi\n' : 'asyncify\n');
});

test('another word for the contexts is refused, of the project and of a target', async () => {
  assert.match(await refused('emcmake', ['cmake', '-S', stranger, '-B', emptyFolder('wasm-refused'), '-G', 'Ninja',
    `-DCMAKE_FIND_ROOT_PATH=${moved}`, '-DGREENIO_CONTEXTS=fibers']), /GREENIO_CONTEXTS is "fibers": it is asyncify, jspi or both/);
  const folder = emptyFolder('wasm-refused-source');
  writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(wrong C)
find_package(greenio REQUIRED)
add_executable(wrong wrong.c)
target_link_libraries(wrong PRIVATE greenio::greenio)
set_target_properties(wrong PROPERTIES GREENIO_CONTEXTS JSPI)
`);
  writeFileSync(join(folder, 'wrong.c'), 'int main(void) { return 0; }\n');
  assert.match(await refused('emcmake', ['cmake', '-S', folder, '-B', emptyFolder('wasm-refused'), '-G', 'Ninja',
    `-DCMAKE_FIND_ROOT_PATH=${moved}`]), /the target wrong sets GREENIO_CONTEXTS to "JSPI": it is asyncify, jspi or both/);
});

test('find_package says when the compiler is a native one, or the component is not there', async () => {
  const native = emptyFolder('wasm-refused'); // for which no compiler need be here
  writeFileSync(join(native, 'CMakeLists.txt'),
    'cmake_minimum_required(VERSION 3.25)\nproject(native NONE)\nfind_package(greenio REQUIRED)\n');
  assert.match(await refused('cmake', ['-S', native, '-B', native, '-G', 'Ninja',
    `-DCMAKE_PREFIX_PATH=${moved}`]), /configure with `emcmake cmake`/);
  assert.match(await refused('emcmake', ['cmake', '-S', stranger, '-B', emptyFolder('wasm-refused'), '-G', 'Ninja',
    `-DCMAKE_FIND_ROOT_PATH=${moved}`, '-DSTRANGER_COMPONENTS=shared']), /component static alone/);
  for (const [component, why] of /** @type {[string, RegExp][]} */ ([['pq', /has no greenio::pq: it was built without GREENIO_LIBPQ; greenio::pg is on every host/],
    ['ftp', /no component ftp, but: static;http;tls;websocket;pg;posix;server/]]))
    assert.match(await refused('emcmake', ['cmake', '-S', stranger, '-B', emptyFolder('wasm-refused'), '-G', 'Ninja',
      `-DCMAKE_FIND_ROOT_PATH=${moved}`, `-DSTRANGER_COMPONENTS=${component}`]), why);
});

test('a blocking library of somebody else, by the component posix', async () => {
  const folder = emptyFolder('wasm-posix');
  writeFileSync(join(folder, 'library.c'), `#include <stdio.h>
#include <unistd.h>
int library(const int *pipe);
int library(const int *pipe) {
  char line[16] = "";
  FILE *in = fdopen(pipe[0], "r");
  return in && fgets(line, sizeof line, in) ? printf("%s", line) : -1;
}
`);
  writeFileSync(join(folder, 'main.c'), `#include <greenio/greenio.h>
#include <greenio/posix.h>
#include <unistd.h>
int library(const int *pipe);
static int call(void *arg) { return library(arg); }
static int app(void *arg) {
  (void)arg;
  int fds[2];
  if (pipe(fds) < 0) return GREEN_EIO;
  green_future *waiting = green_spawn(call, fds);
  usleep(1000);
  if (write(fds[1], "waited\\n", 7) != 7) return GREEN_EIO;
  return green_join(waiting);
}
int main(void) { return green_posix_enable() < 0 || green_run(app, NULL) < 0; }
`);
  writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(blocking C)
find_package(greenio REQUIRED COMPONENTS posix)
add_library(blocking STATIC library.c)
add_executable(program main.c)
target_link_libraries(program PRIVATE blocking greenio::posix)
`);
  for (const flags of ['-O2', '-O2 -flto']) {
    const { to } = await compile(folder, `wasm-posix/build${flags.length}`, configure, `-DCMAKE_FIND_ROOT_PATH=${moved}`, `-DCMAKE_C_FLAGS=${flags}`);
    assert.equal(await run(process.execPath, [join(to, 'program.mjs')]), 'waited\n');
  }
});

test("the guide's programs", async context => {
  const { folder, programs, projects } = writeGuide('wasm', 'guide-wasm');
  const use = `-DCMAKE_FIND_ROOT_PATH=${moved}`;
  const { to } = await compile(join(here, 'guide'), 'guide-wasm-build', configure, use,
    '-DCMAKE_BUILD_TYPE=Debug', `-DGUIDE=${folder}`);
  const server = await serveText();
  await testPrograms(context, programs, server.url,
    (name, url) => [process.execPath, [join(to, `${name}.mjs`), url]]);
  server.close();

  for (const project of projects.filter(project => !project.isPage))
    await context.test(project.name, async () => {
      const quick = project.name === 'first-program' ? [] : ['-DCMAKE_BUILD_TYPE=Debug']; // to link
      const { to } = await compile(project.folder, `${project.name}-wasm`, configure, use, ...quick);
      if (project.script) copyFileSync(join(project.folder, project.script), join(to, project.script));
      checkPrinted(project, await run(process.execPath, [join(to, project.script ?? `${project.program}.mjs`)]));
    });
});

const noBrowser = !process.env.CHROMIUM && 'CHROMIUM does not name a browser';
test("the guide's page, in Chromium", { skip: noBrowser }, async () => {
  const [page] = writeGuide('wasm', 'guide-page').projects.filter(project => project.isPage);
  const { to } = await compile(page.folder, 'guide-page-build', configure, `-DCMAKE_FIND_ROOT_PATH=${moved}`);
  copyFileSync(join(page.folder, 'index.html'), join(to, 'index.html'));
  const server = await serve({ '/': to });
  const browser = await openBrowser();
  try {
    const tab = await browser.newPage();
    await tab.goto(server.url);
    await tab.waitForFunction(() => document.title === 'done');
    const lines = (await tab.textContent('#output')).trim().split('\n').sort();
    assert.match(lines[0], /^index\.html: \d+ bytes$/);
    assert.match(lines[1], /^missing: ENOENT, the server answers 404$/);
    assert.match(lines[2], /^pages\.wasm: \d+ bytes$/);
  } finally {
    await browser.close();
    await server.close();
  }
});
