/* Paths of sockets. Where the folder is missing, libuv tells of EACCES, as Windows does. */
import { require } from '../../wasm/node.mjs';

export const lacksFolder = (path, { code }) => code === 'EACCES' && !require('node:fs').existsSync(require('node:path').dirname(path));
