// What `npm create greenio` writes: made from its package in a folder with a blank in its path, as a stranger would, built
// natively and with emcc, and its own tests run; the pages in Chromium.
//
// GREENIO_TARBALL is greenio's package; GREENIO_KINDS the kinds, all unless it is set; CHROMIUM the browser, if pages are
// to be looked at.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { emptyFolder, npmCreate, packCreate, root, run } from './tools.mjs';

const greenio = process.env.GREENIO_TARBALL;
const kinds = (process.env.GREENIO_KINDS ?? 'program module service worker').split(' ');
const create = packCreate();

// Makes one, and has npm install greenio in it.
function project(kind) {
  const folder = emptyFolder();
  const { status, stderr } = npmCreate(folder, create, ['--', 'create-greenio', `my-${kind}`, kind, '--greenio', greenio]);
  assert.equal(status, 0, stderr);
  const here = join(folder, `my-${kind}`);
  run(here, 'npm', 'install', '--offline', '--no-audit', '--no-fund', '--loglevel=error');
  return here;
}

// Its own tests: none may fail, and none is left out where all is built.
function runTests(here) {
  const printed = run(here, 'npm', 'test'); // whose form depends on Node's version
  assert.match(printed, /^(#|ℹ) fail 0$/m);
  assert.match(printed, /^(#|ℹ) skipped 0$/m);
  assert.ok(Number(/^(?:#|ℹ) pass (\d+)$/m.exec(printed)[1]) > 1);
}

for (const kind of kinds) {
  test(`${kind}: built natively and with emcc, its tests pass`, async t => {
    const here = project(kind);
    run(here, 'npm', 'run', 'build');
    assert.match(run(here, 'ctest', '--preset', 'native'), /100% tests passed/);
    run(here, 'npm', 'run', 'build:wasm');
    assert.match(run(here, 'ctest', '--preset', 'wasm'), /100% tests passed/);
    runTests(here);
    for (const [, script] of readFileSync(join(here, '.vscode/launch.json'), 'utf8').matchAll(/\$\{workspaceFolder\}\/(node_modules\/[\w./-]+)/g))
      assert.ok(existsSync(join(here, script)), script);
    if (kind === 'module' || kind === 'worker') {
      await t.test('in Chromium', { skip: !process.env.CHROMIUM && 'CHROMIUM names no browser' }, () => look(kind, here));
    }
  });
}

// The page that `npm run serve` serves.
async function look(kind, here) {
  const server = spawn(process.execPath, ['serve.mjs', 'wasm', '0'], { cwd: here, stdio: ['ignore', 'pipe', 'inherit'] });
  const browser = await openBrowser();
  try {
    const [line] = await once(createInterface(server.stdout), 'line');
    const [url] = /^http:\S+/.exec(line);
    const page = await browser.newPage();
    const said = [];
    page.on('console', message => { if (message.type() === 'error') said.push(message.text()); });
    page.on('pageerror', error => said.push(error.message));
    await page.goto(url);
    if (kind === 'module') {
      await page.waitForSelector('body[data-state=done]');
      const lines = (await page.locator('li').allTextContents()).sort();
      assert.match(lines[0], /^\.\/: \d+ bytes$/);
      assert.match(lines[1], /^\.\/missing: ENOENT, .*404$/);
      assert.match(lines[2], /wasm: \d{5,} bytes$/);
    } else {
      const answer = path => page.evaluate(async path => (await fetch(path)).text(), path);
      await page.waitForSelector('h1');
      assert.equal(await answer('/hello/Ada'), 'hello, Ada\n');
      server.kill();
      await once(server, 'exit');
      await page.reload(); // without the server
      assert.equal(await page.textContent('h1'), 'my-worker');
      assert.equal(await answer('/hello/Grace'), 'hello, Grace\n');
    }
    assert.deepEqual(said.filter(text => !/404/.test(text)), []);
  } finally {
    await browser.close();
    server.kill();
  }
}

test('without greenio, and without emcmake, it says what to do', () => {
  const folder = emptyFolder();
  assert.equal(npmCreate(folder, create, ['--', 'create-greenio', 'bare', 'program']).status, 0);
  const configure = preset => spawnSync('cmake', ['--preset', preset], { cwd: join(folder, 'bare'), encoding: 'utf8' });
  for (const [preset, pattern] of /** @type {[string, RegExp][]} */ ([['native', /greenio is not here\.\s+Run `npm\s+install`/], ['wasm', /for Emscripten: emcmake cmake --preset\s+wasm/]])) {
    const { status, stderr } = configure(preset);
    assert.equal(status, 1);
    assert.match(stderr, pattern);
  }
});

test('a build for debuggers has what they need', { skip: !kinds.includes('program') && 'the kind program is not among these' }, async () => {
  const here = project('program');
  run(here, 'npm', 'run', 'build:wasm:debug');
  const module = await WebAssembly.compile(readFileSync(join(here, 'build/wasm-debug/my-program.wasm')));
  for (const section of ['.debug_info', '.debug_line']) assert.equal(WebAssembly.Module.customSections(module, section).length, 1, section);
});

test("the README's program", { skip: !kinds.includes('program') && 'the kind program is not among these' }, () => {
  const here = emptyFolder(), readme = readFileSync(join(root, 'README.md'), 'utf8');
  const own = readme.slice(readme.indexOf('`CMakeLists.txt`:'));
  const block = language => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(own)[1];
  writeFileSync(join(here, 'CMakeLists.txt'), block('cmake'));
  writeFileSync(join(here, 'hello.c'), block('c'));
  symlinkSync(root, join(here, 'greenio'));
  const [native] = block('sh').split('\n\n');
  assert.match(run(here, 'sh', '-ec', native), /^hare: lap 3\n[^]*^both are home\n$/m);
});
