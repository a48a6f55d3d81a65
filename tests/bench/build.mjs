// Builds what the benchmarks run, each thing once and only when it is asked for: greenio's sides by
// CMake, Go's by go, the other peers by the emcc that builds ours, and the Node they run under by
// npm. Everything is optimised at -O2, as a user's release would be.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../ports.mjs';
import { answers, postgresTool, start, startPostgres, temporaryFolder, until } from '../posix/servers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const peers = join(here, 'peers');
const output = resolve(root, process.env.GREENIO_BUILD || 'build', 'bench');
const run = promisify(execFile);

export class BuildError extends Error {}

// Debian's emcc takes acorn from Debian's Node modules, where a Node from elsewhere does not look. Go's driver of
// PostgreSQL is Debian's too.
function environment() {
  const wanted = (process.env.NODE_PATH ?? '').split(':').concat('/usr/share/nodejs');
  const paths = [...new Set(wanted)].filter((path) => path && existsSync(path));
  return { ...process.env, NODE_PATH: paths.join(':'), GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
}

async function command(program, args, directory = root) {
  try {
    const options = { cwd: directory, env: environment(), maxBuffer: 64 << 20 };
    return (await run(program, args, options)).stdout;
  } catch (error) {
    if (error.code === 'ENOENT') {
      throw new BuildError(`${program} is not installed; ./dev setup installs what is missing`);
    }
    const log = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-40).join('\n');
    throw new BuildError(`${program} ${args.join(' ')}\nfailed:\n${log || error.message}`);
  }
}

const kept = new Map();

// Runs `make` for a name once; who asks again gets the same promise.
function once(name, make) {
  if (!kept.has(name)) {
    kept.set(name, (async () => {
      process.stderr.write(`preparing ${name}\n`);
      return make();
    })());
  }
  return kept.get(name);
}

// Emscriptens do not share a build directory.
export async function emccVersion() {
  const first = (await command('emcc', ['--version'])).split('\n')[0];
  return /\d+\.\d+\.\d+/.exec(first)?.[0] ?? 'unknown';
}

async function cmakeBuild(directory, wrapper, target = 'bench_programs', more = []) {
  const optimise = ['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_C_FLAGS_RELEASE=-O2 -DNDEBUG'];
  const configure = ['cmake', '-S', root, '-G', 'Ninja', '-B', directory, ...optimise, ...more];
  const [program, ...args] = [...wrapper, ...configure];
  await command(program, args);
  const jobs = String(availableParallelism());
  await command('cmake', ['--build', directory, '--target', target, '-j', jobs]);
  return join(directory, 'tests', 'bench');
}

// The folder of greenio's native programs, bench_NAME.
export function nativePrograms() {
  return once("greenio's native programs", () => cmakeBuild(join(output, 'native'), []));
}

// The example gateway, native.
export function gateway() {
  return once('the gateway', async () => {
    await nativePrograms(); // in the same folder
    await cmakeBuild(join(output, 'native'), [], 'gateway');
    return join(output, 'native', 'examples', 'gateway', 'gateway');
  });
}

export async function chromiumVersion() {
  return (await command(process.env.CHROMIUM ?? 'chromium', ['--version'])).trim().split(' ').slice(0, 2).join(' ').toLowerCase();
}

// The folder of greenio's wasm programs, bench_NAME.mjs.
export function wasmPrograms() {
  return once("greenio's wasm programs", async () =>
    cmakeBuild(join(output, `wasm-${await emccVersion()}`), ['emcmake']));
}

// The same with hiredis and libpq, from Debian's sources.
export function portedPrograms() {
  return once('hiredis and libpq (some minutes)', async () => {
    const ported = join(output, `ported-${await emccVersion()}`);
    for (const [name, folder] of [['hiredis', 'hiredis'], ['postgresql-15', 'libpq']]) {
      await command(join(root, 'tests', 'debian_source'), [name, join(ported, folder)]);
    }
    await command(join(root, 'tests', 'posix', 'ported', 'build_libpq'), [join(ported, 'libpq')]);
    return cmakeBuild(join(output, `wasm-${await emccVersion()}`), ['emcmake'], 'bench_programs', [`-DGREENIO_PORTED=${ported}`,
      `-DGREENIO_LIBPQ=${join(ported, 'libpq', 'prefix')}`]);
  });
}

// The folder of Lua in each kind of contexts and without, bench_compute and bench_compute_NAME.
export function computePrograms() {
  return once('Lua (a minute or two)', async () => {
    const folder = join(output, 'lua5.4');
    await command(join(root, 'tests', 'debian_source'), ['lua5.4', folder]);
    const source = [`-DGREENIO_LUA=${join(folder, 'source', 'src')}`];
    const programs = await cmakeBuild(join(output, `wasm-${await emccVersion()}`), ['emcmake'], 'bench_compute_programs', source);
    await command(await node(), [join(peers, 'compute_floor.mjs'), join(programs, 'bench_compute_floor.cjs'), 'fib']); // it does wait
    await command(await node(), [join(peers, 'compute_contract.mjs'), join(programs, 'bench_compute_contract.cjs'), 'fib', 'check']);
    return programs;
  });
}

