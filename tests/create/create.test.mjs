// `npm create greenio` itself: what it takes, asks, refuses and writes. What it writes is built in kinds.test.mjs.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { writeProject } from '../../create/project.mjs';
import { create, createScript, emptyFolder, filesIn, npmCreate, packCreate, root } from './tools.mjs';

const kinds = ['program', 'module', 'service', 'worker'];
const read = name => readFileSync(join(root, name), 'utf8');
const packageOf = folder => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

function accepted({ status, stdout, stderr }) {
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout;
}

function refused({ status, stdout, stderr }, pattern, code = 1) {
  assert.equal(status, code);
  assert.equal(stdout, '');
  assert.match(stderr, pattern);
  assert.match(stderr, /^create-greenio: .*\n$/, 'one line');
}

test('its version is that of greenio', () => {
  const { version } = JSON.parse(read('package.json'));
  assert.equal(JSON.parse(read('create/package.json')).version, version);
  assert.equal(accepted(create(emptyFolder(), ['--version'])), `${version}\n`);
  assert.match(read('CMakeLists.txt'), new RegExp(`project\\(greenio VERSION ${version} `));
});

test('its package has what it needs', () => {
  const packed = execFileSync('tar', ['tzf', packCreate()], { encoding: 'utf8' }).trim().split('\n').map(name => name.replace('package/', ''));
  const expected = ['LICENSE', 'README.md', 'package.json', ...readdirSync(join(root, 'create')).filter(name => name.endsWith('.mjs')),
    ...filesIn(join(root, 'create/templates')).map(name => `templates/${name}`)];
  assert.deepEqual(packed.sort(), expected.sort());
});

for (const kind of kinds) {
  test(`${kind}: the files, complete`, () => {
    const folder = emptyFolder();
    assert.match(accepted(create(folder, ['Hello', kind])), /cd Hello\n[^]*npm install[^]*npm run build[^]*npm test/);
    const files = filesIn(join(folder, 'Hello'));
    for (const name of ['.gitignore', '.vscode/launch.json', 'CMakeLists.txt', 'CMakePresets.json', 'README.md', 'package.json'])
      assert.ok(files.includes(name), name);
    assert.ok(files.some(name => /^tests\/.*_test\.c$/.test(name)) && files.some(name => /^tests\/.*\.test\.mjs$/.test(name)));
    assert.ok(files.length < 20);
    for (const name of files) {
      const text = readFileSync(join(folder, 'Hello', name), 'utf8');
      assert.doesNotMatch(text, /\{\{[\w>]/, `${name} has a value in every place`);
      assert.doesNotMatch(text, /\n\n\n|\r/, name);
    }
    const launch = JSON.parse(readFileSync(join(folder, 'Hello/.vscode/launch.json'), 'utf8'));
    const cmake = readFileSync(join(folder, 'Hello/CMakeLists.txt'), 'utf8');
    for (const { program } of launch.configurations.filter(one => one.program)) {
      const [, target] = /build\/(?:native|wasm)-debug\/(\w+)/.exec(program);
      assert.match(cmake, new RegExp(`add_executable\\(${target} `));
    }
    assert.equal(packageOf(join(folder, 'Hello')).name, 'hello', 'npm has no capitals');
    assert.match(cmake, /project\(Hello C\)/);
  });
}

test('a folder that holds something is refused and stays as it is', () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'full'));
  writeFileSync(join(folder, 'full/main.c'), 'mine');
  refused(create(folder, ['full', 'program']), /full is not empty \(main\.c\): no file is touched/);
  assert.deepEqual(filesIn(folder), ['full/main.c']);
  assert.equal(readFileSync(join(folder, 'full/main.c'), 'utf8'), 'mine');
});

test('a repository that was begun, with a licence, will do', () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'begun/.git'), { recursive: true });
  writeFileSync(join(folder, 'begun/.git/HEAD'), 'head');
  writeFileSync(join(folder, 'begun/LICENSE'), 'mine');
  accepted(create(join(folder, 'begun'), ['.', 'program']));
  assert.equal(packageOf(join(folder, 'begun')).name, 'begun');
  assert.equal(readFileSync(join(folder, 'begun/LICENSE'), 'utf8'), 'mine');
  assert.equal(readFileSync(join(folder, 'begun/.git/HEAD'), 'utf8'), 'head');
});

