// Serves folders on loopback for the demo and the tests, each answer some time late, as over a network.
//
//   node serve.mjs [--port N] [--delay MS] [--mount /PATH=FOLDER ...] FOLDER
//
// Prints {"port": N} when it listens. Relies on the package `send` for everything about files: types,
// HEAD, index.html, redirects of folders, 404.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import send from 'send';

// The folder that a path lies in, and the rest of the path: the longest mount wins.
function locate(mounts, path) {
  const prefix = Object.keys(mounts)
    .filter(prefix => path.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  return { root: mounts[prefix], path: path.slice(prefix.length - 1) };
}

/** Answers one request from `folders`, a map from path prefixes that end in "/" to folders. */
export function answer(folders, request, response) {
  const [, whole, query] = request.url.match(/^([^?#]*)(.*)$/s);
  const { root, path } = locate(folders, whole);
  send(request, path, { root, dotfiles: 'allow' })
    .on('directory', () => {
      response.writeHead(301, { Location: `${whole}/${query}`, 'Content-Length': 0 }).end();
    })
    .pipe(response);
}

/**
 * Serves folders, each answer `delay` ms late.
 * @returns {Promise<{port: number, url: string, close: () => Promise<void>}>}
 */
export async function serve(folders, { port = 0, delay = 0 } = {}) {
  const server = createServer(async (request, response) => {
    if (delay) await sleep(delay);
    answer(folders, request, response);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 1024 }, resolve);
  });
  const address = server.address();
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '0' },
      delay: { type: 'string', default: '0' },
      mount: { type: 'string', multiple: true, default: [] },
    },
  });
  if (positionals.length !== 1) {
    console.error('Usage: node serve.mjs [--port N] [--delay MS] [--mount /PATH=FOLDER ...] FOLDER');
    process.exitCode = 2;
    return;
  }
  const folders = { '/': positionals[0] };
  for (const mount of values.mount) {
    const equals = mount.indexOf('=');
    folders[mount.slice(0, equals).replace(/\/?$/, '/')] = mount.slice(equals + 1);
  }
  const server = await serve(folders, { port: Number(values.port), delay: Number(values.delay) });
  console.log(JSON.stringify({ port: server.port }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
