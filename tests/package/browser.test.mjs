// The package in headless Chromium: a Vite project, built and from the development server, and a plain page.
//
// GREENIO_PROJECT and GREENIO_TOOLS as in package.test.mjs; CHROMIUM is the browser.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { blocks } from './document.mjs';

const { GREENIO_PROJECT: project, GREENIO_TOOLS: tools } = process.env;
const here = fileURLToPath(new URL('.', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

let browser;
before(async () => {
  browser = await openBrowser();
  copyModule(project);
});
after(() => browser?.close());

// Puts the module beside a page.
function copyModule(to) {
  for (const name of ['app.mjs', 'app.wasm']) copyFileSync(join(project, 'build', name), join(to, name));
}

// Serves a folder, and what `extra` has by path: [type, content, policy].
async function serve(t, folder, extra = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const path = normalize(pathname === '/' ? '/index.html' : pathname);
    const [type, content, policy] = extra[path] ?? [types[extname(path)], await readFile(join(folder, path)).catch(() => null)];
    if (content === null) return response.writeHead(404).end();
    response.writeHead(200, { ...(type && { 'content-type': type }), ...(policy && { 'content-security-policy': policy }) }).end(content);
  });
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

// Opens a page and gives what it left in window.outcome.
async function outcome(t, url) {
  const page = await browser.newPage();
  t.after(() => page.close());
  const problems = [];
  page.on('pageerror', error => problems.push(String(error)));
  await page.goto(url);
  await page.waitForFunction(() => window.outcome).catch(error => {
    throw new Error(`${error.message}; ${problems.join(' ')}`);
  });
  const found = await page.evaluate(() => window.outcome);
  assert.deepEqual(problems, []);
  assert.equal(found.error, undefined, found.error);
  return found;
}

const bundled = {
  greetings: ['hello, module 0', 'hello, module 1', 'hello, module 2'],
  failure: [true, 'ENOENT', 'there is no roc'],
  loaded: true,
  answer: 7,
};

// A folder of the project with the fixture and the module in it.
function fixture() {
  const root = join(project, 'vite');
  cpSync(join(here, 'vite'), root, { recursive: true });
  copyModule(root);
  return root;
}

const quiet = { configFile: false, logLevel: 'error', clearScreen: false };
const vite = () => import(pathToFileURL(join(tools, 'node_modules/vite/dist/node/index.js')).href);

test('a Vite project, built', async t => {
  const { build } = await vite();
  const root = fixture();
  await build({ ...quiet, root });
  assert.deepEqual(await outcome(t, await serve(t, join(root, 'dist'))), bundled);
});

test('a Vite project, from the development server', async t => {
  const { createServer: createVite } = await vite();
  const server = await createVite({ ...quiet, root: fixture(), server: { host: '127.0.0.1', port: 0 }, cacheDir: join(project, 'vite-cache') });
  t.after(() => server.close());
  await server.listen();
  assert.deepEqual(await outcome(t, server.resolvedUrls.local[0]), bundled);
});

const bundledBoth = {
  contexts: ['jspi', 'jspi', 'asyncify'],
  greetings: ['hello, module 0', 'hello, module 1', 'hello, module 2'],
  shouts: ['MODULE 0', 'MODULE 1', 'MODULE 2'],
};

// A folder of the project with a program of both kinds of contexts in it.
function fixtureOfBoth() {
  const root = join(project, 'vite-both');
  cpSync(join(here, 'vite-both'), root, { recursive: true });
  for (const name of ['both.mjs', 'both.wasm', 'both.jspi.wasm']) copyFileSync(join(project, 'build', name), join(root, name));
  return root;
}

test('a Vite project of a program of both kinds, built: the page takes JSPI', async t => {
  const { build } = await vite();
  const root = fixtureOfBoth();
  await build({ ...quiet, root });
  assert.deepEqual(await outcome(t, await serve(t, join(root, 'dist'))), bundledBoth);
});

test('the same from the development server', async t => {
  const { createServer: createVite } = await vite();
  const server = await createVite({ ...quiet, root: fixtureOfBoth(), server: { host: '127.0.0.1', port: 0 }, cacheDir: join(project, 'vite-both-cache') });
  t.after(() => server.close());
  await server.listen();
  assert.deepEqual(await outcome(t, server.resolvedUrls.local[0]), bundledBoth);
});

test('a plain page, without a bundler', async t => {
  mkdirSync(project, { recursive: true });
  copyFileSync(join(here, 'plain.html'), join(project, 'plain.html'));
  const base = await serve(t, project, {
    '/untyped.mjs': ['', 'export default 1;'],
    '/typed-as-text.wasm': ['text/plain', await readFile(join(project, 'app.wasm'))],
    '/other.mjs': ['text/javascript', 'export default async () => ({});'],
    '/other.wasm': ['application/wasm', new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])],
  });
  const { refused, ...found } = await outcome(t, `${base}/plain.html`);
  assert.deepEqual(found, {
    greetings: ['hello, 0', 'hello, 1'],
    lines: ['argument: x'],
    sum: 6,
    left: 0,
    aborted: true,
    failure: [true, 'ENOENT', 'there is no roc'],
  });
  assert.deepEqual(refused, [
    [true, 'ENOENT', '/none.mjs: the server answered 404 Not Found'],
    [true, 'ETYPE', "/untyped.mjs is served without a MIME type, not as text/javascript: set the server's MIME types"],
    [true, 'ENOENT', '/none.wasm: the server answered 404 Not Found'],
    [true, 'ETYPE', "/typed-as-text.wasm is served as text/plain, not as application/wasm: set the server's MIME types"],
    [true, 'EINVAL', "other.mjs makes a module without greenio: link it with greenio::greenio, or build it with greenio's port"],
    [true, 'ENOENT', '/none.mjs: the server answered 404 Not Found'],
  ]);
});

