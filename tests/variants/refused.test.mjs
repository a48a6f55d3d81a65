/* What cannot be combined with greenio is refused at build time, in a sentence that says why and what
 * instead: at configure time what CMake alone can see, at link time what emcc knows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const { GREENIO_CMAKE: cmake, GREENIO_BINARY_DIR: build, GREENIO_TOOLCHAIN: toolchain, GREENIO_REFUSED: refused } = process.env;

/* Runs cmake: whether it succeeded, and what it said as one line. */
const run = (...args) => new Promise(resolve => {
  execFile(cmake, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
    resolve({ ok: !error, text: (stdout + stderr).replace(/\s+/g, ' ') });
  });
});

const atLink = {
  asyncify: /-sASYNCIFY cannot be combined with greenio, which runs the pass itself: leave it out/,
  asyncify_only: /-sASYNCIFY_ONLY, .* are for Emscripten's own pass, .* the properties GREENIO_ASYNCIFY_ADD/,
  jspi: /-sJSPI cannot be combined with greenio, because a longjmp\(\) across a wait fails beside it/,
  wasm_exceptions: /-fwasm-exceptions cannot be combined .* use -fexceptions/,
  wasm_longjmp: /-sSUPPORT_LONGJMP=wasm cannot be combined .* use -sSUPPORT_LONGJMP=emscripten/,
  closure: /--closure 1 cannot be combined .* a bundler can make the output smaller/,
  minimal_runtime: /-sMINIMAL_RUNTIME cannot be combined/,
  abort_on_exceptions: /-sABORT_ON_WASM_EXCEPTIONS cannot be combined .* fails one task and not the module/,
};

for (const name of refused.split(' ')) {
  test('refused at link time: ' + name, async () => {
    const { ok, text } = await run('--build', build, '--target', 'refused_' + name);
    assert.equal(ok, false);
    assert.match(text, atLink[name]);
  });
}

const atConfigure = {
  passes: /passes sets -sBINARYEN_EXTRA_PASSES=--dce: greenio's own would replace it/,
  script: /script sets -sMODULARIZE=0: greenio makes an ES module with a factory/,
  instance: /instance sets -sMODULARIZE=instance: greenio makes an ES module/,
  no_module: /no_module sets -sEXPORT_ES6=0:/,
  spaced: /spaced sets -sEXIT_RUNTIME=0: it would drop exit handlers/,
  no_bigint: /no_bigint sets -sWASM_BIGINT=0: greenio's 64-bit integers are BigInts/,
  javascript: /javascript sets -sWASM=0: greenio needs WebAssembly/,
  proxied: /proxied sets -sPROXY_TO_PTHREAD: .*load the module in a Web Worker instead/,
  memory64: /memory64 sets -sMEMORY64=1: greenio's JavaScript takes addresses for numbers/,
  main_module: /main_module sets -sMAIN_MODULE: Asyncify does not see the code of side modules.*link the libraries statically/,
  exceptions_jspi: /exceptions_jspi sets -fexceptions: JSPI cannot suspend the frames of JavaScript that it makes; use -fwasm-exceptions, -sSUPPORT_LONGJMP=wasm/,
  longjmp_jspi: /longjmp_jspi sets -sSUPPORT_LONGJMP=emscripten: JSPI cannot suspend the frames of JavaScript/,
  tail_call: /tail_call sets -mtail-call: Binaryen's Asyncify does not know tail calls/,
};

test('refused when configured', async context => {
  const folder = build + '/refused';
  await rm(folder, { recursive: true, force: true });
  const { ok, text } = await run('-G', 'Ninja', '-DCMAKE_TOOLCHAIN_FILE=' + toolchain, '-S', fileURLToPath(new URL('refused', import.meta.url)), '-B', folder);
  assert.equal(ok, false);
  for (const [name, sentence] of Object.entries(atConfigure)) await context.test(name, () => assert.match(text, sentence));
  assert.doesNotMatch(text, /the program (taken|exceptions_both|longjmp_both)/);
});
