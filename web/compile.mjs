/* Of what a caller may name a .wasm by, a compiled WebAssembly.Module; and in a sentence what was wrong.
 * `host` is what differs between Node and browsers: see host-browser.mjs.
 */
import { GreenError } from '../wasm/error.mjs';
import { propertyOf as property, seen } from '../wasm/outside.mjs';

const WASM = 'application/wasm';

export const isAddress = value => typeof value == 'string' || value instanceof URL;

const isShared = buffer => typeof SharedArrayBuffer == 'function' && buffer instanceof SharedArrayBuffer;

const isBytes = value => ArrayBuffer.isView(value) || value instanceof ArrayBuffer || isShared(value);

/* WebAssembly.compile() takes no shared memory. */
function unshared(bytes) {
  const { buffer = bytes, byteOffset = 0, byteLength } = bytes;
  return isShared(buffer) ? new Uint8Array(buffer, byteOffset, byteLength).slice() : bytes;
}

/* What `start` gives a promise of, unless the signal is aborted before it has settled. */
export async function unlessAborted(signal, start) {
  if (!signal) return start();
  signal.throwIfAborted();
  let onAbort;
  const aborted = new Promise((_, reject) => { onAbort = () => reject(signal.reason); });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([start(), aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/* An absolute URL of a string or URL. */
export function address(host, text) {
  const base = host.base();
  try {
    return new URL(text, base);
  } catch {
    throw new GreenError('EINVAL', base ? `${text}: not a URL` : `${text}: not an absolute URL; write new URL('${text}', import.meta.url)`);
  }
}

/* What the server answered, if that was not what was asked for; null if it was. */
export function refusal(url, response, expected) {
  if (!response.ok) {
    const gone = response.status === 404 || response.status === 410;
    return new GreenError(gone ? 'ENOENT' : 'EIO', `${url}: the server answered ${`${response.status} ${response.statusText}`.trim()}`);
  }
  const type = (response.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
  if (expected.includes(type)) return null;
  const served = type ? `is served as ${type}` : 'is served without a MIME type';
  return new GreenError('ETYPE', `${url} ${served}, not as ${expected[0]}: set the server's MIME types${type === 'text/html' ? ', or look whether this is its page for what is missing' : ''}`);
}

/* The response with its bytes counted on their way. */
function counted(response, onProgress) {
  const encoded = response.headers.has('content-encoding');
  const length = Number(response.headers.get('content-length'));
  const total = encoded || !length ? null : length;
  let loaded = 0;
  onProgress({ loaded, total });
  const counter = new TransformStream({
    transform(chunk, controller) {
      loaded += chunk.byteLength;
      onProgress({ loaded, total });
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { 'content-type': WASM } });
}

/* The shortest module that there is: where it is refused too, it is not the bytes that are wrong. */
export const mayCompile = () => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => true, () => false);

export const forbidden = (name, error) =>
  new GreenError('EACCES', `${name}: no WebAssembly may be compiled here; in a page, its Content-Security-Policy must have 'wasm-unsafe-eval' in script-src: ${error.message}`, { cause: error });

/* Why bytes were not compiled; `error` itself if it says nothing of them. */
async function uncompiled(name, error) {
  if (!(await mayCompile())) {
    return forbidden(name, error);
  }
  return error instanceof WebAssembly.CompileError ? new GreenError('EPROTO', `${name} is not a WebAssembly module: ${error.message}`, { cause: error }) : error;
}

async function compileResponse(response, name, { onProgress }) {
  const refused = refusal(response.url || name, response, [WASM]);
  if (refused) throw refused;
  if (response.bodyUsed || response.body?.locked) throw new GreenError('EINVAL', `${name}: this Response has been read already; give its clone()`);
  try {
    return await WebAssembly.compileStreaming(onProgress ? counted(response, onProgress) : response);
  } catch (error) {
    if (error instanceof TypeError) throw new GreenError('ENETWORK', `${name}: ${error.message}`, { cause: error }); /* it broke off */
    throw await uncompiled(name, error);
  }
}

/* `bytes` is a promise of them. */
async function compileBytes(bytes, name, { onProgress, signal }) {
  const loaded = await bytes;
  signal?.throwIfAborted();
  const size = loaded.byteLength;
  onProgress?.({ loaded: size, total: size });
  try {
    return await WebAssembly.compile(unshared(loaded));
  } catch (error) {
    throw await uncompiled(name, error);
  }
}

export async function get(host, url, signal) {
  try {
    return await fetch(url, { signal, credentials: 'same-origin' });
  } catch (error) {
    signal?.throwIfAborted();
    throw new GreenError('ENETWORK', `${url}: ${seen(property(error, 'cause') ?? error).message}`, { cause: error });
  }
}

async function compileAny(host, wasm, { onProgress, signal }) {
  const source = await wasm;
  signal?.throwIfAborted();
  if (source instanceof WebAssembly.Module) return source;
  if (isBytes(source)) return compileBytes(source, 'wasm', { onProgress, signal });
  if (source instanceof Response) return compileResponse(source, source.url || 'wasm', { onProgress });
  if (!isAddress(source)) {
    throw new GreenError('EINVAL', 'wasm must be a URL, a Response, the bytes, or a WebAssembly.Module');
  }
  const url = address(host, source);
  if (host.readsFile(url)) return compileBytes(host.readFile(url), url.href, { onProgress, signal });
  return compileResponse(await get(host, url, signal), url.href, { onProgress });
}

export const makeCompile = host => async (wasm, options) =>
  unlessAborted(options?.signal, () => compileAny(host, wasm, options ?? {}));
