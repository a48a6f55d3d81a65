// The worker of hosts.mjs on workerd: a program of greenio's in a Durable Object, which all requests share, or below /each
// an instance a request.
// @ts-ignore: the configuration has them
import wasm from 'program.wasm';
// @ts-ignore
import create from './program.mjs';

globalThis.location ??= /** @type {any} */ ({ href: '' }); // which emcc's code looks at

const options = env => ({
  arguments: env.ARGUMENTS ? env.ARGUMENTS.split(' ') : [],
  locateFile: path => path,
  instantiateWasm(imports, done) {
    const instance = new WebAssembly.Instance(wasm, imports);
    done(instance, wasm);
    return instance.exports;
  },
});

async function answer(instance, request) {
  const { green } = await instance;
  await green.app.ready;
  return green.app.fetch(request);
}

export class Program {
  constructor(state, env) {
    this.instance = create(options(env));
  }
  fetch(request) {
    return answer(this.instance, request);
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/each/')) return answer(create(options(env)), new Request(request.url.replace('/each/', '/'), request));
    return env.PROGRAM.get(env.PROGRAM.idFromName('one')).fetch(request);
  },
};
