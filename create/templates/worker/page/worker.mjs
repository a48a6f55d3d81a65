// The service worker: the program in C answers what pages of this site ask for, with the network or without.
import create from './{{name}}.mjs';
import { serveApplication } from './greenio/web/service-worker.mjs';

serveApplication(create, {
  wasm: '{{name}}.wasm',
  version: '1', // another one has browsers fetch what they keep anew
  answers: url => !/^\/greenio\/|\.(mjs|wasm)$/.test(url.pathname), // these are files of the server
  module: { arguments: ['0', self.location.hostname] },
});
