// Programs that a bundler has put into one file for Node. GREENIO_PROJECT and GREENIO_TOOLS as in package.test.mjs; the
// bundler is rolldown, which came with Vite.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const { GREENIO_PROJECT: project, GREENIO_TOOLS: tools } = process.env;
const { build } = await import(pathToFileURL(join(tools, 'node_modules/rolldown/dist/index.mjs')).href);
mkdirSync(project, { recursive: true });
const folder = mkdtempSync(join(project, 'bundle-'));
after(() => rmSync(folder, { recursive: true }));

// Bundles a program, and runs it where the .wasm lies beside it, or does not.
async function outcome(source, { format = 'esm', minify = false, wasm = true } = {}) {
  const root = mkdtempSync(join(folder, 'one-'));
  writeFileSync(join(root, 'server.mjs'), source);
  const file = join(root, 'out', format === 'cjs' ? 'server.cjs' : 'server.mjs');
  await build({ input: join(root, 'server.mjs'), cwd: root, platform: 'node', logLevel: 'silent', output: { file, format, minify } });
  if (wasm) copyFileSync(join(project, 'build/app.wasm'), join(root, 'out/app.wasm'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 60_000 });
  return { status, stdout, stderr };
}

const factory = JSON.stringify(join(project, 'build/app.mjs'));
const server = `import create from ${factory};
  export default function handler() { console.log('nobody calls this'); }
  create().then(({ green }) => green.call('nap', 'status', ['number'], [5])).then(console.log);`;

for (const format of ['esm', 'cjs']) {
  for (const minify of [false, true]) {
    test(`a program with a module in it is not the module: ${format}${minify ? ', minified' : ''}`, async () => {
      assert.deepEqual(await outcome(server, { format, minify }), { status: 0, stdout: '5\n', stderr: '' });
    });
  }
}

test('a .wasm that was not taken along is told as that', async () => {
  const { status, stdout } = await outcome(`import { load } from 'greenio'; import create from ${factory};
    load(create, { module: { printErr() {} } }).catch(({ code, message }) => console.log(code, message));`, { wasm: false });
  assert.equal(status, 0);
  assert.match(stdout, /^ENOENT what was given to load\(\): its script has found no \.wasm: have that lie beside it, as a bundler leaves it, or give it by the option wasm: /);
});