// SQLite's amalgamation, from an npm package that ships it; nothing of the package is run.
async function sqliteSource() {
  const [name, version] = ['better-sqlite3', '13.2.0'];
  const directory = join(output, `${name}-${version}`);
  const source = join(directory, 'package', 'deps', 'sqlite3');
  if (!existsSync(join(source, 'sqlite3.c'))) {
    await mkdir(directory, { recursive: true });
    await command('npm', ['pack', '--ignore-scripts', '--pack-destination', directory, `${name}@${version}`]);
    await command('tar', ['-xzf', join(directory, `${name}-${version}.tgz`), '-C', directory, 'package/deps/sqlite3']);
  }
  return source;
}

// The folder of SQLite in several modes, bench_sqlite_MODE.
export function sqlitePrograms() {
  return once('SQLite in several modes (some minutes)', async () => {
    const source = [`-DGREENIO_SQLITE=${await sqliteSource()}`];
    const directory = join(output, `wasm-${await emccVersion()}`);
    const programs = await cmakeBuild(directory, ['emcmake'], 'bench_sqlite_programs', source);
    await command(process.execPath, [join(programs, 'bench_sqlite_checked.mjs'), '10']); // narrowed rightly
    return programs;
  });
}

// Go's program.
export function goPeer() {
  return once("Go's program", async () => {
    const file = join(output, 'go_peer');
    await mkdir(output, { recursive: true });
    await command('go', ['build', '-buildvcs=false', '-o', file, '.'], join(peers, 'go'));
    return file;
  });
}

export async function goVersion() {
  return (await command('go', ['env', 'GOVERSION'])).trim();
}

const asyncify = ['-sASYNCIFY', '-sMODULARIZE', '-sENVIRONMENT=node', '-sSINGLE_FILE'];
const standalone = [
  '-sSTANDALONE_WASM', '-sERROR_ON_UNDEFINED_SYMBOLS=0', '-sWARN_ON_UNDEFINED_SYMBOLS=0',
  '--no-entry',
];
const emccOptions = {
  'fiber.cjs': asyncify,
  'asyncify.cjs': asyncify,
  'ccall.cjs': [...asyncify, '--no-entry', '-sEXPORTED_RUNTIME_METHODS=ccall'],
  'call_ideal.wasm': [...standalone, '-sBINARYEN_EXTRA_PASSES=--asyncify'],
  'jspi.wasm': standalone,
  'jspi_ideal.wasm': standalone,
  'jspi_record.wasm': standalone,
  'jspi_contract.wasm': standalone,
};

// A peer that emcc builds from a C file; made anew when anything it came from changed. `emcc` is the command.
function emccBuild(name, emcc, version, directory, options, ...sources) {
  return once(name, async () => {
    const file = join(directory, name);
    const args = ['-O2', ...options, ...sources, '-o', file];
    const texts = await Promise.all(sources.map((source) => readFile(source, 'utf8')));
    const stamp = [version, ...args, ...texts].join('\n');
    if (existsSync(file) && (await readFile(`${file}.stamp`, 'utf8').catch(() => '')) === stamp) {
      return file;
    }
    await mkdir(directory, { recursive: true });
    const [program, ...first] = [...emcc, ...args];
    await command(program, first);
    await writeFile(`${file}.stamp`, stamp);
    return file;
  });
}

// From the C file of its name.
export async function emccPeer(name) {
  const version = await emccVersion();
  const sources = [join(peers, name.replace(/\.\w+$/, '.c'))];
  if (!emccOptions[name].includes('--no-entry')) sources.push(join(here, 'clock_wasm.c')); // it has a clock of its own
  return emccBuild(name, ['emcc'], version, join(output, `peers-${version}`), emccOptions[name], ...sources);
}

// Emscripten's own JSPI, for which Debian's is too old: then the newest builds it, in a root of its own (see .ci/sid).
export async function emccJspiPeer() {
  const version = await emccVersion();
  const old = version.startsWith('3.1.');
  return emccBuild('jspi_emcc.mjs', old ? [join(root, '.ci', 'sid'), 'emcc'] : ['emcc'], old ? 'sid' : version,
    join(output, `peers-${old ? 'sid' : version}`), ['-sJSPI', '-sENVIRONMENT=node', '-sMODULARIZE', '-sEXPORT_ES6'],
    join(peers, 'asyncify.c'), join(here, 'clock_wasm.c'));
}

// The Node that all wasm sides run under: the npm package of peers/package.json, kept apart from
// the project's own so that it does not stand before the host's.
export function node() {
  return once("the peers' Node", async () => {
    const file = join(peers, 'node_modules', 'node', 'bin', 'node');
    const { dependencies } = JSON.parse(await readFile(join(peers, 'package.json'), 'utf8'));
    const isComplete = Object.keys(dependencies).every((name) => existsSync(join(peers, 'node_modules', name)));
    if (isComplete && (await nodeVersion(file)) === dependencies.node) return file;
    await command('npm', ['ci'], peers);
    return file;
  });
}

// The port of a redis-server; the runner ends it.
export function redis() {
  return once('a redis-server', async () => {
    const port = await freePort();
    const child = start('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', temporaryFolder('redis')]);
    await until(() => answers(port), child, 'redis-server');
    return port;
  });
}

// The conninfo string of a PostgreSQL that has pgbench's table; the runner ends it.
export function postgres() {
  return once("a PostgreSQL with pgbench's table", async () => {
    const { address } = await startPostgres();
    await command(pgbench(), ['-q', '-i', '-s', '10', address]);
    return address;
  });
}

export const pgbench = () => postgresTool('pgbench');

export async function nodeVersion(file) {
  return (await command(file, ['--version'])).trim().replace(/^v/, '');
}

// A JavaScript file of this folder.
export function script(name) {
  return join(here, name);
}
