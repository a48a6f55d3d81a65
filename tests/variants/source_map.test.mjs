/* -gsource-map: the map is that of the module after the Asyncify pass, so the offsets in an error's stack
 * lead to the lines of the C files. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { test } from 'node:test';

const path = process.env.GREENIO_MODULE;
const { default: create } = await import(path);
const map = JSON.parse(await readFile(path.replace(/\.mjs$/, '.wasm.map'), 'utf8'));
const sourceOf = file => readFile(new URL('../node/' + file, import.meta.url), 'utf8');

/* The places in C of the frames of a stack, innermost first. A wasm module is one line of bytes. */
const places = error => {
  const lines = new SourceMap(map);
  return [...error.stack.matchAll(/wasm-function\[\d+\]:(0x[\da-f]+)/g)].map(([, offset]) => {
    const { originalSource, originalLine } = /** @type {any} */ (lines.findEntry(0, Number(offset)));
    return originalSource && originalSource.replace(/.*\//, '') + ':' + (originalLine + 1);
  });
};

/* Of the text that comes first behind `after`. */
async function lineOf(file, after, text) {
  const source = await sourceOf(file);
  return file + ':' + source.slice(0, source.indexOf(text, source.indexOf(after))).split('\n').length;
}

test('the map names the C files of the program and of greenio', () => {
  for (const name of ['api.c', 'api_stack.c', 'wait.c', 'context.c']) {
    assert.ok(map.sources.some(file => file.endsWith(name)), name + ' is not in ' + map.sources.join(' '));
  }
});

test('the stack of a trap leads to its function', async () => {
  const app = await create({ printErr() {} });
  const error = await app.green.call('trap', 'number').catch(reason => reason);
  const texts = ['EXPORT int trap(void)', 'green_yield', '__builtin_trap'];
  const lines = await Promise.all(texts.map(text => lineOf('api_stack.c', 'EXPORT int trap(void)', text)));
  assert.ok(lines.includes(places(error.cause)[0]), places(error.cause).join()); /* a trap of -O2 has no line of its own */
});

test('the stack of a JavaScript exception leads to the C that called it', async () => {
  const app = await create();
  const error = await app.green.call('throwing', 'status', ['number'], [2]).catch(reason => reason);
  assert.equal(places(error.cause)[0], await lineOf('api.c', 'EXPORT int throwing(', 'throw_error();'));
});
