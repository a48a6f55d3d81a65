/* The HTTP client by fetch(), behind http_fetch.c.
 *
 * JavaScript gives and takes bytes alone: strings from C are read as Latin-1, which leaves header values
 * as they are (a URL and a method are ASCII), and what it hands to C it writes where c.scratch() and
 * c.room() say. What went wrong becomes a status by wasm/reasons.mjs.
 *
 * Node follows redirects by itself only up to a number of its own, and keeps no cookies, so that C does the
 * one and the other is done here; a browser does not let a page see either.
 */
import { inNode } from '../../wasm/node.mjs';
import { propertyOf, seen } from '../../wasm/outside.mjs';
import { ofCode, ofName, ofWords } from '../../wasm/reasons.mjs';

const failure = (code, message) => Object.assign(new Error(message), { code });

/* ---- cookies: RFC 6265 without a list of public suffixes, in memory -------------------------------- */

export class Jar {
  constructor() {
    this.cookies = new Map(); /* by domain, path and name, in the order of creation */
  }
  /* Takes the Set-Cookie headers of an answer. */
  take(url, headers) {
    for (const header of headers.getSetCookie()) {
      const cookie = parseCookie(new URL(url), header);
      if (!cookie || this.shields(new URL(url), cookie)) continue;
      const key = [cookie.domain, cookie.path, cookie.name].join('\n');
      if (cookie.expires <= Date.now()) this.cookies.delete(key);
      else this.cookies.set(key, cookie);
    }
  }
  /* Whether a cookie that came in clear would get in the way of one that is Secure (RFC 6265bis, 5.7). */
  shields(url, cookie) {
    if (isSecure(url)) return false;
    for (const { name, domain, path, secure, expires } of this.cookies.values()) {
      const overlaps = inDomain(domain, cookie.domain) || inDomain(cookie.domain, domain);
      if (secure && expires > Date.now() && name === cookie.name && overlaps && inPath(cookie.path, path)) return true;
    }
    return false;
  }
  /* The Cookie header of a request, or null. */
  give(address) {
    const url = new URL(address);
    const found = [];
    for (const [key, cookie] of this.cookies) {
      if (cookie.expires <= Date.now()) this.cookies.delete(key);
      else if (cookieFits(cookie, url)) found.push(cookie);
    }
    found.sort((a, b) => b.path.length - a.path.length);
    return found.map(({ name, value }) => (name ? name + '=' + value : value)).join('; ') || null;
  }
}

const inDomain = (host, domain) => host === domain || (host.endsWith('.' + domain) && !/^[\d.]+$|:/.test(host));
const inPath = (path, prefix) => path === prefix || (path.startsWith(prefix) && (prefix.endsWith('/') || path[prefix.length] === '/'));

/* Over http a cookie that is Secure goes to this machine alone, as in browsers. */
const isSecure = url => url.protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);

const cookieFits = (cookie, url) =>
  (cookie.hostOnly ? url.hostname === cookie.domain : inDomain(url.hostname, cookie.domain)) &&
  inPath(url.pathname, cookie.path) && (!cookie.secure || isSecure(url));

/* A cookie, or null if this server may not set it. */
const parseCookie = (url, header) => {
  const [pair, ...attributes] = header.split(';').map(part => part.trim());
  const equals = pair.indexOf('=');
  const cookie = {
    name: equals < 0 ? '' : pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    domain: url.hostname,
    hostOnly: true,
    path: url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf('/'))),
    secure: false,
    expires: Infinity,
  };
  let age = null;
  for (const attribute of attributes) {
    const [, name, value] = /^([^=]*?)\s*(?:=\s*(.*))?$/.exec(attribute) ?? [null, '', ''];
    const text = value ?? '';
    switch (name.toLowerCase()) {
      case 'domain': {
        const domain = text.replace(/^\./, '').toLowerCase();
        if (!domain) break;
        if (!inDomain(url.hostname, domain)) return null;
        if (domain === url.hostname) cookie.hostOnly = !domain.includes('.');
        else if (!domain.includes('.')) return null;
        else Object.assign(cookie, { domain, hostOnly: false });
        break;
      }
      case 'path':
        if (text.startsWith('/')) cookie.path = text;
        break;
      case 'max-age':
        if (/^-?\d+$/.test(text)) age = Number(text);
        break;
      case 'expires':
        if (!Number.isNaN(Date.parse(text))) cookie.expires = Date.parse(text);
        break;
      case 'secure':
        cookie.secure = true;
        break;
    }
  }
  if (age !== null) cookie.expires = age <= 0 ? 0 : Date.now() + age * 1000;
  const prefixed = /^__(Secure|Host)-/i.exec(cookie.name);
  if ((cookie.secure || prefixed) && !(cookie.secure && isSecure(url))) return null;
  if (prefixed?.[1].toLowerCase() === 'host' && !(cookie.hostOnly && cookie.path === '/')) return null;
  return cookie.name || cookie.value ? cookie : null;
};

