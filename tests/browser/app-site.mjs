// The site of applications in service workers: app.html, the workers, and what they load, in each of its folders. For a
// browser each.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = `${process.env.GREENIO_BUILD ?? 'build'}/${process.env.GREENIO_WASM ?? 'wasm-release'}/tests`;
const root = fileURLToPath(new URL('../..', import.meta.url));
const types = { '.html': 'text/html', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

// web/ and wasm/ are greenio's own folders, as a server of unbundled packages has them.
function fileOf(path) {
  if (/^\/(web|wasm)\/[\w-]+\.mjs$/.test(path)) return join(root, path);
  if (/^\/web_host\./.test(path)) return join(built, 'web', path);
  if (/^\/app_serve\./.test(path)) return join(built, 'app', path);
  return join(root, /^\/(cases|coded|expect)\.mjs$/.test(path) ? 'tests/app' : 'tests/browser', path);
}

// { base, asked: the paths that were, close() }
export async function openSite(folders = ['/']) {
  const site = { asked: [] };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    site.asked.push(pathname);
    const folder = folders.find(folder => pathname.startsWith(folder));
    const content = folder && types[extname(pathname)] && (await readFile(fileOf(pathname.slice(folder.length - 1))).catch(() => null));
    if (!content) return response.writeHead(404).end('not here');
    response.writeHead(200, { 'content-type': types[extname(pathname)] }).end(content);
  });
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  site.base = `http://127.0.0.1:${server.address().port}`;
  site.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return site;
}

// Goes to the page whose worker is that script, and waits until the worker answers.
export async function goTo(page, site, worker, folder = '/') {
  await page.goto(`${site.base}${folder}app.html?worker=${encodeURIComponent(worker)}`);
  const state = await page.evaluate(async () => {
    const state = document.getElementById('state');
    while (state.textContent === 'loading') await new Promise(resolve => setTimeout(resolve, 20));
    return state.textContent;
  });
  if (state !== 'ready') throw new Error(`the worker ${worker}: ${state}`);
}

// The table of application tests, asked by a page: [{ name, error, skipped }].
export const runCases = (page, lacks) => page.evaluate(async lacks => {
  const base = new URL('.', location.href).href.slice(0, -1);
  const { run } = await import(`${base}/cases.mjs`);
  const all = await run({ base, lacks });
  return all.map(({ name, error, skipped }) => ({ name, skipped, error: error && `${error}\n${error.stack}` }));
}, lacks);

// In a page of `notes`, with tests/notes at /tests/: what ../notes/attacks.mjs finds without sockets.
export const attackNotes = async () => {
  const { attack } = await import('/tests/attacks.mjs');
  const results = [];
  await attack(location.origin, async (name, run) => {
    const error = await run().then(() => undefined, reason => `${reason}\n${reason.stack}`);
    results.push({ name, error });
  });
  return results;
};
