import create from './kinds_served.mjs';
import { serveApplication } from './web/service-worker.mjs';

const kind = new URLSearchParams(location.search).get('contexts') ?? undefined;
serveApplication(create, { wasm: 'kinds_served.wasm', module: { greenContexts: kind } });
