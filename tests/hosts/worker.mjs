// The worker of hosts.mjs on workerd: a program of greenio's in a Durable Object, which all requests share, or below /each
// an instance a request.
// @ts-ignore: the configuration has them
import wasm from 'program.wasm';
// @ts-ignore
import { durableObject, eachRequest, instantiate } from 'greenio/web/workerd';
// @ts-ignore
import create from './program.mjs';

const options = env => ({ arguments: env.ARGUMENTS ? env.ARGUMENTS.split(' ') : [] });

/* What main prints, until it has ended. */
async function run(env) {
  const lines = [];
  const print = line => void lines.push(line);
  const { green } = await instantiate(create, wasm, { ...options(env), print, printErr: print });
  const status = await green.main;
  return new Response(lines.join('\n'), { status: status === 0 ? 200 : 500 });
}

const Served = durableObject(create, wasm, options);
const each = eachRequest(create, wasm, options);

export class Program extends Served {
  constructor(state, env) {
    super(state, env);
    this.env = env;
  }
  fetch(request) {
    return new URL(request.url).pathname === '/main' ? run(this.env) : super.fetch(request);
  }
}

export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/each/')) return each.fetch(new Request(request.url.replace('/each/', '/'), request), env);
    return env.PROGRAM.get(env.PROGRAM.idFromName('one')).fetch(request);
  },
};
