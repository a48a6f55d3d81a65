import create from './web_host.mjs';
import { serveApplication } from './web/service-worker.mjs';

serveApplication(create, {
  wasm: 'web_host.wasm',
  files: ['app.html'],
  answers: url => url.pathname !== '/network',
  scoped: location.search === '?scoped',
  module: { arguments: ['host=ignored'] },
});