/* ---- redirects: what one makes of a request C knows, see redirect.c --------------------------------- */

/* A short body is read, which leaves the connection to be used again. What becomes of it does not matter. */
const discard = async response => {
  try {
    if (!response.body) return;
    if (Number(response.headers.get('content-length') ?? Infinity) <= 65536) await response.arrayBuffer();
    else await response.body.cancel();
  } catch {
    /* cut off */
  }
};

const isRedirect = response => [301, 302, 303, 307, 308].includes(response.status) && Boolean(response.headers.get('location'));

/* ---- Node's own limits ------------------------------------------------------------------------------- */

/* The HTTP client of Node ends an answer when nothing of it has come for 300 s. How long to wait is for
 * the program to say, so that each request goes to the process's own dispatcher (which knows connections,
 * proxies and mocks) without these limits. Deno has none, and Bun's is `timeout`. */
const dispatcher = () => globalThis[Symbol.for('undici.globalDispatcher.2')] ?? globalThis[Symbol.for('undici.globalDispatcher.1')];
const patient = {
  dispatch: (options, handler) => dispatcher().dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
  get isMockActive() {
    return dispatcher()?.isMockActive;
  },
};
const isUndici = inNode && !globalThis.Deno && !globalThis.Bun;

/* For what may not be done twice: Deno and Bun send a request again by themselves when the kept connection that it went out
 * on ends, whatever its method, and so it has a connection of its own. */
const isSafe = method => /^(GET|HEAD|OPTIONS)$/.test(method);
let unkept; /* Deno's */
function sentOnce() {
  if (globalThis.Bun) return { keepalive: false };
  if (!globalThis.Deno?.createHttpClient) return {};
  return { client: (unkept ??= globalThis.Deno.createHttpClient({ poolMaxIdlePerHost: 0 })) };
}

/* ---- transfers -------------------------------------------------------------------------------------- */

/* OpenSSL's words without a thread, a file and a line. */
const withoutPlace = text => text.trim().replace(/^(?:\w+ E\w+ )?\w*:?(error:\w+:[^:]*:)[^:]*(:[^:]*):[^]*$/, '$1$2');
const BAD_PORT = 'bad port: fetch() refuses it, as it does ports of other services';

/* The name of a status and a sentence, by the first error that has a code, from the outside in: fetch() wraps what it
 * was. Without a code it is by the words of the innermost one, or in a browser, which hides it, no more than that. */
export const reasonOf = (error, isNode = inNode) => {
  const DEEPEST = 20; /* an error may be its own cause */
  let words = '';
  let inner = error;
  for (let depth = 0; inner && depth < DEEPEST; depth++) {
    const { name, code, message } = seen(inner);
    if (code) return [ofCode('http', code), withoutPlace(message)];
    const all = propertyOf(inner, 'errors');
    if (propertyOf(all, 'length')) {
      inner = propertyOf(all, 0);
    } else {
      const known = ofName('http', name);
      if (known) return [known, message];
      words = message;
      inner = propertyOf(inner, 'cause');
    }
  }
  const known = isNode && ofWords('http', words);
  return known ? [known, words === 'bad port' ? BAD_PORT : words] : [isNode ? '' : 'ENETWORK', seen(error).message];
};

/* How many bytes there must be at least: WebKitGTK takes fewer for whole. 0 where it is not known, as what is decoded is
 * longer or shorter; of another origin's answer it is not seen whether it was. */
const lengthOf = ({ status, headers, type }, method) => {
  const length = headers.get('content-length');
  const none = inNode || method === 'HEAD' || [204, 205, 304].includes(status) || type !== 'basic';
  return !none && !headers.has('content-encoding') && /^\d{1,15}$/.test(length ?? '') ? Number(length) : 0;
};

const latin1 = text => Uint8Array.from(text, character => character.charCodeAt(0));
const utf8 = text => new TextEncoder().encode(text + '\0');

/* One request. `c` is what http_fetch.c exports, `all` holds those under way by their address in C: what
 * is not in it any more was stopped, and nothing of C is called for it. */
class Transfer {
  constructor(c, all, pointer, request) {
    this.c = c;
    this.all = all;
    this.pointer = pointer;
    this.request = request;
    this.controller = new AbortController();
    this.supplied = null; /* takes the next piece of the request's body */
    this.resumed = null; /* called when C has room again */
    all.set(pointer, this);
  }

