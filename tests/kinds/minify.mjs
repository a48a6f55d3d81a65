// Programs as a bundler leaves them, with all names shortened that it may shorten: node minify.mjs FROM TO. GREENIO_TOOLS
// has rolldown, which came with Vite.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [from, to] = process.argv.slice(2);
const { minifySync } = await import(pathToFileURL(join(/** @type {string} */ (process.env.GREENIO_TOOLS), 'node_modules/rolldown/dist/utils-index.mjs')).href);

rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  if (name.endsWith('.wasm')) copyFileSync(join(from, name), join(to, name));
  if (!name.endsWith('.mjs')) continue;
  const { code, errors } = minifySync(name, readFileSync(join(from, name), 'utf8'), { module: true, compress: true, mangle: { toplevel: true } });
  if (errors.length > 0) throw new Error(`${name}: ${errors[0].message}`);
  writeFileSync(join(to, name), code);
}
