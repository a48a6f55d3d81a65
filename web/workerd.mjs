/* greenio/workerd: a program on workerd, which Cloudflare's Workers are. docs/hosts.md says how.
 *
 * There is no compiling of WebAssembly in a worker, so the .wasm is imported and comes as a WebAssembly.Module; nothing is
 * beside the .mjs; and Emscripten's code looks at `location`, which newer dates of compatibility do not have.
 */

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

const answer = async (instance, request) => {
  const { green } = await instance;
  await green.app.ready;
  return green.app.fetch(request);
};
/* Calls over() when a program can answer nothing any more. That its main has ended well is no such end. */
const watch = async (instance, over) => {
  try {
    const { green } = await instance;
    await green.app.ready;
    if (await green.main) over();
  } catch {
    over();
  }
};
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
  fetch(request) {
    this.#instance ??= this.#begun();
    return answer(this.#instance, request);
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
