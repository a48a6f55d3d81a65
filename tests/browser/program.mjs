// Runs a C test program, the one that Node runs too, in a page of a browser, and reports each of its tests as one.
//
// The programs are found below GREENIO_BUILD, in GREENIO_WASM (wasm-release).
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expected } from './browsers.mjs';

const folder = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/tests`;
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

// A handler for node:http that serves the page and the program in `below` of the tests' build folder, or in another folder.
export function serveProgram(below = '.') {
  return async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const name = basename(pathname);
    const type = types[extname(name)];
    const own = /^program(-\w+)?\.(html|mjs)$/.test(name);
    const [, inPackage] = /^\/greenio(\/(?:web|wasm)\/[\w-]+\.mjs)$/.exec(pathname) ?? [];
    const file = inPackage ? fileURLToPath(new URL(`../..${inPackage}`, import.meta.url)) : own ? fileURLToPath(new URL(name, import.meta.url)) : resolve(folder, below, name);
    const content = type && (await readFile(file).catch(() => null));
    if (!content) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': type }).end(content);
  };
}

// Runs the program with the arguments, from the server at `base`; the lines that it printed. A program of ['name', { worker: '' }]
// is asked for with what the page takes beside.
async function run(browser, base, program, options) {
  const [name, more] = [].concat(program);
  const query = new URLSearchParams([['program', name], ...Object.entries(more ?? {}), ...options.map(option => ['argument', option])]);
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(String(error)));
  await page.goto(`${base}/program.html?${query}`);
  const ended = () => /^\d+ passed, \d+ failed/.test(window.printed?.at(-1));
  await page.waitForFunction(ended, null, { polling: 100, timeout: 1_200_000 }).catch(async error => {
    const printed = await page.evaluate(() => window.printed?.slice(-3));
    throw new Error(`${error.message}; printed last: ${printed?.join(' | ')}; ${problems.join(' ')}`);
  });
  const lines = await page.evaluate(() => window.printed);
  await page.close();
  assert.deepEqual(problems, []);
  return lines;
}

// Runs it, each of its tests a subtest of `context`.
export async function testProgram(context, browser, base, program, ...options) {
  const lines = await run(browser, base, program, options);
  const [, passed, failed] = /^(\d+) passed, (\d+) failed/.exec(lines.pop()).map(Number);
  let reported = 0;
  for (const line of lines) {
    const [, name, result] = /^(\S+) (.*)$/.exec(line) ?? [null, line, ''];
    if (!/^(passed|skipped)/.test(result)) reported++;
    await context.test(name, expected(name, () => assert.match(result, /^(passed|skipped)/)));
  }
  assert.ok(passed > 0);
  assert.ok(failed <= reported, `${failed} have failed, of which ${reported} say so`);
}
