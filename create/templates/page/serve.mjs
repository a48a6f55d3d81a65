// Serves the page and what is built for WebAssembly to a browser on this machine, until Ctrl-C:
//
//   node serve.mjs [wasm|wasm-debug] [PORT]
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const types = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript',
  '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.wasm': 'application/wasm',
};

/** The file for a path: of page/, of what is built, or of greenio's own modules. */
async function find(path, preset) {
  const [, inGreenio] = /^\/greenio\/((?:web|wasm)\/.*)$/.exec(path) ?? [];
  const places = inGreenio ? [['node_modules/greenio', inGreenio]] : [['page', path], [`build/${preset}`, path]];
  for (const [folder, name] of places) {
    const root = resolve(here, folder);
    const file = join(root, name.endsWith('/') ? `${name}index.html` : name);
    if (!file.startsWith(root + sep)) continue;
    if (!inGreenio && folder !== 'page' && !/\.(mjs|wasm)$/.test(file)) continue; // no more of build/ than that
    if ((await stat(file).catch(() => undefined))?.isFile()) return realpath(file);
  }
}

/** Serves on 127.0.0.1, and gives the URL and a function that ends it. */
export async function serve({ preset = 'wasm', port = 8000 } = {}) {
  const server = createServer(async (request, response) => {
    try {
      const file = await find(decodeURIComponent(new URL(request.url, 'http://localhost').pathname), preset);
      if (!file) return response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n');
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Cache-Control': 'no-cache' });
      createReadStream(file).on('error', () => response.destroy()).pipe(response);
    } catch {
      response.writeHead(400).end();
    }
  });
  await new Promise((listening, failed) => server.once('error', failed).listen(port, '127.0.0.1', listening));
  const close = () => new Promise(closed => { server.close(closed); server.closeAllConnections(); });
  return { url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/`, close };
}

if (process.argv[1] && import.meta.url === pathToFileURL(await realpath(process.argv[1])).href) {
  const [preset = 'wasm', port = '8000'] = process.argv.slice(2);
  try {
    const { url } = await serve({ preset, port: Number(port) });
    console.log(`${url}   (build/${preset}; Ctrl-C ends it)`);
  } catch (error) {
    console.error(error.code === 'EADDRINUSE' ? `port ${port} is in use: node serve.mjs ${preset} PORT takes another` : error.message);
    process.exitCode = 1;
  }
}
