// The licence of Emscripten, whose JavaScript is in each program of the site, and of musl, its C library. Run by itself,
// it only looks whether they are there: before what takes long is built.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const rootOf = () => execFileSync('em-config', ['EMSCRIPTEN_ROOT'], { encoding: 'utf8' }).trim();

/** The files that have them: Debian's one for all of the package, or those that Emscripten itself comes with. */
export function emscriptenLicences(debian = '/usr/share/doc/emscripten/copyright', emscripten = rootOf) {
  if (existsSync(debian)) return [debian];
  const root = emscripten();
  const files = ['LICENSE', 'system/lib/libc/musl/COPYRIGHT'].map(name => join(root, name));
  const missing = files.filter(file => !existsSync(file));
  if (missing.length) throw new Error(`the site has Emscripten's licence in it, which is neither ${debian} nor ${missing.join(', ')}`);
  return files;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  try {
    emscriptenLicences();
  } catch (error) {
    console.error(`site: ${error.message}`);
    process.exitCode = 1;
  }