  isMine() {
    return this.all.get(this.pointer) === this && !this.c.aborted();
  }

  /* Writes bytes into the scratch; false: no memory. */
  put(...parts) {
    let at = this.c.scratch(this.pointer, parts.reduce((size, part) => size + part.length, 0));
    if (!at) return false;
    for (const part of parts) {
      this.c.bytes().set(part, at);
      at += part.length;
    }
    return true;
  }

  /* ---- the request's body */

  checkMine() {
    if (!this.isMine()) throw failure('ECANCELED', 'nobody wants the request any more');
  }

  /* The next piece from the program, an empty one at the end. */
  async nextPiece() {
    this.checkMine();
    const piece = await new Promise(resolve => {
      this.supplied = resolve;
      this.c.want(this.pointer);
    });
    this.checkMine();
    if (piece.length) this.c.sent(this.pointer, piece.length);
    return piece;
  }

  streamBody() {
    const pull = async controller => {
      const piece = await this.nextPiece();
      if (piece.length) controller.enqueue(piece);
      else controller.close();
    };
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  }

  /* Chromium streams over HTTP/2 alone, other browsers not at all. */
  async gatherBody() {
    const pieces = [];
    for (;;) {
      const piece = await this.nextPiece();
      if (!piece.length) return new Blob(pieces);
      pieces.push(piece);
    }
  }

  /* ---- the exchange */

  async options() {
    const { method, headers, body, bodySize, produces, maxRedirects, jar, cookies, agent } = this.request;
    /** @type {Record<string, any>} */
    const options = {
      method,
      headers: new Headers(headers),
      body,
      redirect: maxRedirects < 0 || inNode ? 'manual' : 'follow',
      signal: this.controller.signal,
      timeout: false,
    };
    if ((body || produces) && method === 'GET') throw failure('ENOTSUP', 'fetch() does not send a body with GET');
    if (cookies && !jar) options.credentials = 'include';
    if (inNode && !options.headers.has('user-agent')) options.headers.set('user-agent', agent);
    if (isUndici) options.dispatcher = patient;
    if (inNode && !isUndici && !isSafe(method)) Object.assign(options, sentOnce());
    if (inNode && produces && bodySize) options.headers.set('content-length', String(bodySize));
    if (produces && inNode) Object.assign(options, { body: this.streamBody(), duplex: 'half' });
    else if (produces) options.body = await this.gatherBody();
    else if (!body && method === 'PATCH' && !inNode) options.body = new Uint8Array(); /* says that it is empty, as others do */
    return options;
  }

  /* The answer; null: C goes on with it, or has no memory and knows. */
  async exchange() {
    const { url, maxRedirects, jar } = this.request;
    const options = await this.options();
    const cookies = jar && !options.headers.has('cookie') ? jar.give(url) : null;
    if (cookies) options.headers.set('cookie', cookies);
    const response = await fetch(url, options);
    jar?.take(url, response.headers);
    if (response.type === 'opaqueredirect') throw failure('ENOTSUP', 'a browser does not show a redirect to a page');
    if (!inNode || maxRedirects < 0 || !isRedirect(response)) return response;
    await discard(response);
    if (!this.isMine()) return null;
    if (!this.put(latin1(response.headers.get('location') + '\0'))) return this.failed(), null;
    this.all.delete(this.pointer);
    this.c.redirected(this.pointer, response.status);
    return null;
  }

  /* False: no memory, and C knows. */
  answered(response) {
    response.headers.forEach((value, name) => {
      if (this.put(latin1(name), latin1(value))) this.c.header(this.pointer, name.length, value.length);
    });
    if (typeof this.request.body == 'object' && this.request.body) this.c.sent(this.pointer, this.request.body.length);
    return this.put(utf8(response.url)) && this.c.answered(this.pointer, response.status) !== 0;
  }

  /* Hands a piece to C, as there is room; false: it does not fit or there is no memory, and C knows. */
  async deliver(piece) {
    for (let done = 0; done < piece.length;) {
      const space = this.c.space(this.pointer);
      if (!space) {
        await new Promise(resolve => (this.resumed = resolve));
        if (!this.isMine()) return true;
        continue;
      }
      const size = Math.min(space, piece.length - done);
      const at = this.c.room(this.pointer, size);
      if (!at) return false;
      this.c.bytes().set(piece.subarray(done, done + size), at);
      done += size;
    }
    return true;
  }

  /* Of an answer without a body, that says of one that it would have, Node's client waits for that on its connection; but
   * for one to HEAD. */
  endBodiless({ headers }) {
    if (isUndici && this.request.method !== 'HEAD' && (headers.has('transfer-encoding') || Number(headers.get('content-length')) > 0)) this.controller.abort();
  }

