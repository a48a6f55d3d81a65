// The Emscripten port, under the Emscripten that is here: what it builds is what CMake builds. Emscripten 3.1.6
// has no ports from files, and says so.
//
// GREENIO_TARBALL is the package; without it, this tree is taken in its place.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { contribution } from '../../emscripten/contrib.mjs';
import { first } from './document.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const tarball = process.env.GREENIO_TARBALL;
const folder = mkdtempSync(join(tmpdir(), 'greenio-port-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const at = name => join(folder, name);
const run = (command, ...args) => spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
const works = (command, ...args) => {
  const { status, stdout, stderr } = run(command, ...args);
  assert.equal(status, 0, stdout + stderr);
  return stdout + stderr;
};
const refuses = (pattern, ...args) => {
  const { status, stderr } = run('emcc', ...args);
  assert.notEqual(status, 0);
  assert.match(stderr, pattern);
};

const installed = at('node_modules/greenio');
if (tarball && existsSync(tarball)) {
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', tarball, '-C', installed, '--strip-components=1']);
} else {
  execFileSync(process.execPath, [join(root, 'emscripten/list.mjs')]);
  mkdirSync(at('node_modules'));
  symlinkSync(root, installed);
}
writeFileSync(at('package.json'), '{ "type": "module" }\n');
writeFileSync(at('app.c'), first('c'));
writeFileSync(at('CMakeLists.txt'), first('cmake'));

const version = execFileSync('emcc', ['-dumpversion'], { encoding: 'utf8' }).trim();
const [major, minor, patch] = version.split('.').map(Number);
const hasPorts = major > 3 || (major === 3 && minor === 1 && patch >= 54);
const port = 'node_modules/greenio/emscripten/greenio.py';
const use = `--use-port=${port}`;

async function greets(file) {
  const { default: create } = await import(pathToFileURL(at(file)).href);
  const { green } = await create();
  const greet = green.wrap('greet', 'string!', ['string']);
  assert.deepEqual(await Promise.all(['a', 'b'].map(name => greet(name))), ['hello, a', 'hello, b']);
  assert.equal(await green.main, 7);
}

// Of a program, what does not depend on the order in which the library's objects were linked.
function parts(name) {
  const module = new WebAssembly.Module(readFileSync(at(`${name}.wasm`)));
  const names = list => list.map(item => `${item.kind} ${item.module ?? ''}.${item.name}`).sort();
  const words = readFileSync(at(`${name}.mjs`), 'utf8').split(/\W+/).sort();
  return { exports: names(WebAssembly.Module.exports(module)), imports: names(WebAssembly.Module.imports(module)), words };
}

if (!hasPorts) {
  test(`Emscripten ${version} has no ports from files, and says so`, () => {
    refuses(/unsupported option '--use-port=/, 'app.c', '-o', 'app.mjs', use);
  });
} else {
  test(`Emscripten ${version}: the list in the package is the one that CMake gives here`, () => {
    works(process.execPath, join(root, 'emscripten/list.mjs'), at('list.json'));
    const [packed, here] = [join(installed, 'emscripten/greenio.json'), at('list.json')].map(file => JSON.parse(readFileSync(file, 'utf8')));
    assert.deepEqual(packed, here);
    assert.ok(here.release.sources.length > 20 && here.release.link.length > 10);
    for (const path of here.debug.sources.concat(here.debug.link).filter(text => text.startsWith('@/'))) {
      assert.ok(existsSync(join(installed, path.slice(2))), `${path} is in the package`);
    }
  });

  test('one line builds what CMake builds', async () => {
    works('emcc', 'app.c', '-O2', '-o', 'app.mjs', use);
    await greets('app.mjs');
    works('emcmake', 'cmake', '-G', 'Ninja', '-B', 'build', '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_C_FLAGS_RELEASE=-O2');
    works('cmake', '--build', 'build', '-j2');
    assert.deepEqual(parts('app'), parts('build/app'));
  });

  test('compiled and linked one after the other, without a warning', async () => {
    works('emcc', '-Wall', '-Werror', '-c', 'app.c', '-o', 'app.o', use);
    works('emcc', '-Werror', 'app.o', '-o', 'two.mjs', use);
    await greets('two.mjs');
  });

  test('its options', async () => {
    works('emcc', 'app.c', '-o', 'debug.mjs', `${use}:debug=1:opt_level=0`);
    await greets('debug.mjs');
    assert.match(readFileSync(at('debug.mjs'), 'utf8'), /__handle_stack_overflow/);
    assert.match(works('emcc', `${use}:help`), /opt_level: optimization of greenio itself/);
    refuses(/opt_level is 0, 1, 2, 3, s or z, not `9`/, 'app.c', '-o', 'x.mjs', `${use}:opt_level=9`);
    refuses(/debug is 0 or 1, not `yes`/, 'app.c', '-o', 'x.mjs', `${use}:debug=yes`);
  });

  test('what is instrumented is told, and narrowed by hand', async () => {
    const tool = join(installed, 'wasm/instrumented.mjs');
    const told = works(process.execPath, tool, '--', 'emcc', 'app.c', '-O2', use, '-o', 'app.mjs');
    assert.match(told, /without the pass [\d,]+, so \+\d+%/);
    writeFileSync(at('app.addlist'), 'green__job_run,greet');
    const narrow = ['--emit-symbol-map', '-Wl,--export=green__job_run',
      '-sBINARYEN_EXTRA_PASSES=--asyncify,--pass-arg=asyncify-imports@env.invoke_*,--pass-arg=asyncify-ignore-indirect,--pass-arg=asyncify-addlist@@app.addlist'];
    const instrumented = module => JSON.parse(works(process.execPath, tool, module, '--json')).totals.instrumented;
    works('emcc', 'app.c', '-O2', '-o', 'wide.mjs', use);
    for (const [name, ...args] of [['first', ...narrow, use], ['last', use, ...narrow]]) {
      works('emcc', 'app.c', '-O2', '-o', `${name}.mjs`, ...args);
      await greets(`${name}.mjs`);
      assert.ok(instrumented(`${name}.wasm`) < instrumented('wide.wasm') / 2, name);
      assert.equal(works(process.execPath, tool, `${name}.wasm`, '--list', 'app.addlist'), '');
    }
    const check = ['--extern-pre-js', join(installed, 'emscripten/joined/greenio_check.mjs')];
    works('emcc', 'app.c', '-O2', '-o', 'checked.mjs', use, ...narrow, '--profiling-funcs', ...check);
    await greets('checked.mjs');
  });

  const fetches = major > 4 || (major === 4 && (minor > 0 || patch >= 10));
  const unless = { skip: !fetches ? `Emscripten ${version} fetches no ports of others` : !tarball && 'GREENIO_TARBALL is not set' };
  test('as a contributed port: fetched, its digest looked at, its options known', unless, async () => {
    const text = contribution(tarball, pathToFileURL(tarball).href);
    writeFileSync(at('greenio_fetched.py'), text);
    works('emcc', 'app.c', '-O2', '-o', 'fetched.mjs', '--use-port=greenio_fetched.py');
    await greets('fetched.mjs');
    assert.match(works('emcc', '--use-port=greenio_fetched.py:help'), /MIT[^]*opt_level: [^]*npmjs\.com\/package\/greenio/);
    refuses(/opt_level is 0, 1, 2, 3, s or z, not `9`/, 'app.c', '-o', 'x.mjs', '--use-port=greenio_fetched.py:opt_level=9');
    writeFileSync(at('greenio_changed.py'), text.replace(/(SHA512 = ')./, '$1x'));
    refuses(/Unexpected hash/, 'app.c', '-o', 'x.mjs', '--use-port=greenio_changed.py');
    assert.match(contribution(tarball), /^EXTERNAL_PORT = f'https:\/\/registry\.npmjs\.org\/greenio\/-\/greenio-\{TAG\}\.tgz'$/m);
  });

  test('what cannot work is refused in a sentence', () => {
    refuses(/-sASYNCIFY cannot be combined with greenio/, 'app.c', '-o', 'x.mjs', use, '-sASYNCIFY');
    const sets = /greenio: the program sets -sBINARYEN_EXTRA_PASSES/;
    refuses(sets, 'app.c', '-o', 'x.mjs', '-sBINARYEN_EXTRA_PASSES=--vacuum', use);
    refuses(sets, 'app.c', '-o', 'x.mjs', use, '-sBINARYEN_EXTRA_PASSES=--vacuum');
  });
}
