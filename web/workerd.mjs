/* greenio/workerd: a program on workerd, which Cloudflare's Workers are. docs/hosts.md says how.
 *
 * There is no compiling of WebAssembly in a worker, so the .wasm is imported and comes as a WebAssembly.Module; nothing is
 * beside the .mjs; and Emscripten's code looks at `location`, which newer dates of compatibility do not have.
 */

import { GreenError } from '../wasm/error.mjs';

/* The module's instance: `create` is the default export of its .mjs, `wasm` that of its .wasm. */
export async function instantiate(create, wasm, options = {}) {
  if (!(wasm instanceof WebAssembly.Module)) {
    throw new TypeError('greenio/workerd: the .wasm is to be imported, as a WebAssembly.Module: import wasm from "./program.wasm"');
  }
  globalThis.location ??= /** @type {any} */ ({ href: '' });
  return create({
    locateFile: path => path,
    instantiateWasm(imports, done) {
      const instance = new WebAssembly.Instance(wasm, imports);
      done(instance, wasm);
      return instance.exports;
    },
    ...options,
  });
}

/* Resolves when the program answers requests; one that ends before it does never would. Once an instance, or each request
 * would leave a reaction at its main. */
const begun = new WeakMap();
const serving = green => {
  const ended = () => { throw new GreenError('ECLOSED', 'the program has ended, and serves no application'); };
  if (!begun.has(green)) begun.set(green, Promise.race([green.app.ready, green.main.then(ended)]));
  return begun.get(green);
};
const answer = async (instance, request) => {
  const { green } = await instance;
  await serving(green);
  return green.app.fetch(request);
};
/* Calls over() when a program can answer nothing any more. That its main has ended well is no such end. */
const watch = async (instance, over) => {
  try {
    const { green } = await instance;
    await serving(green);
    if (await green.main) over();
  } catch {
    over();
  }
};
/* The module itself has ended, by a trap or exit(), whatever its main has said before. */
const isOver = error => ['ECLOSED', 'ETRAP'].includes(error?.code);
const optionsFor = (options, ...args) => (typeof options == 'function' ? options(...args) : options);

/* A class for a Durable Object: one instance, which answers all of its requests. Tasks of different requests may wait for
 * each other there. One that could not be made, or whose program has failed, is made anew for the next request: its
 * database was not there, say. */
export const durableObject = (create, wasm, options) => class {
  #instance;
  #make;
  constructor(state, env) {
    this.#make = () => instantiate(create, wasm, optionsFor(options, env, state));
  }
  async fetch(request) {
    const mine = (this.#instance ??= this.#begun());
    try {
      return await answer(mine, request);
    } catch (error) {
      if (isOver(error) && this.#instance === mine) this.#instance = undefined;
      throw error;
    }
  }
  #begun() {
    const mine = this.#make();
    watch(mine, () => {
      if (this.#instance === mine) this.#instance = undefined;
    });
    return mine;
  }
};

/* A fetch handler with an instance a request: without an object, what one request waits for must not be woken by another. */
export const eachRequest = (create, wasm, options) => ({
  fetch: (request, env) => answer(instantiate(create, wasm, optionsFor(options, env)), request),
});
