import create from './kinds_served.mjs';
import { serveApplication } from './web/service-worker.mjs';

const query = new URLSearchParams(location.search);
const module = { greenContexts: query.get('contexts') }; /* or null */
serveApplication(create, { wasm: 'kinds_served.wasm', module: query.has('late') ? async () => module : module });