test('in the folder in which it is run nobody is told to change it', () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'here'));
  assert.doesNotMatch(accepted(create(join(folder, 'here'), ['.', 'module'])), /^ {2}cd /m);
});

test('folders on the way to it are made, and a blank in them is quoted', () => {
  const folder = emptyFolder();
  assert.match(accepted(create(folder, ['my projects/new/hello', 'service'])), /cd "my projects\/new\/hello"/);
  assert.ok(existsSync(join(folder, 'my projects/new/hello/CMakeLists.txt')));
});

test('where a file is, and below one, no folder can be', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'file'), '');
  refused(create(folder, ['file', 'program']), /is a file/);
  refused(create(folder, ['file/hello', 'program']), /is a file/);
  symlinkSync('nowhere', join(folder, 'dangling'));
  refused(create(folder, ['dangling', 'program']), /could not be written/);
});

test('names that a program, CMake, npm or Windows cannot have are refused', () => {
  const folder = emptyFolder();
  for (const name of ['my app', '9lives', '-', 'a.b', 'über', 'a'.repeat(65), '_a'])
    refused(create(folder, ['--', name, 'program']), /cannot be the program's name.*--name NAME/);
  for (const name of ['test', 'All', 'greenio', 'greenio_x', 'CON', 'lpt1', 'm', 'node_modules', 'race_test', 'worker', 'Worker'])
    refused(create(folder, [name, 'program']), /has already/);
  assert.deepEqual(readdirSync(folder), []);
  accepted(create(folder, ['My App', 'program', '--name', 'my-app']));
  assert.equal(packageOf(join(folder, 'My App')).name, 'my-app');
});

test('what is not known is refused, with what there is', () => {
  const folder = emptyFolder();
  refused(create(folder, ['hello', 'daemon']), /no kind "daemon"; there are: program, module, service, worker/);
  refused(create(folder, ['hello', 'program', 'more']), /what is "more"/);
  refused(create(folder, ['hello', 'program', '--kind', 'module']), /said twice: module and program/);
  refused(create(folder, ['hello', '--kinds', 'program']), /'--kinds'.*--help/);
  refused(create(folder, ['hello', '--kind']), /--kind/);
  assert.deepEqual(readdirSync(folder), []);
});

test('without a terminal it says what to say', () => {
  const folder = emptyFolder();
  for (const args of [[], ['hello'], ['--kind', 'program']]) refused(create(folder, args), /no terminal.*npm create greenio hello program/);
  assert.deepEqual(readdirSync(folder), []);
});

test('--help needs nothing else', () => {
  assert.match(accepted(create(emptyFolder(), ['--help'])), /^Usage: npm create greenio[^]*program[^]*module[^]*service[^]*worker/);
});

test('as npm runs it: options behind --, those that npm takes for its own, and without either', () => {
  const folder = emptyFolder(), tarball = packCreate();
  const ways = {
    behind: ['--', 'create-greenio', 'behind', '--kind', 'service'],
    kept: ['create-greenio', 'kept', '--kind=service'],
    plain: ['create-greenio', 'plain', 'service'],
    swallowed: ['create-greenio', 'swallowed', '--kind', 'service'],
  };
  for (const [name, args] of Object.entries(ways)) {
    const { status, stderr } = npmCreate(folder, tarball, args);
    assert.equal(status, 0, `${name}: ${stderr}`);
    assert.ok(existsSync(join(folder, name, 'app.c')), name);
    assert.ok(existsSync(join(folder, name, '.gitignore')), name);
  }
});

test('where greenio is from', () => {
  const folder = emptyFolder(), of = name => packageOf(join(folder, name)).dependencies.greenio;
  writeFileSync(join(folder, 'greenio-0.1.0.tgz'), '');
  mkdirSync(join(folder, 'other'));
  accepted(create(folder, ['one', 'program'])); // the script of a copy of the sources
  assert.equal(of('one'), `file:${root.replace(/\/$/, '')}`);
  assert.equal(npmCreate(folder, packCreate(), ['--', 'create-greenio', 'published', 'program']).status, 0);
  assert.equal(of('published'), `^${JSON.parse(read('package.json')).version}`);
  accepted(create(folder, ['two', 'program', '--greenio', './greenio-0.1.0.tgz']));
  assert.equal(of('two'), `file:${join(folder, 'greenio-0.1.0.tgz')}`);
  accepted(create(folder, ['three', 'program', '--greenio', root]));
  assert.equal(of('three'), `file:${root.replace(/\/$/, '')}`);
  accepted(create(folder, ['four', 'program', '--greenio', 'next']));
  assert.equal(of('four'), 'next');
  refused(create(folder, ['five', 'program', '--greenio', './nothing.tgz']), /there is no .*nothing\.tgz/);
  refused(create(folder, ['five', 'program', '--greenio', './other']), /other is not greenio's folder/);
});

test('what is missing on the machine is told', () => {
  const folder = emptyFolder(), empty = emptyFolder();
  const printed = accepted(create(folder, ['hello', 'program'], { PATH: empty }));
  assert.match(printed, /Not found on this machine: CMake, Ninja, a C compiler, pkg-config, libuv, .*Emscripten/);
  writeFileSync(join(empty, 'apt-get'), '');
  assert.match(accepted(create(folder, ['other', 'program'], { PATH: empty })), /sudo apt install cmake ninja-build .*libuv1-dev/);
});

test('a project that cannot be written whole is not there at all', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'race.h'), 'mine');
  assert.throws(() => writeProject(folder, { name: 'hello', kind: 'program', source: '', version: '0.1.0' }), /what was is gone again.*race\.h/);
  assert.deepEqual(readdirSync(folder), ['race.h']);
  assert.equal(readFileSync(join(folder, 'race.h'), 'utf8'), 'mine');
  const deep = join(folder, 'a/b/hello');
  mkdirSync(join(deep, '..'), { recursive: true });
  writeFileSync(deep, '');
  assert.throws(() => writeProject(deep, { name: 'hello', kind: 'program', source: '', version: '0.1.0' }), /gone again/);
  assert.deepEqual(readdirSync(dirname(deep)), ['hello']);
});

