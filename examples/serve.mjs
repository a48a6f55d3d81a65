// Serves an example to a browser on this machine: the folder in which it was built for WebAssembly, and beside
// it what its page imports.
//
//   node examples/serve.mjs hello|notes|stations|psql [PORT]
//
// GREENIO_BUILD: another folder than build/. A browser keeps the worker of notes, and what people wrote, with the
// origin, so each example has a port of its own.
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pglite = { '/pglite/': 'node_modules/@electric-sql/pglite/dist' };

const examples = {
  hello: { port: 8001, folders: {} },
  stations: { port: 8002, folders: pglite },
  notes: { port: 8003, folders: { ...pglite, '/web/': 'web', '/wasm/': 'wasm' } },
  psql: { port: 8004, folders: { ...pglite, '/web/': 'web', '/wasm/': 'wasm', '/xterm/': 'node_modules/@xterm/xterm', '/fit/': 'node_modules/@xterm/addon-fit' } },
};

/** The folders of an example, by the paths at which its page wants them. */
export function foldersOf(name) {
  const built = resolve(root, process.env.GREENIO_BUILD ?? 'build', 'wasm-release/examples', name);
  const others = Object.entries(examples[name].folders).map(([path, folder]) => [path, resolve(root, folder)]);
  return { '/': built, ...Object.fromEntries(others) };
}

const isThere = path => access(path).then(() => true, () => false);

async function missing(name, folders) {
  if (!(await isThere(resolve(folders['/'], `${name}.wasm`)))) {
    return `${name} is not built; in greenio's folder:\n  emcmake cmake --preset wasm-release\n  cmake --build build/wasm-release --target ${name}`;
  }
  for (const folder of [...Object.values(folders), resolve(root, 'node_modules/send')]) {
    if (!(await isThere(folder))) return `there is no ${folder}; in greenio's folder:\n  npm ci`;
  }
}

async function main(/** @type {string[]} */ [name, port]) {
  if (!Object.hasOwn(examples, name ?? '')) {
    console.error(`Usage: node examples/serve.mjs ${Object.keys(examples).join('|')} [PORT]`);
    return 2;
  }
  const folders = foldersOf(name);
  const problem = await missing(name, folders);
  if (problem) {
    console.error(problem);
    return 1;
  }
  const { serve } = await import('./checklinks/serve.mjs'); // relies on a package of npm, like the examples
  const server = await serve(folders, { port: Number(port ?? examples[name].port) });
  console.log(server.url);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await main(process.argv.slice(2));
