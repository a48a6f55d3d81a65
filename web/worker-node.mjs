/* The worker that loadInWorker() makes. */
import { gateway } from './gateway.mjs';
import { load, serve } from './node.mjs';
import { host } from './host-node.mjs';
import { serveLoaded } from './worker.mjs';

serveLoaded(host, serve, load, gateway);
