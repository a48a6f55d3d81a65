// Notes in a service worker: the program, with PGlite for its database, kept in the browser's storage. It answers for the
// folder that it lies in.
import { PGlite } from './pglite/index.js';
import create from './notes.mjs';
import { serveApplication } from './web/service-worker.mjs';

const [pglite, initdb, data] = ['pglite.wasm', 'initdb.wasm', 'pglite.data'].map(name => `pglite/${name}`);

serveApplication(create, {
  wasm: 'notes.wasm',
  files: [pglite, initdb, data],
  scoped: true,
  answers: url => !/^\/(pglite|web|wasm)\/|\.(mjs|wasm)$/.test(url.pathname),
  async module(get) {
    const compile = async name => WebAssembly.compileStreaming(await get(name));
    const options = {
      pgliteWasmModule: await compile(pglite),
      initdbWasmModule: await compile(initdb),
      fsBundle: await (await get(data)).blob(),
    };
    return { arguments: ['--host', self.location.hostname, 'idb:notes'], greenPg: { pglite: { PGlite }, options } };
  },
});
