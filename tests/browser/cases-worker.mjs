import create from './app_serve.mjs';
import { serveApplication } from './web/service-worker.mjs';

serveApplication(create, {
  wasm: 'app_serve.wasm',
  files: ['app.html'],
  answers: url => url.pathname !== '/cases.mjs',
  module: { arguments: ['files'] },
});
