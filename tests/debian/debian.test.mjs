// Debian's packages: built by dpkg-buildpackage with greenio's own tests, read by lintian, and used from the folder into
// which they are unpacked: by pkg-config, and by find_package in a project of `npm create greenio`.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(process.env.GREENIO_BUILD ?? join(root, 'build'), 'debian');
const [, version] = /^project\(greenio VERSION ([\d.]+)/m.exec(readFileSync(join(root, 'CMakeLists.txt'), 'utf8'));
const sources = join(folder, `greenio-${version}`);
const unpacked = join(folder, 'root');
const triplet = execFileSync('dpkg-architecture', ['-qDEB_HOST_MULTIARCH'], { encoding: 'utf8' }).trim();
const libraries = join(unpacked, 'usr/lib', triplet);

// What the shell set for other builds is not the packages'.
const environment = Object.fromEntries(Object.entries(process.env)
  .filter(([name]) => !/^(CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|DESTDIR|npm_.*|NODE_TEST_CONTEXT)$/i.test(name)));

function run(cwd, command, args, more = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...environment, ...more } });
  assert.equal(error, undefined);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout.slice(-20000)}\n${stderr.slice(-20000)}`);
  return stdout;
}

const packages = () => readdirSync(folder).filter(name => name.endsWith('.deb') && !name.includes('-dbgsym')).sort();
const field = (file, name) => run(folder, 'dpkg-deb', ['-f', file, name]).trim();

// The tree as git knows it, or would, without debian/: the upstream tarball; and debian/ beside it.
function prepare() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tarball = join(folder, `greenio_${version}.orig.tar.gz`);
  const time = run(root, 'dpkg-parsechangelog', ['-STimestamp']).trim();
  run(root, 'sh', ['-ec', `git ls-files -z --cached --others --exclude-standard -- ':!debian' | sort -z |
    tar --null -T - -c --transform 's,^,greenio-${version}/,' --owner=0 --group=0 --mtime=@${time} | gzip -n >"$1"`, 'sh', tarball]);
  run(folder, 'tar', ['xzf', tarball]);
  cpSync(join(root, 'debian'), join(sources, 'debian'), { recursive: true });
}

before(() => {
  prepare();
  run(sources, 'dpkg-buildpackage', ['-us', '-uc']);
  for (const name of packages()) run(folder, 'dpkg', ['-x', name, unpacked]);
});

test('the version is that of the tree, and the packages are those that are named after its SONAME', () => {
  assert.match(readFileSync(join(root, 'debian/changelog'), 'utf8'), new RegExp(`^greenio \\(${version.replaceAll('.', '\\.')}-\\S+\\)`));
  const so = version.startsWith('0.') ? version.replace(/\.\d+$/, '') : version.replace(/\..*/, '');
  const names = ['libgreenio-dev', `libgreenio-pg${so}`, `libgreenio-server${so}`, `libgreenio${so}`];
  assert.deepEqual(packages().map(name => name.split('_')[0]), names);
  for (const part of ['', '_pg', '_server'])
    assert.match(run(libraries, 'readelf', ['-d', `libgreenio${part}.so`]), new RegExp(`SONAME.*\\[libgreenio${part}\\.so\\.${so}\\]`));
});

test('its own tests have run', () => {
  assert.match(readFileSync(join(sources, 'build/deb-tests/Testing/Temporary/LastTest.log'), 'utf8'), /^\d+ passed, 0 failed/m);
});

test('lintian has nothing to say', () => {
  const changes = readdirSync(folder).find(name => name.endsWith('.changes'));
  const printed = run(folder, 'lintian', ['--allow-root', '--fail-on', 'error,warning', '--display-info', changes]);
  assert.equal(printed, '');
});

test('the libraries come in one version, and what they need is said', () => {
  for (const name of packages().filter(name => /-(pg|server|dev)/.test(name)))
    assert.match(field(name, 'Depends'), /libgreenio0\.1 \(= /, name);
  const [pg] = packages().filter(name => name.startsWith('libgreenio-pg'));
  assert.match(field(pg, 'Depends'), /libpq5/);
  assert.match(field(packages().find(name => name.startsWith('libgreenio0')), 'Depends'), /libcurl4(t64)? .*libuv1(t64)? /);
});

test("the guide's chapters are there by the names that its links and greenio's messages have", () => {
  const chapters = readdirSync(join(root, 'docs')).filter(name => name.endsWith('.md'));
  const there = readdirSync(join(unpacked, 'usr/share/doc/libgreenio-dev'));
  assert.deepEqual(chapters.filter(name => !there.includes(name)), []);
  assert.ok(there.includes('copyright') && !there.includes('LICENSE'));
});

test('the changelog is there once', () => {
  const there = readdirSync(join(unpacked, 'usr/share/doc/libgreenio0.1')).filter(name => /change/i.test(name));
  assert.deepEqual(there.sort(), ['changelog.Debian.gz', 'changelog.gz']);
});

test('by pkg-config, shared and static', () => {
  copyFileSync(join(root, 'examples/hello/hello.c'), join(folder, 'hello.c'));
  for (const module of ['greenio', 'greenio-static']) {
    const pkg = { PKG_CONFIG_PATH: join(libraries, 'pkgconfig') };
    assert.equal(run(folder, 'pkg-config', ['--modversion', module], pkg).trim(), version);
    run(folder, 'sh', ['-ec', `cc -o ${module} hello.c $(pkg-config --cflags --libs ${module})`], pkg);
    assert.match(run(folder, `./${module}`, [], { LD_LIBRARY_PATH: libraries }), /hello from three/);
  }
});

test('by find_package, in a project of npm create greenio', () => {
  run(folder, process.execPath, [join(root, 'create/create.mjs'), 'service', 'service', '--name', 'installed']);
  const here = join(folder, 'service');
  run(here, 'cmake', ['--preset', 'native', `-DCMAKE_PREFIX_PATH=${join(unpacked, 'usr')}`]);
  run(here, 'cmake', ['--build', '--preset', 'native']);
  assert.match(run(here, 'ctest', ['--preset', 'native']), /100% tests passed/);
  assert.match(run(here, 'npm', ['test']), /^(#|ℹ) fail 0$/m);
});

test('built once more they are the same, byte for byte', { skip: !process.env.GREENIO_TWICE && 'GREENIO_TWICE is not set, and it takes as long again' }, () => {
  const digests = () => packages().map(name => `${name} ${createHash('sha256').update(readFileSync(join(folder, name))).digest('hex')}`);
  const once = digests();
  run(sources, 'dpkg-buildpackage', ['-us', '-uc', '-b'], { DEB_BUILD_OPTIONS: 'nocheck' });
  assert.deepEqual(digests(), once);
});