test('a classic script, and one whose .wasm was not taken along', async t => {
  const { build } = await import(pathToFileURL(join(tools, 'node_modules/rolldown/dist/index.mjs')).href);
  const root = mkdtempSync(join(project, 'classic-'));
  t.after(() => rmSync(root, { recursive: true }));
  const factory = JSON.stringify(join(project, 'build/app.mjs'));
  writeFileSync(join(root, 'main.mjs'), `import { load } from 'greenio'; import create from ${factory};
    const greet = ({ green }) => green.call('greet', 'string!', ['string'], ['classic']);
    const told = promise => promise.catch(({ code, message }) => [code, message]);
    Promise.all([load(create, { wasm: 'app.wasm' }).then(greet), load(create, { wasm: 'none.wasm' })].map(told)).then(found => { window.outcome = found; });`);
  writeFileSync(join(root, 'module.mjs'), `import { load } from 'greenio'; import create from ${factory};
    load(create, { module: { printErr() {} } }).catch(({ code, message }) => { window.outcome = [code, message]; });`);
  for (const [name, format] of [['main', 'iife'], ['module', 'esm']]) {
    await build({ input: join(root, `${name}.mjs`), cwd: root, platform: 'browser', logLevel: 'silent', output: { file: join(root, `${name}.js`), format } });
  }
  copyFileSync(join(project, 'build/app.wasm'), join(root, 'app.wasm'));
  const base = await serve(t, root, {
    '/classic.html': ['text/html', '<!doctype html><script src="main.js"></script>'],
    '/module.html': ['text/html', '<!doctype html><script type="module" src="away/module.js"></script>'],
    '/away/module.js': ['text/javascript', readFileSync(join(root, 'module.js'))],
  });
  const [greeting, [code]] = await outcome(t, `${base}/classic.html`);
  assert.deepEqual([greeting, code], ['hello, classic', 'ENOENT']);
  const [missing, why] = await outcome(t, `${base}/module.html`);
  assert.equal(missing, 'ENOENT');
  assert.match(why, /^what was given to load\(\): its script has found no \.wasm: have that lie beside it, as a bundler leaves it, or give it by the option wasm: Aborted/);
});

test('a page whose policy allows no WebAssembly is told so, whatever the module is given as', async t => {
  const page = `<!doctype html>
<script type="importmap">{ "imports": { "greenio": "/node_modules/greenio/web/browser.mjs" } }</script>
<script type="module">
  import { compile, load } from 'greenio';
  const told = promise => promise.then(() => 'loaded', ({ code, message }) => [code, message.replace(location.origin, '').split(': ').slice(0, 2).join(': ')]);
  const bytes = () => fetch('app.wasm').then(response => response.arrayBuffer());
  window.outcome = await Promise.all([load('app.mjs'), compile('app.wasm'), compile(bytes()), compile(new Uint8Array(3)), load(import('./app.mjs'))].map(told));
</script>`;
  const base = await serve(t, project, { '/page.html': ['text/html', page, "default-src 'none'; script-src 'self' 'unsafe-inline'; connect-src 'self'"] });
  const why = "no WebAssembly may be compiled here; in a page, its Content-Security-Policy must have 'wasm-unsafe-eval' in script-src";
  const found = await outcome(t, `${base}/page.html`);
  assert.deepEqual(found, ['/app.wasm', '/app.wasm', 'wasm', 'wasm', 'what was given to load()'].map(name => ['EACCES', `${name}: ${why}`]));
});

test('the page of the document', async t => {
  const [{ code }] = blocks.filter(({ language }) => language === 'html');
  const base = await serve(t, project, { '/page.html': ['text/html', code] });
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.goto(`${base}/page.html`);
  await page.getByText('hello, page').waitFor();
});
