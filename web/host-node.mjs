/* What Node has of its own; see host-browser.mjs. */
import { readFile } from 'node:fs/promises';
import { Worker, parentPort } from 'node:worker_threads';
import { GreenError } from '../wasm/error.mjs';

export const host = {
  base: () => undefined,
  readsFile: url => url.protocol === 'file:',
  readFile: url => readFile(url).catch(error => {
    throw new GreenError(error.code === 'ENOENT' ? 'ENOENT' : 'EIO', `${url}: ${error.message}`, { cause: error });
  }),
  ownPort: () => parentPort,
  newWorker: name => new Worker(new URL('./worker-node.mjs', import.meta.url), { name }),
};
