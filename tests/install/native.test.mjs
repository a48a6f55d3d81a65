// greenio installed natively, static and shared in one prefix, and used from there by a project that has
// nothing of this tree: with CMake and with pkg-config, also after the prefix was moved to a path with
// blanks in it.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { writeGuide } from './guide.mjs';
import { build, checkPrinted, compile, emptyFolder, greeting, headerVersion, here, install, refused, root, run,
  serveText, testPrograms } from './tools.mjs';

const first = join(build, 'first');
const moved = join(build, 'moved to here');
const stranger = join(here, 'stranger');
const modules = () => readdirSync(join(first, 'lib/pkgconfig')).sort();
const make = async (folder, prefix, ...options) => {
  const to = emptyFolder(folder);
  cpSync(stranger, to, { recursive: true });
  await run('make', ['-s', '-C', to, `PREFIX=${prefix}`, ...options]);
  return join(to, 'stranger');
};
let version, withStatic, ofStatic;

before(async () => {
  emptyFolder('first');
  rmSync(moved, { recursive: true, force: true });
  await install(first, 'static', ['cmake']);
  withStatic = modules();
  ofStatic = await make('make static alone', first, 'MODULE=greenio-static');
  await install(first, 'shared', ['cmake'], '-DBUILD_SHARED_LIBS=ON');
  version = headerVersion(first);
});

const files = folder => readdirSync(folder, { withFileTypes: true })
  .flatMap(entry => entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]);

test('no file of the package holds the prefix or the tree it was built in', async () => {
  const texts = files(first).filter(file => /\.(cmake|pc|h)$/.test(file));
  assert.ok(texts.length > 10);
  for (const file of texts)
    for (const place of [root, build]) assert.ok(!readFileSync(file, 'utf8').includes(place), file);
});

test('the version is one, in the headers, CMake, pkg-config and the SONAME', async () => {
  const environment = { ...process.env, PKG_CONFIG_PATH: join(first, 'lib/pkgconfig') };
  assert.equal((await run('pkg-config', ['--modversion', 'greenio'], { env: environment })).trim(), version);
  const [major, minor] = version.split('.');
  const soname = major === '0' ? `libgreenio.so.${major}.${minor}` : `libgreenio.so.${major}`;
  assert.match(await run('readelf', ['-d', join(first, 'lib/libgreenio.so')]), RegExp(`SONAME.*\\[${soname}\\]`));
  assert.ok(existsSync(join(first, `lib/libgreenio.so.${version}`)));
  assert.equal(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version, version);
});

