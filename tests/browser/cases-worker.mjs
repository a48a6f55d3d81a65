import create from './app_serve.mjs';
import { serveApplication } from './web/service-worker.mjs';

serveApplication(create, {
  wasm: 'app_serve.wasm',
  files: ['app.html'],
  answers: url => !/^\/(cases|coded|expect)\.mjs$/.test(url.pathname),
  scoped: location.search === '?scoped',
  module: { arguments: ['files'] },
});
