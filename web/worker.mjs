/* A module in a worker, called from outside of it: connect() gives what has the interface of module.green, and
 * serve() is its other end. Both speak over anything that has postMessage(): a Worker, a MessagePort, the
 * worker_threads of Node.
 *
 * A message is {greenio: KIND, ...}. From connect: load, hello, call, abort, report. From serve: ready, failed,
 * printed, ended (main has), answer. `hello` asks for `ready` or `failed`, which are sent without it too: either
 * side may be the first to listen. `host` as in compile.mjs.
 */
import { address } from './compile.mjs';
import { GreenError } from '../wasm/error.mjs';
import { isA, propertyOf as property, seen, textOf as text } from '../wasm/outside.mjs';
import { bothOptions, whatIs } from '../wasm/values.mjs';

/* ---- errors, of which a structured clone keeps too little ------------------------------------------------ */

const DEEPEST = 20; /* causes, of which an error may be its own */

function packed(error, depth = 0) {
  if (!isA(error, Error)) return { thrown: Object(error) === error || typeof error == 'symbol' ? text(error) : error };
  const { name, message, stack, code } = seen(error);
  const cause = depth < DEEPEST ? property(error, 'cause') : undefined;
  return { name, message, stack, code: code || undefined, cause: cause === undefined ? undefined : packed(cause, depth + 1) };
}

const standard = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function unpacked(error) {
  if ('thrown' in error) return error.thrown;
  const { name, message, stack, code, cause } = error;
  const options = cause === undefined ? undefined : { cause: unpacked(cause) };
  if (name === 'GreenError') return Object.assign(new GreenError(code, message, options), { stack });
  const made = new (standard[name] ?? Error)(message, options);
  if (made.name !== name) Object.defineProperty(made, 'name', { value: name, configurable: true });
  return Object.assign(made, { stack }, code === undefined ? null : { code });
}

/* ---- the ends of a channel ------------------------------------------------------------------------------- */

/* Calls `receive` with each message of greenio's; gives the function that ends that. */
function listen(port, receive) {
  const onMessage = event => {
    const message = port.on ? event : event.data;
    if (typeof message?.greenio == 'string') receive(message);
  };
  const [on, off] = port.on ? ['on', 'off'] : ['addEventListener', 'removeEventListener'];
  port[on]('message', onMessage);
  port.start?.();
  return () => port[off]('message', onMessage);
}

/* How a worker tells that it is gone. A browser's lives on after an error, once it has begun. */
function whenGone(port, gone, begun) {
  if (port.on) {
    port.on('error', error => gone(`the worker failed: ${seen(error).message}`, error));
    port.on('exit', code => gone(`the worker has ended (${code})`));
    port.on('close', () => gone('the port was closed'));
  } else {
    port.addEventListener('error', event => {
      if (!begun()) gone(`the worker failed: ${event.message || 'its script could not be loaded'}`, event.error);
    });
    port.addEventListener('close', () => gone('the port was closed')); /* newer browsers tell */
  }
}

/* ---- outside ------------------------------------------------------------------------------------------------ */

/** @type {any} */
const noOptions = Object.freeze({});

function client(port) {
  const pending = new Map(); /* by the call's number */
  let last = 0;
  let closed = null;
  let settleMain;
  const main = new Promise((resolve, reject) => { settleMain = { resolve, reject }; });
  main.catch(() => {});

  const ask = (kind, message, transfer) => new Promise((resolve, reject) => {
    if (closed) throw closed;
    const id = ++last;
    port.postMessage({ greenio: kind, id, ...message }, transfer ?? []);
    pending.set(id, { resolve, reject });
  });

  const launch = async (name, returnType, argTypes, args, given) => {
    if (typeof given != 'object') throw new GreenError('EINVAL', `${name}(): options must be an object, not ${whatIs(given)}`);
    const { signal, transfer, ...options } = given;
    signal?.throwIfAborted();
    const id = last + 1;
    const onAbort = () => port.postMessage({ greenio: 'abort', id });
    const answer = ask('call', { name, returnType, argTypes, args, options }, transfer);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await answer;
    } catch (error) {
      if (!closed) signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  };

  return {
    green: {
      GreenError,
      main,
      call: (name, returnType, argTypes = [], args = [], options = noOptions) => launch(name, returnType, argTypes, args, options ?? noOptions),
      wrap: (name, returnType, argTypes = [], options = noOptions) => (...args) => {
        const more = args.length === argTypes.length + 1 ? args.pop() : undefined;
        return launch(name, returnType, argTypes, args, bothOptions(options, more));
      },
      report: (options = {}) => ask('report', { options }),
    },
    ended({ status, error }) {
      if (error) settleMain.reject(unpacked(error));
      else settleMain.resolve(status);
    },
    answered({ id, value, error }) {
      const { resolve, reject } = pending.get(id) ?? {};
      pending.delete(id);
      if (error) reject?.(unpacked(error));
      else resolve?.(value);
    },
    close(error) {
      if (closed) return;
      closed = error;
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
      settleMain.reject(error);
    },
  };
}

/* `load` is what the worker is to load, for a worker that has nothing of its own. */
function connectTo(port, /** @type {any} */ { print, printErr, signal }, load) {
  const { green, answered, ended, close } = client(port);
  return new Promise((resolve, reject) => {
    let begun = false;
    const terminate = () => {
      stop();
      close(new GreenError('ECLOSED', 'the worker was terminated'));
      return (port.terminate ?? port.close)?.call(port);
    };
    const onAbort = () => {
      reject(signal.reason);
      terminate();
    };
    const fail = error => {
      signal?.removeEventListener('abort', onAbort);
      reject(error);
      close(error);
    };
    const receivers = {
      ready() {
        begun = true;
        signal?.removeEventListener('abort', onAbort);
        resolve({ green, terminate });
      },
      failed: ({ error }) => fail(unpacked(error)),
      printed: ({ line, wrong }) => (wrong ? printErr ?? console.error : print ?? console.log)(line),
      ended,
      answer: answered,
    };
    const stop = listen(port, message => receivers[message.greenio]?.(message));
    whenGone(port, (why, cause) => fail(new GreenError('ECLOSED', why, { cause })), () => begun);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    port.postMessage(load ?? { greenio: 'hello' });
  });
}

