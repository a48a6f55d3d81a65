/* Of what a caller may name a .wasm by, a compiled WebAssembly.Module; and in a sentence what was wrong.
 * `host` is what differs between Node and browsers: see host-browser.mjs.
 */
import { GreenError } from '../wasm/error.mjs';

const WASM = 'application/wasm';

export const isAddress = value => typeof value == 'string' || value instanceof URL;

const isBytes = value =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer || (typeof SharedArrayBuffer == 'function' && value instanceof SharedArrayBuffer);

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

const notWasm = (name, error) => new GreenError('EPROTO', `${name} is not a WebAssembly module: ${error.message}`, { cause: error });

/* Fails as the signal's reason or with a GreenError. */
async function compiling(name, compilation, signal) {
  try {
    return await compilation;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof WebAssembly.CompileError) throw notWasm(name, error);
    if (!(error instanceof TypeError)) throw error;
    throw new GreenError('ENETWORK', `${name}: ${error.message}`, { cause: error }); /* it broke off */
  }
}

function compileResponse(response, name, { onProgress, signal }) {
  const refused = refusal(response.url || name, response, [WASM]);
  if (refused) throw refused;
  return compiling(name, WebAssembly.compileStreaming(onProgress ? counted(response, onProgress) : response), signal);
}

/* `bytes` is a promise of them. */
async function compileBytes(bytes, name, { onProgress, signal }) {
  const loaded = await bytes;
  signal?.throwIfAborted();
  const size = loaded.byteLength;
  onProgress?.({ loaded: size, total: size });
  return compiling(name, WebAssembly.compile(loaded), signal);
}

export async function get(host, url, signal) {
  try {
    return await fetch(url, { signal, credentials: 'same-origin' });
  } catch (error) {
    signal?.throwIfAborted();
    throw new GreenError('ENETWORK', `${url}: ${error.cause?.message ?? error.message}`, { cause: error });
  }
}

export const makeCompile = host => async (wasm, options) => {
  const { onProgress, signal } = options ?? {};
  signal?.throwIfAborted();
  const source = await wasm;
  if (source instanceof WebAssembly.Module) return source;
  if (isBytes(source)) return compileBytes(source, 'wasm', { onProgress, signal });
  if (source instanceof Response) return compileResponse(source, source.url || 'wasm', { onProgress, signal });
  if (!isAddress(source)) {
    throw new GreenError('EINVAL', 'wasm must be a URL, a Response, the bytes, or a WebAssembly.Module');
  }
  const url = address(host, source);
  if (host.readsFile(url)) return compileBytes(host.readFile(url), url.href, { onProgress, signal });
  return compileResponse(await get(host, url, signal), url.href, { onProgress, signal });
};
