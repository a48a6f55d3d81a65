/* Whether this is Node, and what an ES module misses there.
 *
 * It is no import(), which bundlers would look for, and nothing awaits it, since theirs for workers refuse that.
 */

/* workerd has a process too, and nothing of what that promises. */
export const inWorkerd = globalThis.navigator?.userAgent === 'Cloudflare-Workers';

export const inNode = !inWorkerd && typeof process == 'object' && typeof process.versions?.node == 'string';

const make = () => {
  if (!process.getBuiltinModule) throw new Error('greenio needs Node 20.16, 22.3 or newer');
  const url = String(import.meta.url); /* CommonJS, which a bundler has made of us, may have none */
  const name = url.startsWith('file:') ? process.getBuiltinModule('node:url').fileURLToPath(url) : process.cwd() + '/module.mjs';
  const found = process.getBuiltinModule('node:module').createRequire(name);
  return { found, name, folder: found('node:path').dirname(name) };
};
const made = inNode ? make() : {};

/* What Node has of itself, by its name, and workerd where it is told to (its flag nodejs_compat): undefined where it is not. */
export const builtin = inWorkerd ? name => globalThis.process?.getBuiltinModule?.(name) : made.found;

/* CommonJS's names, for here and for what Emscripten 3.1.6 writes; undefined elsewhere. */
export const require = made.found;
export const filename = made.name;
export const dirname = made.folder;
