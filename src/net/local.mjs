/* Paths of sockets. Where the folder is missing, libuv tells of EACCES, as Windows does. */
import { seen } from '../../wasm/outside.mjs';
import { require } from '../../wasm/node.mjs';

export const lacksFolder = (path, { code }) => {
  if (code !== 'EACCES') return false;
  try {
    require('node:fs').statSync(require('node:path').dirname(path));
    return false;
  } catch (error) {
    return seen(error).code === 'ENOENT';
  }
};
