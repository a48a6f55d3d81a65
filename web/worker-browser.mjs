/* The worker that loadInWorker() makes. */
import { load, serve } from './browser.mjs';
import { host } from './host-browser.mjs';
import { serveLoaded } from './worker.mjs';

serveLoaded(host, serve, load);
