/* The worker that loadInWorker() makes. */
import { load, serve } from './node.mjs';
import { host } from './host-node.mjs';
import { serveLoaded } from './worker.mjs';

serveLoaded(host, serve, load);