export const connect = async (port, options) => {
  if (typeof port?.postMessage != 'function') throw new GreenError('EINVAL', 'connect() takes a Worker or a MessagePort');
  return connectTo(port, { signal: options?.signal }, null);
};

/* ---- in the worker ----------------------------------------------------------------------------------------- */

/* Answers calls of `module`. Gives the receivers of messages. */
function server(module, send) {
  const running = new Map(); /* AbortControllers of the calls */
  const answer = async (id, value) => {
    try {
      send({ greenio: 'answer', id, value: await value() });
    } catch (error) {
      send({ greenio: 'answer', id, error: packed(error) });
    }
  };
  return {
    hello() {
      send({ greenio: 'ready' });
      module.green.main.then(status => send({ greenio: 'ended', status }), error => send({ greenio: 'ended', error: packed(error) }));
    },
    async call({ id, name, returnType, argTypes, args, options }) {
      const controller = new AbortController();
      running.set(id, controller);
      await answer(id, () => module.green.call(name, returnType, argTypes, args, { ...options, signal: controller.signal }));
      running.delete(id);
    },
    abort: ({ id }) => running.get(id)?.abort(),
    report: ({ id, options }) => answer(id, () => module.green.report(options)),
  };
}

/* What is given to a factory in a worker, whose lines go outside where asked. */
const withPrinting = (module, prints, send) => ({
  ...module,
  ...(prints.print && { print: line => send({ greenio: 'printed', line }) }),
  ...(prints.printErr && { printErr: line => send({ greenio: 'printed', line, wrong: true }) }),
});

export const makeServe = (host, load) => async (source, options, given) => {
  const port = given ?? host.ownPort();
  if (!port) throw new GreenError('EINVAL', 'serve() is for workers; elsewhere give it a MessagePort');
  const send = message => port.postMessage(message);
  let failure = null;
  let receivers = null;
  const tell = () => {
    if (failure) send({ greenio: 'failed', error: packed(failure) });
    else receivers?.hello();
  };
  listen(port, message => {
    if (message.greenio === 'hello') tell();
    else receivers?.[message.greenio]?.(message);
  });
  try {
    const found = await source;
    const module = typeof found?.green?.call == 'function' ? found : await load(found, options);
    receivers = server(module, send);
    tell();
    return module;
  } catch (error) {
    failure = error;
    tell();
    throw error;
  }
};

/* The worker of loadInWorker(), which is told what to load, and by which gateway its sockets are. `gateway` is that of
 * gateway.mjs. */
export function serveLoaded(host, serve, load, gateway) {
  const port = host.ownPort();
  const stop = listen(port, async ({ greenio, source, options, prints, by }) => {
    if (greenio !== 'load') return;
    stop();
    const send = message => port.postMessage(message);
    const make = async () => {
      const sockets = by && { greenSockets: gateway(by.url, by) };
      return load(source, { ...options, module: withPrinting({ ...options.module, ...sockets }, prints, send) });
    };
    await serve(make()).catch(() => {}); /* has been told */
  });
}

/* What of a module's options cannot be sent to a worker, in words; '': all can. */
function unsendable(module) {
  const wrong = Object.keys(module).find(key => typeof module[key] == 'function');
  if (wrong) return `module.${wrong} is a function, which cannot be sent to a worker${wrong.startsWith('print') ? `: give the option ${wrong}` : '; write a worker of your own with serve()'}`;
  if (typeof property(module.greenSockets, 'connect') != 'function') return '';
  return 'module.greenSockets has functions, which cannot be sent to a worker: give the option gateway, the address of one; for other sockets write a worker of your own with serve(), which makes them there';
}

/* The option gateway as it is sent: gateway()'s, with the URL among them. */
async function gatewayFor(host, given) {
  if (given === undefined || given === null) return null;
  const options = typeof given == 'string' || given instanceof URL ? { url: given } : given;
  const wrong = Object.keys(options).find(key => typeof options[key] == 'function');
  if (wrong) throw new GreenError('EINVAL', `gateway.${wrong} is a function, which cannot be sent to a worker; write a worker of your own with serve(), which makes its sockets there`);
  if (!options.url) throw new GreenError('EINVAL', 'gateway: its url is missing');
  return { ...options, url: address(host, options.url).href, token: await options.token };
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

export const makeLoadInWorker = host => async (source, options) => {
  const { wasm, module = {}, gateway, print, printErr, signal, name } = options ?? {};
  const wrong = unsendable(module);
  if (wrong) throw new GreenError('EINVAL', wrong);
  const by = await gatewayFor(host, gateway);
  const cloned = wasm instanceof URL || typeof wasm == 'string' ? address(host, wasm).href : wasm;
  const load = {
    greenio: 'load',
    source: address(host, source).href,
    options: { module, ...(wasm !== undefined && { wasm: await cloned }) },
    prints: { print: Boolean(print), printErr: Boolean(printErr) },
    by,
  };
  const worker = host.newWorker(name);
  try {
    return await connectTo(worker, { print, printErr, signal }, load);
  } catch (error) {
    worker.terminate();
    throw error;
  }
};