// On a terminal that `script` makes: types all at once, and gives what was shown and the status.
async function typing(folder, args, text) {
  const command = [process.execPath, createScript, ...args].map(word => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', data => {
    if (!shown) child.stdin.write(text); // it asks
    shown += data;
  });
  const [status] = await new Promise(ended => child.on('close', (...how) => ended(how)));
  return { status, shown };
}

test('it asks for what is not said', async () => {
  const folder = emptyFolder();
  const { status, shown } = await typing(folder, [], 'my-site\r3\r');
  assert.equal(status, 0, shown);
  assert.match(shown, /Folder[^]*1 program[^]*4 worker[^]*Kind/);
  assert.ok(existsSync(join(folder, 'my-site/app.c')));
});

test('Enter takes what stands there; an answer that will not do is asked for again', async () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'full/of'), { recursive: true });
  const { status, shown } = await typing(folder, [], 'full\r9\r\r5\r\r');
  assert.equal(status, 0, shown);
  assert.match(shown, /full is not empty[^]*cannot be the program's name[^]*no kind "5"/);
  assert.ok(existsSync(join(folder, 'hello/race.c')));
});

test('what is said is not asked for', async () => {
  const folder = emptyFolder();
  const { status, shown } = await typing(folder, ['named'], 'worker\r');
  assert.equal(status, 0, shown);
  assert.doesNotMatch(shown, /Folder/);
  assert.ok(existsSync(join(folder, 'named/page/worker.mjs')));
});

for (const [name, key] of [['Ctrl-C', '\x03'], ['the end of the input', '\x04']]) {
  test(`${name} leaves, and nothing was written`, async () => {
    const folder = emptyFolder();
    const { status, shown } = await typing(folder, [], `hello\r${key}`);
    assert.equal(status, 130, shown);
    assert.match(shown, /left; nothing was written/);
    assert.deepEqual(readdirSync(folder), []);
  });
}
