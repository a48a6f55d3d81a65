// Programs of both kinds of contexts, Asyncify and JSPI, under Nodes with and without JSPI: which kind they take, that they
// tell the same, and that what cannot be is refused by name. GREENIO_MODULES is their folder. A Node with JSPI is this
// one, or GREENIO_JSPI_NODE.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const folder = process.env.GREENIO_MODULES;
const teller = fileURLToPath(new URL('tell.mjs', import.meta.url));
const hasJspi = 'Suspending' in WebAssembly;
const jspiNode = process.env.GREENIO_JSPI_NODE || (hasJspi && process.execPath);
const plainNode = hasJspi ? null : process.execPath;
const withoutJspi = { skip: !plainNode && 'this Node has JSPI' };
const withJspi = { skip: !jspiNode && 'this Node has no JSPI, and GREENIO_JSPI_NODE names none' };
const run = promisify(execFile);

async function tell(node, program, ...args) {
  const { stdout, stderr } = await run(node, [teller, join(folder, `kinds_${program}.mjs`), ...args]);
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

// A story begins with an order that is known.
const order = [0, 1, 2].flatMap(i => ['first', 'second', 'third'].map(who => `${who} ${i}`)).join('\n');
const endOf = 'joined 0\nwrong words or squares 0\na sleep that was cancelled -125\ncancelled -125\ndeep 21\nended 2000\n';
const story = `${order}\n${endOf}`;

function assertKind(told, kind) {
  const mostTasks = kind === 'jspi' ? 8000 : null; // Infinity
  assert.deepEqual({ contexts: told.contexts, inC: told.inC, mostTasks: told.mostTasks }, { contexts: kind, inC: kind, mostTasks });
  assert.equal(told.mostTasksInC, mostTasks ?? 0);
  assert.equal(told.story, story);
}

const throwing = ['thrown', 'lto', 'small'];
const right = Array.from({ length: 40 }, () => 1);

for (const way of ['create', 'load']) {
  test(`${way}: without JSPI, Asyncify is taken`, withoutJspi, async () => {
    for (const program of ['asyncify', 'both', 'single', ...throwing]) {
      if (way === 'load' && program === 'single') continue; // there is no file beside it
      const told = await tell(plainNode, program, 'none', way);
      assertKind(told, 'asyncify');
      if (throwing.includes(program)) assert.deepEqual(told.handled, right);
    }
  });

  test(`${way}: with JSPI, that is taken, or Asyncify where the option says so`, withJspi, async () => {
    for (const program of ['both', 'single', ...throwing]) {
      if (way === 'load' && program === 'single') continue;
      for (const [option, kind] of [['none', 'jspi'], ['jspi', 'jspi'], ['asyncify', 'asyncify']]) {
        const told = await tell(jspiNode, program, option, way);
        assertKind(told, kind);
        if (throwing.includes(program)) assert.deepEqual(told.handled, right, kind);
      }
    }
    assertKind(await tell(jspiNode, 'jspi', 'none', way), 'jspi');
    assertKind(await tell(jspiNode, 'asyncify', 'none', way), 'asyncify');
  });
}

// An export that Emscripten 3.1.6 has not been asked for yet is a function of JavaScript around it.
for (const kind of ['asyncify', 'jspi']) {
  const [node, skip] = kind === 'jspi' ? [jspiNode, withJspi] : [plainNode ?? jspiNode, {}];
  test(`exports of all names wait: ${kind}`, skip, async () => {
    const script = `
      import create from ${JSON.stringify(pathToFileURL(join(folder, 'kinds_exports.mjs')).href)};
      const { green } = await create({ greenContexts: '${kind}' });
      const told = promise => promise.then(value => String(value), ({ code, message }) => code + ': ' + message);
      const first = await told(green.call('number_00', 'number'));
      const names = Array.from({ length: 100 }, (_, i) => 'number_' + String(i).padStart(2, '0'));
      const got = await Promise.all(names.map(name => green.call(name, 'number', ['number'], [1000])
        .catch(({ message }) => name + ': ' + message)));
      const left = await told(green.call('leave', 'void', ['number'], [3]));
      console.log(JSON.stringify({ first, got, left, behind: await told(green.call('number_00', 'number', ['number'], [1])) }));
    `;
    const { stdout } = await run(node, ['--input-type=module', '-e', script]);
    const closed = 'ETRAP: an exception in a handler of exit() closed the module: from a handler';
    assert.deepEqual(JSON.parse(stdout), {
      first: 'EINVAL: number_00() takes 1 argument in C, and argTypes names 0 types', got: Array.from({ length: 100 }, (_, i) => 1000 + i), left: closed, behind: closed,
    });
  });
}

test('what a program or an engine has not is refused by name', async () => {
  const node = plainNode ?? jspiNode;
  assert.deepEqual(await tell(node, 'both', 'fibers'), { code: 'EINVAL', message: "greenContexts is 'asyncify' or 'jspi', or is left out" });
  assert.deepEqual(await tell(node, 'asyncify', 'jspi'), {
    code: 'ENOTSUP', message: "greenContexts: 'jspi', but the program was built for asyncify alone: have its target's GREENIO_CONTEXTS say jspi, or both",
  });
  assert.deepEqual(await tell(node, 'asyncify', 'fibers'), { code: 'EINVAL', message: "greenContexts is 'asyncify' or 'jspi', or is left out" });
});

test('without JSPI, a program that must have it says so', withoutJspi, async () => {
  for (const [program, option] of [['both', 'jspi'], ['jspi', 'none'], ['jspi', 'jspi']]) {
    const { code, message } = await tell(plainNode, program, option);
    assert.equal(code, 'ENOTSUP');
    assert.match(message, /needs an engine with JSPI \(WebAssembly\.Suspending\)/);
  }
});

test('a program that is run without JSPI says so, and fails', withoutJspi, async () => {
  const { code, stdout, stderr } = await run(plainNode, [join(folder, 'kinds_jspi.mjs')]).catch(error => error);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^greenio: the program needs an engine with JSPI \(WebAssembly\.Suspending\), as Node 26.*\n$/);
});

