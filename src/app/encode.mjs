/* Codings of answers by node:zlib; encode_js.c says which and why. At once, as zlib natively: an answer is made in one
 * go. Elsewhere than in Node nothing asks for one.
 */
import { inNode, require } from '../../wasm/node.mjs';

export const layout = {
  headers: ['app/app_js.h'],
  constants: { GREEN__JS_GZIP: 0, GREEN__JS_BROTLI: 1, GREEN__JS_DEFLATE: 2 },
};
const { GREEN__JS_GZIP: GZIP, GREEN__JS_BROTLI: BROTLI } = layout.constants;

/* encode(): how many bytes come of it, or a status; encoded(): puts them where C has room for them. */
export const makeEncode = ({ host, loop }) => {
  let result;
  const bytesAt = (data, size) => Uint8Array.prototype.slice.call(host.bytes(), data, data + size);
  function encoded(how, bytes, history) {
    const zlib = require('node:zlib');
    if (how === GZIP) return zlib.gzipSync(bytes);
    const { BROTLI_PARAM_QUALITY: quality, Z_SYNC_FLUSH: flush } = zlib.constants;
    if (how === BROTLI) return zlib.brotliCompressSync(bytes, { params: { [quality]: 4 } }); /* its default takes very long */
    return zlib.deflateRawSync(bytes, { finishFlush: flush, dictionary: history.length ? history : undefined });
  }
  return {
    encode(how, data, size, history, historySize) {
      if (!inNode) return loop.numberOf('ENOTSUP');
      result = encoded(how, bytesAt(data, size), bytesAt(history, historySize));
      return result.length;
    },
    encoded(to) {
      host.bytes().set(result, to);
      result = undefined;
    },
  };
};
