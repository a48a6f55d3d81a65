/* load(): an instance of a module that emcc made with greenio in it. `host` as in compile.mjs. */
import { GreenError } from '../wasm/error.mjs';
import { kindOf, prefersJspi } from '../wasm/kinds.mjs';
import { isA, seen } from '../wasm/outside.mjs';
import { address, forbidden, get, isAddress, mayCompile, refusal, unlessAborted } from './compile.mjs';

const scripts = ['text/javascript', 'application/javascript', 'application/x-javascript'];

/* import() tells little of why it failed: the server may tell more. */
async function importFrom(host, url) {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ url.href);
  } catch (error) {
    if (host.readsFile(url)) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw new GreenError('ENOENT', `${url}: no such file, or one that it imports`, { cause: error });
    }
    if (error instanceof SyntaxError) throw error;
    const response = await get(host, url);
    response.body?.cancel();
    throw refusal(url, response, scripts) ?? error;
  }
}

/* The factory, and a name for what went wrong with it. */
async function factoryOf(host, source) {
  const given = isAddress(source) ? await importFrom(host, address(host, source)) : await source;
  const factory = typeof given == 'function' ? given : given?.default;
  const name = isAddress(source) ? String(source) : 'what was given to load()';
  if (typeof factory != 'function') {
    throw new GreenError('EINVAL', `${name} has no factory for its default export: it is not an ES module that emcc made (-sMODULARIZE -sEXPORT_ES6)`);
  }
  return { factory, name };
}

function unfit(error) {
  if (!(error instanceof WebAssembly.LinkError || error instanceof TypeError)) throw error;
  throw new GreenError('EPROTO', `the .wasm does not belong to the .mjs: ${error.message}`, { cause: error });
}

/* How Emscripten's code ends that finds no .wasm by itself, or cannot compile it. */
const unfetched = /^Aborted\((?:(?:both async and )?sync fetching of the wasm failed|(?:Error: )?ENOENT: )/;
const miscompiled = /^Aborted\((?:CompileError|EvalError)\b/;

async function unfound(name, error) {
  const { message } = seen(error);
  if (miscompiled.test(message)) {
    if (!(await mayCompile())) return forbidden(name, error);
    return new GreenError('EPROTO', `${name}: the .wasm that its script has found is not a WebAssembly module: ${message}`, { cause: error });
  }
  if (!unfetched.test(message)) return null;
  return new GreenError('ENOENT', `${name}: its script has found no .wasm: have that lie beside it, as a bundler leaves it, or give it by the option wasm: ${message}`, { cause: error });
}

/* What ended the start of a program: an Error comes through as it is, what says nothing by itself in a sentence. */
function unstarted(name, error) {
  const { message, stack } = seen(error);
  const uncaught = typeof error == 'number' || /cxa_throw/.test(stack) || /Exception catching is disabled/.test(message);
  const where = `${name} has not started: ${uncaught ? 'a C++ exception' : isA(error, WebAssembly.RuntimeError) ? 'a trap' : 'an exception'} in a constructor or in main`;
  if (isA(error, WebAssembly.RuntimeError)) return new GreenError('ETRAP', `${where}: ${message}`, { cause: error });
  if (isA(error, Error)) return error;
  return new GreenError('EEXCEPTION', uncaught ? where : `${where}: ${message}`, { cause: error });
}

/* Emscripten's own; given, it does not look for the .wasm beside an address that a classic script has not. */
const locateFile = (name, folder) => folder + name;

/* Emscripten has no way to tell its factory that an instance could not be made. */
function instantiating(module) {
  let fail;
  const failed = new Promise((_, reject) => { fail = reject; });
  const instantiateWasm = (imports, done) => {
    WebAssembly.instantiate(module, imports).then(instance => done(instance, module), unfit).catch(fail);
    return {};
  };
  return { instantiateWasm, failed };
}

/* `app.wasm` for `app.mjs`, as emcc names them; of a program of both kinds of contexts `app.jspi.wasm` is for JSPI. */
export function beside(url, kind) {
  const wasm = new URL(url);
  wasm.pathname = wasm.pathname.replace(/\.(m?js|wasm)$/, '') + (kind === 'jspi' ? '.jspi.wasm' : '.wasm');
  return wasm;
}

/* Whether it is `app.wasm` whatever kinds the program has, so that both files can be fetched at once. Otherwise the
 * .mjs comes first, and tells: nothing is fetched twice. */
const isPlain = wanted => wanted === 'asyncify' || (wanted === undefined && !prefersJspi());

/* What the factory is told of the kind: that of the .wasm which it gets. */
function telling(factory, compiled, wanted) {
  const kind = factory.greenContexts && kindOf(compiled);
  if (!kind || kind === wanted) return {};
  if (wanted !== undefined) throw new GreenError('EINVAL', `greenContexts: '${wanted}', but the .wasm is the one for ${kind}`);
  return { greenContexts: kind };
}

async function loadAny(host, compile, source, { wasm, module = /** @type {any} */ ({}), onProgress, signal }) {
  const url = isAddress(source) ? address(host, source) : null;
  const wanted = module.greenContexts ?? undefined;
  const compiling = from => {
    const started = compile(from, { onProgress, signal });
    started.catch(() => {}); /* the factory's failure is told first */
    return { started };
  };
  const isGiven = wasm !== undefined && wasm !== null;
  if (!isGiven && (wasm === null || !url) && onProgress) {
    throw new GreenError('EINVAL', 'onProgress needs to know where the .wasm is: name it by the option wasm');
  }
  let compiled = isGiven ? compiling(wasm) : url && wasm === undefined && isPlain(wanted) ? compiling(beside(url)) : null;
  const { factory, name } = await factoryOf(host, source);
  if (!compiled && url && wasm === undefined) compiled = compiling(beside(url, factory.greenContexts?.(wanted)));
  const made = compiled && (await compiled.started);
  const { instantiateWasm, failed } = compiled ? instantiating(made) : {};
  signal?.throwIfAborted();
  const start = async () => factory({ ...(compiled && { locateFile }), ...module, ...(compiled && { instantiateWasm, ...telling(factory, made, wanted) }) });
  const starting = start().catch(async error => { throw (!compiled && (await unfound(name, error))) || unstarted(name, error); });
  const instance = await (compiled ? Promise.race([starting, failed]) : starting);
  if (typeof instance?.green?.call != 'function') {
    throw new GreenError('EINVAL', `${name} makes a module without greenio: link it with greenio::greenio, or build it with greenio's port`);
  }
  return instance;
}

export const makeLoad = (host, compile) => async (source, options) =>
  unlessAborted(options?.signal, () => loadAny(host, compile, source, options ?? {}));