  async receive(response) {
    if (!response.body) return this.endBodiless(response), true;
    const reader = response.body.getReader();
    const announced = lengthOf(response, this.request.method);
    for (let got = 0; ;) {
      const { done, value } = await reader.read();
      if (!this.isMine()) return true;
      if (done && got < announced) throw failure('', `the body ended after ${got} of ${announced} bytes`);
      if (done) return true;
      got += value.length;
      if (!(await this.deliver(value))) return false;
    }
  }

  async run() {
    try {
      const response = await this.exchange();
      if (!response || !this.isMine()) return;
      if (!this.answered(response)) return this.failed();
      const whole = await this.receive(response);
      if (!this.isMine()) return;
      if (!whole) return this.failed();
      this.all.delete(this.pointer);
      this.c.end(this.pointer);
    } catch (error) {
      this.failed(error ?? failure('', 'fetch() has failed and gave no reason'));
    }
  }

  /* Without an error C knows why. */
  failed(error) {
    if (!this.isMine()) return;
    let status = 0;
    if (error !== undefined) {
      const [name, message] = reasonOf(error);
      if (this.put(utf8(message))) status = this.c.numberOf(name) || this.c.numberOf('EIO');
    }
    this.stop();
    this.c.failed(this.pointer, status);
  }

  /* ---- called by C */

  resume() {
    this.resumed?.();
    this.resumed = null;
  }

  supply(piece) {
    this.supplied?.(piece);
    this.supplied = null;
  }

  stop() {
    this.all.delete(this.pointer);
    this.controller.abort();
    this.resume();
    this.supply(new Uint8Array());
  }
}

/* ---- what C calls ------------------------------------------------------------------------------------ */

export const bindings = {
  name: 'http',
  prefix: 'green__fetch_',
  imports: { open: 'i', begin: 'vpppppipiiiip', resume: 'vppi', stop: 'vp', forget: 'vp', decode: 'pppip' },
  exports: {
    scratch: 'ppi', header: 'vpii', redirected: 'vpi', answered: 'ipi', space: 'ip', room: 'ppi', want: 'vp', sent: 'vpi', end: 'vp', failed: 'vpi',
  },
};
/* C: green__fetch_*, in http_fetch.c. */

export const make = ({ host, loop }, functions) => {
  const c = { ...functions, numberOf: loop.numberOf, bytes: host.bytes, aborted: host.aborted, alloc: host.alloc };
  const all = new Map();
  const jars = new Map(); /* by the client's address in C */

  const text = pointer => {
    const bytes = c.bytes();
    let result = '';
    for (let at = pointer; bytes[at]; at++) result += String.fromCharCode(bytes[at]);
    return result;
  };
  const jarOf = client => {
    if (!jars.has(client)) jars.set(client, new Jar());
    return jars.get(client);
  };

  return {
    open: () => (inNode ? 1 : 0),
    begin(pointer, client, method, url, headers, headerCount, body, bodySize, produces, maxRedirects, cookies, agent) {
      const pairs = new Uint32Array(c.bytes().buffer, headers, headerCount * 2);
      const request = {
        method: text(method),
        url: text(url),
        headers: Array.from({ length: headerCount }, (_, i) => [text(pairs[2 * i]), text(pairs[2 * i + 1])]),
        body: body ? c.bytes().slice(body, body + bodySize) : undefined,
        bodySize,
        produces: Boolean(produces),
        maxRedirects,
        cookies: Boolean(cookies),
        jar: cookies && inNode ? jarOf(client) : null,
        agent: text(agent),
      };
      new Transfer(c, all, pointer, request).run();
    },
    resume(pointer, piece, size) {
      const transfer = all.get(pointer);
      transfer?.resume();
      if (size >= 0) transfer?.supply(c.bytes().slice(piece, piece + size));
    },
    stop(pointer) {
      all.get(pointer)?.stop();
    },
    forget(client) {
      jars.delete(client);
    },
    /* UTF-8 ended by a 0 byte, in memory of greenio's, and its size; 0: unknown charset; -1: no memory. */
    decode(charset, bytes, size, sizeAt) {
      let decoder;
      try {
        decoder = new TextDecoder(text(charset));
      } catch {
        return 0;
      }
      const decoded = utf8(decoder.decode(c.bytes().slice(bytes, bytes + size)));
      const at = c.alloc(decoded.length);
      if (!at) return -1;
      c.bytes().set(decoded, at);
      new Uint32Array(c.bytes().buffer, sizeAt, 1)[0] = decoded.length - 1;
      return at;
    },
  };
};
