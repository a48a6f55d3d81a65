/* What this machine lacks to build a project: looked for as the build will, and nothing is changed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const windows = process.platform === 'win32';
const endings = windows ? ['.exe', '.cmd', '.bat', ''] : [''];

const has = name => (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  .some(folder => endings.some(ending => existsSync(join(folder, name + ending))));
const hasLibrary = name => spawnSync('pkg-config', ['--exists', name], { stdio: 'ignore' }).status === 0;

const [major, minor] = process.versions.node.split('.').map(Number);
const modernNode = major > 22 || (major === 22 && minor >= 3) || (major === 20 && minor >= 16);

/* What, whether it is here, its package on Debian and Ubuntu. */
function list() {
  const compiler = ['cc', 'gcc', 'clang', 'cl'].some(has);
  const tools = [
    ['CMake', has('cmake'), 'cmake'],
    ['Ninja', has('ninja'), 'ninja-build'],
    ['a C compiler', compiler, 'build-essential'],
    ['pkg-config', has('pkg-config'), 'pkg-config'],
  ];
  // Without pkg-config nobody knows: then they are told together with it.
  const libraries = windows ? [] : [
    ['libuv', hasLibrary('libuv'), 'libuv1-dev'],
    ['libcurl', hasLibrary('libcurl'), 'libcurl4-openssl-dev'],
    ['OpenSSL', hasLibrary('openssl'), 'libssl-dev'],
    ['zlib', hasLibrary('zlib'), 'zlib1g-dev'],
  ];
  return [...tools, ...libraries, ['Emscripten (for WebAssembly)', has('emcc'), 'emscripten']];
}

/** What is not found, as words; and where the system has apt, the command that installs it. */
export function missing() {
  const absent = list().filter(([, here]) => !here);
  const lacking = absent.map(([what]) => String(what));
  if (!modernNode) lacking.push(`a newer Node than ${process.version} (20.16, 22.3 or newer runs what is built)`);
  const packages = absent.map(([, , name]) => name);
  return { lacking, apt: has('apt-get') && packages.length ? `sudo apt install ${packages.join(' ')}` : '' };
}
