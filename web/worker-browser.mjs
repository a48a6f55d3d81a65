/* The worker that loadInWorker() makes. */
import { gateway } from './gateway.mjs';
import { load, serve } from './browser.mjs';
import { host } from './host-browser.mjs';
import { serveLoaded } from './worker.mjs';

serveLoaded(host, serve, load, gateway);
