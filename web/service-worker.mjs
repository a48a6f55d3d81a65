/* A service worker whose pages are answered by an application in WebAssembly, with or without the network. In
 * the worker's script, a module:
 *
 *   import create from './notes.mjs';
 *   import { serveApplication } from 'greenio/service-worker';
 *   serveApplication(create, { wasm: 'notes.wasm', files: ['style.css'] });
 *
 * The page registers it with {type: 'module'}. The worker keeps the .wasm and the files when it is installed, so
 * that it starts without the network; what it imports, the browser keeps. All else in its scope the application
 * answers, once its program has called green_server_open(). A browser ends a worker that has nothing to do, and
 * starts it anew: what is to last, the program keeps in a file or a database. */
import { GreenError } from '../wasm/error.mjs';
import { seen } from '../wasm/outside.mjs';
import { load } from './browser.mjs';
import { beside } from './load.mjs';

const MINE = 'greenio:';
const absolute = name => new URL(name, worker.location.href).href;

const get = async url => (await caches.match(url)) ?? fetch(url);

/* Of a program of both kinds of contexts, the file of the one that is taken here. */
const fileOf = (create, wasm, module) => {
  const kind = create.greenContexts?.(module?.greenContexts);
  return kind ? beside(absolute(wasm), kind).href : absolute(wasm);
};

/* The same when the options are known. A browser may have got JSPI since the worker was installed: what it keeps is
 * taken, so that it starts without the network. */
async function fileNow(create, wasm, options) {
  const wanted = options?.greenContexts ?? undefined;
  if (!create.greenContexts || wanted !== undefined) return fileOf(create, wasm, options);
  for (const kind of [create.greenContexts(), 'asyncify']) {
    const url = beside(absolute(wasm), kind).href;
    if (await caches.match(url)) return url;
  }
  return fileOf(create, wasm, options);
}

async function start(create, wasm, module, onStart) {
  const options = typeof module == 'function' ? await module(name => get(absolute(name))) : module;
  const file = await fileNow(create, wasm, options);
  const instance = await load(create, { wasm: get(file), module: options });
  if (!instance.green.app) throw new GreenError('EINVAL', 'the program has no application: it calls neither green_server_open() nor green_js_serve()');
  const ended = instance.green.main.then(status => {
    throw new GreenError('ECLOSED', `the program has ended with status ${status} before it served`);
  });
  await onStart?.(instance);
  await Promise.race([instance.green.app.ready, ended]);
  return instance;
}

/* What a browser tells servers in Sec-Fetch-Site, which a worker does not see: only a navigation can come from
 * another site. */
function siteOf({ mode, referrer, method }) {
  if (mode !== 'navigate') return 'same-origin';
  if (referrer) return new URL(referrer).origin === worker.location.origin ? 'same-origin' : 'cross-site';
  return method === 'GET' ? 'none' : 'cross-site';
}

/* Firefox, whose requests do not show their `body`, has been seen to let go of it while the worker waits for
 * something else, as for its program: there it is taken at once, and the request says so to nobody. */
function keepBody(request) {
  if (request.body !== undefined || request.method === 'GET' || request.method === 'HEAD') return;
  const blob = request.blob();
  blob.catch(() => {}); /* whoever reads it is told */
  Object.defineProperties(request, { blob: { value: () => blob }, bodyUsed: { value: false } });
}

/* Of a path without the scope: in the worker's answer the scope is before it again. */
function inScope(response, folder) {
  const location = response.headers.get('location');
  if (!location || !/^\/(?!\/)/.test(location)) return response;
  const headers = new Headers(response.headers);
  headers.set('location', folder + location);
  return new Response(response.body, { status: response.status, headers });
}

const unavailable = error =>
  new Response(`The application could not be started: ${seen(error).message}\n`, { status: 503, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' } });

/* The worker's own global object, which TypeScript takes for a page's. */
const worker = /** @type {any} */ (globalThis);

export function serveApplication(create, { wasm, files = [], version = '1', answers = (/** @type {URL} */ _url, /** @type {Request} */ _request) => true, scoped = false, module, onStart }) {
  const kept = [fileOf(create, wasm, module), ...files.map(absolute)];
  const scope = () => new URL(worker.registration.scope);
  if (scoped && !scope().pathname.endsWith('/')) throw new GreenError('EINVAL', `scoped takes a scope that is a folder: ${scope().pathname} has no slash at its end`);
  /* As the application sees it, whose root is the scope's folder. */
  const below = href => {
    const url = new URL(href);
    url.pathname = url.pathname.slice(scope().pathname.length - 1);
    return url;
  };
  const store = () => `${MINE}${scope().pathname}:${version}`;
  let starting = null; /* a promise of the instance */

  /* One that failed is tried again with the next request. */
  const instance = () => (starting ??= start(create, wasm, module, onStart).catch(error => {
    starting = null;
    throw error;
  }));

  const answer = async request => {
    let green;
    try {
      ({ green } = await instance());
    } catch (error) {
      return unavailable(error);
    }
    const site = [['sec-fetch-site', siteOf(request)], ['sec-fetch-mode', request.mode]];
    if (!scoped) return green.app.fetch(request, undefined, site);
    Object.defineProperty(request, 'url', { value: below(request.url).href });
    return inScope(await green.app.fetch(request, undefined, site), scope().pathname.slice(0, -1));
  };

  worker.addEventListener('install', event => {
    event.waitUntil((async () => {
      const cache = await caches.open(store());
      await cache.addAll(kept.map(url => new Request(url, { cache: 'no-cache' })));
      await worker.skipWaiting();
    })());
  });
  worker.addEventListener('activate', event => {
    event.waitUntil((async () => {
      const own = store();
      const old = (await caches.keys()).filter(name => name.startsWith(`${MINE}${scope().pathname}:`) && name !== own);
      await Promise.all(old.map(name => caches.delete(name)));
      await worker.clients.claim();
    })());
  });
  worker.addEventListener('fetch', event => {
    const url = new URL(event.request.url);
    const { origin, pathname } = scope();
    if (url.origin !== origin || !url.pathname.startsWith(pathname)) return;
    url.hash = '';
    if (kept.includes(url.href)) event.respondWith(caches.match(url.href).then(found => found ?? fetch(event.request)));
    else if (answers(scoped ? below(url.href) : url, event.request)) {
      keepBody(event.request);
      event.respondWith(answer(event.request));
    }
  });
}