// emscripten 10637 and 22508: locateFile() that gives one file whatever it is asked for.
test("the other kind's .wasm is refused by its name", withJspi, async () => {
  for (const program of ['both', 'exports']) {
    const takesBytes = readFileSync(join(folder, `kinds_${program}.mjs`), 'utf8').includes('Module["wasmBinary"]'); // not on 6.0.5
    for (const [option, other] of [['jspi', 'asyncify'], ['asyncify', 'jspi']]) {
      const script = `
        import create from ${JSON.stringify(pathToFileURL(join(folder, `kinds_${program}.mjs`)).href)};
        import { readFileSync } from 'node:fs';
        const file = ${JSON.stringify(join(folder, `kinds_${program}${other === 'jspi' ? '.jspi' : ''}.wasm`))};
        const options = { greenContexts: '${option}', printErr() {} };
        for (const more of [{ locateFile: () => file }, { wasmBinary: readFileSync(file) }].slice(0, ${takesBytes ? 2 : 1})) {
          await create({ ...options, ...more }).then(() => console.log('resolved'), ({ message }) => console.log(message));
        }
        process.exit();
      `;
      const { stdout } = await run(jspiNode, ['--input-type=module', '-e', script]);
      const lines = stdout.trim().split('\n');
      assert.equal(lines.length, takesBytes ? 2 : 1);
      for (const line of lines) assert.ok(line.includes(`the .wasm is the one for ${other}, and its JavaScript was taken for ${option}: locateFile(name)`), line);
    }
  }
});

for (const kind of ['asyncify', 'jspi']) {
  test(`a number of tasks that is none is refused by name: ${kind}`, kind === 'jspi' ? withJspi : {}, async () => {
    const script = `
      import create from ${JSON.stringify(pathToFileURL(join(folder, `kinds_${kind}.mjs`)).href)};
      const make = async options => create(options);
      for (const greenTasks of [-1, 'many', NaN, '100']) {
        await make({ greenTasks }).then(() => console.log('resolved'), ({ code, message }) => console.log(code, message));
      }
      const { green } = await create({ greenTasks: 7 });
      console.log(green.mostTasks);
      process.exit();
    `;
    const { stdout } = await run(kind === 'jspi' ? jspiNode : plainNode ?? jspiNode, ['--input-type=module', '-e', script]);
    assert.equal(stdout, 'EINVAL greenTasks is a number from 0, or is left out\n'.repeat(4) + (kind === 'jspi' ? '7\n' : 'Infinity\n'));
  });
}

test('a JSPI program refuses Asyncify', withJspi, async () => {
  const { code, message } = await tell(jspiNode, 'jspi', 'asyncify');
  assert.equal(code, 'ENOTSUP');
  assert.match(message, /built for jspi alone/);
});

test('load() takes the kind of the .wasm that it is given, and refuses another', withJspi, async () => {
  const script = `
    import { load, compile } from ${JSON.stringify(new URL('../../web/node.mjs', import.meta.url).href)};
    import { pathToFileURL } from 'node:url';
    const url = name => pathToFileURL(${JSON.stringify(folder)} + '/' + name);
    const told = [];
    for (const name of ['kinds_both.wasm', 'kinds_both.jspi.wasm']) {
      const given = await load(url('kinds_both.mjs'), { wasm: url(name) });
      const compiled = await compile(url(name));
      const again = await load(import(url('kinds_both.mjs')), { wasm: compiled });
      told.push(given.green.contexts, again.green.contexts);
    }
    const wrong = load(url('kinds_both.mjs'), { wasm: url('kinds_both.wasm'), module: { greenContexts: 'jspi' } });
    told.push(await wrong.catch(error => error.code + ': ' + error.message));
    console.log(JSON.stringify(told));
    process.exit();
  `;
  const { stdout } = await run(jspiNode, ['--input-type=module', '-e', script]);
  assert.deepEqual(JSON.parse(stdout), ['asyncify', 'asyncify', 'jspi', 'jspi', "EINVAL: greenContexts: 'jspi', but the .wasm is the one for asyncify"]);
});

test('one .mjs and two .wasm, of which JSPI\'s is the smaller; nothing else is left', () => {
  const files = readdirSync(folder).filter(name => name.startsWith('kinds_both.')).sort();
  assert.deepEqual(files.filter(name => /\.(m?js|wasm)$/.test(name)), ['kinds_both.jspi.wasm', 'kinds_both.mjs', 'kinds_both.wasm']);
  const size = name => statSync(join(folder, name)).size;
  assert.ok(size('kinds_both.jspi.wasm') < size('kinds_both.wasm'));
  const parts = readFileSync(join(folder, 'kinds_both.mjs'), 'utf8').match(/argTypes must be an array/g);
  assert.equal(parts.length, 1, "greenio's own JavaScript is there once");
});

test('a program of both kinds is these three files: it runs from another folder', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'greenio-kinds-'));
  try {
    for (const end of ['.mjs', '.wasm', '.jspi.wasm']) copyFileSync(join(folder, `kinds_both${end}`), join(elsewhere, `kinds_both${end}`));
    const { stdout } = await run(jspiNode || plainNode, [teller, join(elsewhere, 'kinds_both.mjs')]);
    assertKind(JSON.parse(stdout), jspiNode ? 'jspi' : 'asyncify');
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});
