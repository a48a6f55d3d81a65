// Less than all of greenio: without the HTTP client where there is no libcurl, and taken in by a project that
// uses little of it. Both in folders with blanks in their names.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { emptyFolder, refused, root, run } from './tools.mjs';

// A pkg-config that does not know some modules, and as the environment of a command.
const hidden = emptyFolder('hidden modules');
const pkgConfig = join(hidden, 'pkg-config');
writeFileSync(pkgConfig, `#!/bin/sh
case "$*" in *libcurl* | *libpq*) exit 1 ;; esac
exec pkg-config "$@"
`);
chmodSync(pkgConfig, 0o755);
const hide = `-DPKG_CONFIG_EXECUTABLE=${pkgConfig}`;

const hello = `#include <greenio/greenio.h>
#include <stdio.h>

static int app(void *arg) {
  (void)arg;
  int rc = green_sleep(1);
  printf("hello, %s\\n", green_status_name(rc));
  return rc;
}

int main(void) { return green_run(app, NULL) < 0; }
`;
const asking = `#include <greenio/greenio.h>

static int app(void *arg) {
  green_http_response *response;
  return green_http_get(NULL, &response, arg);
}

int main(void) { return green_run(app, "http://127.0.0.1/") < 0; }
`;

// A project of hello.c and asking.c whose CMakeLists.txt has these lines behind project().
function project(name, lines) {
  const folder = emptyFolder(name);
  writeFileSync(join(folder, 'hello.c'), hello);
  writeFileSync(join(folder, 'asking.c'), asking);
  writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(narrow C)
${lines}
add_executable(hello hello.c)
target_link_libraries(hello PRIVATE greenio::greenio)
add_executable(asking EXCLUDE_FROM_ALL asking.c)
target_link_libraries(asking PRIVATE greenio::greenio)
`);
  return folder;
}
const configure = (folder, ...options) =>
  run('cmake', ['-S', folder, '-B', join(folder, 'build'), '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', ...options]);
const make = (folder, ...targets) => run('ninja', ['-C', join(folder, 'build'), ...targets]);

// What a plain build would compile, by the target it belongs to.
async function objects(folder) {
  const counts = {};
  for (const [, target] of (await make(folder, '-n')).matchAll(/Building \w+ object (?:\S+\/)?CMakeFiles\/(\w+)\.dir/g))
    counts[target] = (counts[target] ?? 0) + 1;
  return counts;
}

// ---- taken in -------------------------------------------------------------------------------------------

test('add_subdirectory builds what is linked: no other library, no test, no example', async () => {
  const folder = project('taken in', 'add_subdirectory(greenio)');
  symlinkSync(root, join(folder, 'greenio'));
  await configure(folder);
  const plain = await objects(folder);
  assert.deepEqual(Object.keys(plain).sort(), ['greenio', 'hello']);
  assert.equal(plain.hello, 1);
  assert.equal(await run('ctest', ['--test-dir', join(folder, 'build'), '-N']).then(text => /Total Tests: (\d+)/.exec(text)[1]), '0');

  await configure(folder, '-DGREENIO_HTTP=OFF', hide);
  const narrow = await objects(folder);
  assert.ok(narrow.greenio <= plain.greenio - 10, `${narrow.greenio} and ${plain.greenio}`);
  console.log(`a hello: ${plain.greenio} objects of greenio, ${narrow.greenio} without the HTTP client`);
});

test('what is linked is built, with what it stands on', async () => {
  const folder = project('taken in with posix', `add_subdirectory(greenio)
add_executable(blocking hello.c)
target_link_libraries(blocking PRIVATE greenio::posix)`);
  symlinkSync(root, join(folder, 'greenio'));
  await configure(folder);
  assert.deepEqual(Object.keys(await objects(folder)).sort(), ['blocking', 'greenio', 'greenio_posix', 'hello']);
});

// A parent with a mind of its own: its settings do not break greenio, nor greenio's what it installs.
const parent = `include(GNUInstallDirs)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_UNITY_BUILD ON)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
set(CMAKE_C_FLAGS "-D_FORTIFY_SOURCE=2 \${protection}")
add_link_options(-Wl,--as-needed -Wl,-z,defs -Wl,-z,now)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBUV REQUIRED IMPORTED_TARGET libuv) # a name that greenio has as well
add_subdirectory(greenio)
add_library(shared SHARED blocking.c)
target_link_libraries(shared PRIVATE greenio::greenio)
add_executable(blocking blocking.c main.c)
target_link_libraries(blocking PRIVATE greenio::posix)
add_executable(loads main.c)
target_link_libraries(loads PRIVATE shared)
set_target_properties(shared blocking PROPERTIES C_VISIBILITY_PRESET default)
add_library(archive STATIC blocking.c)
target_link_libraries(archive PRIVATE greenio::greenio)
install(TARGETS archive EXPORT mine)
install(EXPORT mine NAMESPACE mine:: DESTINATION lib/cmake/mine)`;

test('a parent with settings of its own, which also installs what it links greenio with', async () => {
  const folder = project('taken in by a parent', parent);
  symlinkSync(root, join(folder, 'greenio'));
  writeFileSync(join(folder, 'blocking.c'), hello.replace('int main(void)', 'int start(void);\nint start(void)'));
  writeFileSync(join(folder, 'main.c'), 'int start(void);\nint main(void) { return start(); }\n');
  const protection = process.arch === 'x64' ? ['-Dprotection=-fcf-protection=full'] : [];
  await configure(folder, ...protection, '-DGREENIO_HTTP=OFF', '-DGREENIO_INSTALL=ON',
    `-DCMAKE_INSTALL_PREFIX=${join(folder, 'prefix')}`, hide);
  await make(folder);
  for (const name of ['hello', 'blocking', 'loads'])
    assert.equal(await run(join(folder, 'build', name), []), 'hello, OK\n', name);
  await run('cmake', ['--install', join(folder, 'build')]);
  assert.match(await run('cat', [join(folder, 'prefix/lib/cmake/mine/mine.cmake')]), /greenio::greenio/);
  assert.deepEqual(readdirSync(join(folder, 'prefix/share/doc')), ['greenio']);
  assert.ok(readdirSync(join(folder, 'prefix/share/doc/greenio')).includes('LICENSE'));
});

// ---- without the HTTP client ----------------------------------------------------------------------------

const source = join(emptyFolder('without http'), 'greenio');
const prefix = join(emptyFolder('without http prefix'), 'here');
const built = join(emptyFolder('without http build'), 'build');
const tests = ['core', 'native/native', 'fd/fd', 'app/app'];
let printed;

before(async () => {
  symlinkSync(root, source);
  printed = await run('cmake', ['-S', source, '-B', built, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release',
    '-DGREENIO_HTTP=OFF', `-DCMAKE_INSTALL_PREFIX=${prefix}`, hide]);
  await run('ninja', ['-C', built, 'greenio', 'greenio_posix', 'greenio_server', ...tests.map(name => `${name.split('/').at(-1)}_tests`)]);
  await run('cmake', ['--install', built]);
});

test('libcurl is not needed, and what is left out is told', async () => {
  assert.match(printed, /no HTTP client/);
  assert.match(printed, /no example checklinks/);
  assert.match(printed, /no tests of http/);
  const needed = await run('readelf', ['-d', join(built, 'tests/core_tests')]);
  assert.doesNotMatch(needed, /curl/);
});

test('with the client, libcurl is missed by name, and the way without it told', async () => {
  assert.match(await refused('cmake', ['-S', source, '-B', emptyFolder('with http'), '-G', 'Ninja', hide]),
    /needs libcurl 7\.87.*-DGREENIO_HTTP=OFF/);
});

test('what tasks stand on is said by one name natively and by another in WebAssembly', async () => {
  const ask = option => refused('cmake', ['-S', source, '-B', emptyFolder('contexts'), '-G', 'Ninja', option]);
  assert.match(await ask('-DGREENIO_CONTEXT=jspi'), /GREENIO_CONTEXT is "jspi": it is auto or ucontext\. In WebAssembly it is GREENIO_CONTEXTS/);
  assert.match(await ask('-DGREENIO_CONTEXTS=ucontext'), /GREENIO_CONTEXTS is "ucontext": that is WebAssembly's; natively it is GREENIO_CONTEXT/);
});

test('the tests of the rest', async () => {
  for (const name of tests) assert.match(await run(join(built, 'tests', `${name}_tests`), []), / 0 failed/);
});

test('find_package: a program without HTTP is built; one with it is refused by the compiler', async () => {
  const folder = project('without http used', 'find_package(greenio REQUIRED)');
  const use = `-DCMAKE_PREFIX_PATH=${prefix}`;
  await configure(folder, use, hide);
  await make(folder);
  assert.equal(await run(join(folder, 'build/hello'), []), 'hello, OK\n');
  assert.match(await refused('ninja', ['-C', join(folder, 'build'), 'asking']),
    /green_http_get.*this greenio has no HTTP client: it was built with GREENIO_HTTP=OFF/);

  const wants = project('http wanted', 'find_package(greenio REQUIRED COMPONENTS http)');
  assert.match(await refused('cmake', ['-S', wants, '-B', join(wants, 'build'), '-G', 'Ninja', use, hide]),
    /has no http: it was built with GREENIO_HTTP=OFF/);
  writeFileSync(join(wants, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(narrow C)
find_package(greenio REQUIRED COMPONENTS websocket)
`);
  assert.match(await refused('cmake', ['-S', wants, '-B', emptyFolder('websocket wanted'), '-G', 'Ninja', use, hide]),
    /has no websocket: it was built with GREENIO_WEBSOCKET=OFF, or GREENIO_HTTP=OFF/);
});

test('pkg-config: the same', async () => {
  const folder = project('without http by pkg-config', '');
  const flags = (await run(pkgConfig, ['--cflags', '--libs', 'greenio-static'],
    { env: { ...process.env, PKG_CONFIG_PATH: await pcFolder() } })).trim().replaceAll('\\ ', '\0').split(/\s+/)
    .map(flag => flag.replaceAll('\0', ' '));
  assert.ok(!flags.includes('-lcurl'));
  const compile = name => ['-o', join(folder, name), join(folder, `${name}.c`), ...flags];
  await run('cc', compile('hello'));
  assert.equal(await run(join(folder, 'hello'), []), 'hello, OK\n');
  assert.match(await refused('cc', compile('asking')), /this greenio has no HTTP client/);
});

async function pcFolder() {
  const [file] = (await run('find', [prefix, '-name', 'greenio-static.pc'])).trim().split('\n');
  return join(file, '..');
}