// What the headers of a library declare, by the name of its symbols.
function declaredIn(isOf) {
  const declared = new Set();
  for (const file of files(join(first, 'include'))) {
    if (!isOf(file)) continue;
    const whole = readFileSync(file, 'utf8');
    for (const [, name] of whole.replace(/^#ifdef __EMSCRIPTEN__[^]*?^#endif/gm, '')
      .matchAll(/^#pragma redefine_extname \w+ (\w+)/gm)) declared.add(name);
    const text = whole.replace(/\/\*[^]*?\*\//g, '').replace(/^#.*(\\\n.*)*$/gm, '');
    for (const [, declaration] of text.matchAll(/\bGREEN_API\b([^;]*);/g))
      declared.add(/(\w+)\s*(\(|\[|$)/.exec(declaration)[1]);
  }
  return [...declared].sort();
}
const exportsOf = async name =>
  (await run('nm', ['-D', '--defined-only', '--format=posix', join(first, `lib/lib${name}.so`)]))
    .trim().split('\n').map(line => line.split(' ')[0]).sort();

// Those of libraries of their own.
const ofParts = { greenio_pg: /(pg|pg_pool|pg_row)\.h$/, greenio_server: /server\.h$/, greenio_pq: /pq\.h$/,
  greenio_posix: /posix\.h$/ };

// What greenio's own libraries share: the names between the two words of src/shared.h.
const shared = new Set(files(join(root, 'src')).filter(file => file.endsWith('.h'))
  .flatMap(file => [...readFileSync(file, 'utf8').matchAll(/^GREEN__SHARED_BEGIN$([^]*?)^GREEN__SHARED_END$/gm)])
  .flatMap(([text]) => text.match(/\bgreen__\w+\b/g) ?? []).concat('green__say')); // src/log.h: greenio::pq too

test("the shared library exports what the headers declare and greenio's own libraries share, no more", async () => {
  const declared = declaredIn(file => !Object.values(ofParts).some(pattern => pattern.test(file)));
  assert.ok(declared.length > 50);
  const exported = await exportsOf('greenio');
  assert.deepEqual(declared.filter(name => !exported.includes(name)), []);
  const others = exported.filter(name => !declared.includes(name));
  const own = `green__libraries_of_${version.replaceAll('.', '_')}`;
  assert.ok(others.includes(own) && others.includes('green__wait_begin'));
  assert.deepEqual(others.filter(name => name !== own && !shared.has(name)), []);
});

for (const part of ['greenio_pg', 'greenio_server'])
  test(`${part} is a shared library beside it, which exports what its headers declare, and nothing else`, async () => {
    assert.deepEqual(await exportsOf(part), declaredIn(file => ofParts[part].test(file)));
    const [major, minor] = version.split('.');
    const interface_ = major === '0' ? `${major}.${minor}` : major;
    const dynamic = await run('readelf', ['-d', join(first, `lib/lib${part}.so`)]);
    assert.match(dynamic, RegExp(`SONAME.*\\[lib${part}.so.${interface_}\\]`));
    assert.match(dynamic, RegExp(`NEEDED.*\\[libgreenio.so.${interface_}\\]`));
  });

test('a library of another version of greenio is refused when the program starts, by the version', async () => {
  const folder = emptyFolder('mixed');
  cpSync(join(first, 'lib'), join(folder, 'lib'), { recursive: true, verbatimSymlinks: true });
  const [name, other] = [version, '9.9.9'].map(text => `green__libraries_of_${text.replaceAll('.', '_')}`);
  const library = join(folder, `lib/libgreenio_server.so.${version}`);
  writeFileSync(library, readFileSync(library, 'latin1').replaceAll(name, other), 'latin1');
  const { to } = await compile(join(here, 'parts'), 'parts-mixed', ['cmake'], `-DCMAKE_PREFIX_PATH=${first}`,
    '-DPARTS=server', '-DKIND=shared');
  const environment = { ...process.env, LD_LIBRARY_PATH: join(folder, 'lib') };
  assert.match(await refused(join(to, 'serves'), [], { env: environment }), RegExp(other));
});

test('each pkg-config module comes with its library; the static one suffices alone', async () => {
  assert.deepEqual(withStatic, ['greenio-pg-static.pc', 'greenio-server-static.pc', 'greenio-static.pc']);
  assert.deepEqual(modules(), ['greenio-pg-static.pc', 'greenio-pg.pc', 'greenio-server-static.pc', 'greenio-server.pc',
    'greenio-static.pc', 'greenio.pc']);
  assert.equal(await run(ofStatic, []), greeting(version));
});

for (const kind of ['shared', 'static'])
  test(`find_package, ${kind}`, async () => {
    const { to, printed } = await compile(stranger, `stranger-${kind}`, ['cmake'],
      `-DCMAKE_PREFIX_PATH=${first}`, `-DSTRANGER_COMPONENTS=${kind}`);
    assert.match(printed, RegExp(`greenio_VERSION=${version}`));
    assert.equal(await run(join(to, 'stranger'), []), greeting(version));
    assert.equal(/libgreenio/.test(await run('readelf', ['-d', join(to, 'stranger')])), kind === 'shared');
  });

// Programs that use greenio::server and greenio::pg, by CMake and by pkg-config, with either library.
for (const kind of ['shared', 'static'])
  test(`greenio::server and greenio::pg, ${kind}`, async () => {
    const { to } = await compile(join(here, 'parts'), `parts-${kind}`, ['cmake'], `-DCMAKE_PREFIX_PATH=${first}`,
      `-DKIND=${kind}`);
    const environment = { ...process.env, PKG_CONFIG_PATH: join(first, 'lib/pkgconfig') };
    for (const [part, program, printed] of [['server', 'serves', 'answered 200\n'], ['pg', 'asks', 'ECONNREFUSED\n']]) {
      assert.equal(await run(join(to, program), []), printed);
      assert.equal(/libgreenio_/.test(await run('readelf', ['-d', join(to, program)])), kind === 'shared');
      const module = `greenio-${part}${kind === 'static' ? '-static' : ''}`;
      const flags = await run('pkg-config', ['--cflags', '--libs', module], { env: environment });
      const made = join(to, `${program}-by-pkg-config`);
      await run('cc', ['-std=gnu11', '-o', made, join(here, `parts/${program}.c`), ...flags.trim().split(/\s+/),
        `-Wl,-rpath,${join(first, 'lib')}`]);
      assert.equal(await run(made, []), printed);
    }
  });

test('find_package refuses what is not there, with a reason', async () => {
  const ask = (prefix, ...options) =>
    refused('cmake', ['-S', stranger, '-B', emptyFolder('refused'), `-DCMAKE_PREFIX_PATH=${prefix}`, ...options]);
  assert.match(await ask(first, '-DSTRANGER_COMPONENTS=ftp'), /there is no component ftp; there are shared, static, http, tls, websocket/);
  assert.match(await ask(first, '-DSTRANGER_COMPONENTS=shared;static'), /ask for one/);
  const why = /shared library, which was asked for, has no posix: that goes with the static one alone.*GREENIO_SHARED=OFF/;
  assert.match(await ask(first, '-DSTRANGER_COMPONENTS=shared;posix'), why);
  assert.match(await ask(first, '-DSTRANGER_COMPONENTS=posix', '-DGREENIO_SHARED=ON'),
    /shared library, which GREENIO_SHARED=ON asks for, has no posix/);
  const other = emptyFolder('other version');
  cpSync(first, other, { recursive: true });
  const file = join(other, 'lib/cmake/greenio/greenioConfigVersion.cmake');
  const [major, minor] = version.split('.').map(Number);
  const later = major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
  await run('sed', ['-i', `s/${version.replaceAll('.', '\\.')}/${later}/g`, file]);
  assert.match(await ask(other), RegExp(`version: ${later.replaceAll('.', '\\.')}`));
});

// Which library a project of one find_package() gets, and what CMake says.
async function choice(arguments_, ...options) {
  const folder = emptyFolder('choice');
  writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(choice C)
find_package(greenio 0.1 ${arguments_})
get_target_property(type greenio::greenio TYPE)
message(STATUS "type=\${type} http=\${greenio_http_FOUND} server=\${greenio_server_FOUND} posix=\${greenio_posix_FOUND}.")
if(TARGET greenio::server)
  message(STATUS "it has the server.")
endif()
`);
  return run('cmake', ['-S', folder, '-B', join(folder, 'build'), `-DCMAKE_PREFIX_PATH=${first}`, ...options]);
}

test('find_package of both libraries: what a component is in, as the user says, else the shared one and why', async () => {
  const shared = /type=SHARED/, fixed = /type=STATIC/, why = /the shared library, taken where both are installed.*greenio::posix.* go with the static one: .*GREENIO_SHARED=OFF/;
  assert.match(await choice('REQUIRED'), shared);
  assert.match(await choice('REQUIRED'), why);
  assert.doesNotMatch(await choice('QUIET'), why);
  assert.doesNotMatch(await choice('REQUIRED COMPONENTS shared'), why);
  assert.match(await choice('REQUIRED COMPONENTS http'), shared);
  assert.match(await choice('REQUIRED COMPONENTS http'), /http=TRUE/);
  for (const parts of ['server', 'pg server', 'http pg pq', 'http tls websocket'])
    assert.match(await choice(`REQUIRED COMPONENTS ${parts}`), shared, parts);
  for (const [wanted, ...options] of [['COMPONENTS posix'], ['COMPONENTS http posix'], ['COMPONENTS static server'],
    ['', '-DGREENIO_SHARED=OFF'], ['', '-DGREENIO_SHARED=OFF', '-DBUILD_SHARED_LIBS=ON'], ['', '-DBUILD_SHARED_LIBS=OFF']])
    assert.match(await choice(`REQUIRED ${wanted}`, ...options), fixed, wanted + options);
  const optional = await choice('REQUIRED COMPONENTS shared OPTIONAL_COMPONENTS server posix', '-DBUILD_SHARED_LIBS=OFF');
  assert.match(optional, shared);
  assert.match(optional, /server=TRUE posix=FALSE/);
});

test('find_package says when the compiler is for another host', async () => {
  assert.match(await refused('emcmake', ['cmake', '-S', stranger, '-B', emptyFolder('refused'), '-G', 'Ninja',
    `-DCMAKE_FIND_ROOT_PATH=${first}`]), /this greenio is for native programs; for WebAssembly, build and install/);
  const narrow = emptyFolder('refused'); // for which no compiler need be here
  writeFileSync(join(narrow, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(narrow NONE)
set(CMAKE_SIZEOF_VOID_P 2)
find_package(greenio REQUIRED)
`);
  assert.match(await refused('cmake', ['-S', narrow, '-B', narrow, `-DCMAKE_PREFIX_PATH=${first}`]),
    /pointers of this greenio have \d bytes, those of the compiler 2/);
});

test('a second find_package gives what the first one took, or refuses', async () => {
  const folder = emptyFolder('twice');
  const project = second => writeFileSync(join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(twice C)
find_package(greenio 0.1 REQUIRED COMPONENTS static)
find_package(greenio 0.1 ${second})
message(STATUS "found=\${greenio_FOUND} static=\${greenio_static_FOUND} shared=\${greenio_shared_FOUND}.")
`);
  const arguments_ = ['-S', folder, '-B', join(folder, 'build'), `-DCMAKE_PREFIX_PATH=${first}`];
  for (const same of ['', 'COMPONENTS static']) {
    project(same);
    assert.match(await run('cmake', arguments_), /found=(?:1|TRUE) static=TRUE shared=\./, same);
  }
  project('REQUIRED COMPONENTS shared');
  assert.match(await refused('cmake', arguments_), /component static was found before, and greenio::greenio cannot be both/);
});

test('the gdb script is installed', () => {
  assert.ok(existsSync(join(first, 'share/greenio/gdb/greenio.py')));
});

test('the guide is installed, without the reference, and the licence', () => {
  const pages = readdirSync(join(root, 'docs')).filter(name => name !== 'reference');
  assert.ok(pages.includes('asyncify.md'));
  const there = join(first, 'share/doc/greenio');
  assert.deepEqual(readdirSync(there).sort(), [...pages, 'LICENSE'].sort());
  assert.equal(readFileSync(join(there, 'LICENSE'), 'utf8'), readFileSync(join(root, 'LICENSE'), 'utf8'));
});

test('a moved prefix with blanks: find_package as BUILD_SHARED_LIBS says', async () => {
  renameSync(first, moved);
  for (const shared of ['ON', 'OFF']) {
    const { to } = await compile(stranger, 'stranger of the moved', ['cmake'],
      `-DCMAKE_PREFIX_PATH=${moved}`, `-DBUILD_SHARED_LIBS=${shared}`);
    assert.equal(await run(join(to, 'stranger'), []), greeting(version));
    assert.equal(/libgreenio/.test(await run('readelf', ['-d', join(to, 'stranger')])), shared === 'ON');
  }
});

test('a moved prefix with blanks: pkg-config, shared and static', async () => {
  const shared = await make('make shared', moved);
  assert.equal(await run(shared, [], { env: { ...process.env, LD_LIBRARY_PATH: join(moved, 'lib') } }),
    greeting(version));
  assert.match(await run('readelf', ['-d', shared]), /libgreenio/);
  const finds = await make('make with rpath', moved, `LDFLAGS=-Wl,-rpath,'${moved}/lib'`);
  assert.equal(await run(finds, []), greeting(version));

  const fixed = await make('make static', moved, 'MODULE=greenio-static');
  assert.equal(await run(fixed, []), greeting(version));
  assert.doesNotMatch(await run('readelf', ['-d', fixed]), /libgreenio/);
});

test("the guide's programs", async context => {
  const { folder, programs, projects } = writeGuide('native', 'guide-native');
  const use = `-DCMAKE_PREFIX_PATH=${moved}`;
  const { to } = await compile(join(here, 'guide'), 'guide-native-build', ['cmake'], use, `-DGUIDE=${folder}`);
  const server = await serveText();
  await testPrograms(context, programs, server.url, (name, url) => [join(to, name), [url]]);
  server.close();

  for (const project of projects.filter(project => !project.isPage && !project.script))
    await context.test(project.name, async () => {
      const built = await compile(project.folder, `${project.name}-native`, ['cmake'], use);
      checkPrinted(project, await run(join(built.to, project.program), []));
    });
});
