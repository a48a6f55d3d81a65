/* Which status an error of JavaScript's stands for: one table for all features, and what is another matter in one.
 *
 * Node, its HTTP client (undici), OpenSSL and Bun give codes; browsers have names for their errors, and Deno's fetch()
 * words alone. A code that is the name of a status is that status, and stands here only if it means something else.
 * Here are names of statuses; loop.numberOf() has their numbers.
 */
import { seen } from './outside.mjs';

/* By code. What ends in _ stands for all codes that begin so and have no line of their own. */
/** @type {Record<string, string>} */
export const codes = {
  ENOTFOUND: 'ENOHOST',
  EAI_: 'ENOHOST',
  ENFILE: 'EMFILE',
  EAGAIN: 'EBUSY', /* the backlog of a Unix-domain listener is full; to C it would say that there is more to come */

  /* Node's */
  ERR_INVALID_: 'EINVAL',
  ERR_INVALID_STATE: 'EIO', /* no argument's */
  ERR_SOCKET_BAD_PORT: 'EINVAL',
  ERR_STREAM_DESTROYED: 'EPIPE',
  ERR_STREAM_WRITE_AFTER_END: 'EPIPE',

  /* its HTTP client's, its parser's, and those of what decompresses */
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_HEADERS_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_BODY_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_INVALID_ARG: 'EINVAL',
  UND_ERR_NOT_SUPPORTED: 'ENOTSUP',
  UND_ERR_HEADERS_OVERFLOW: 'EPROTO',
  HPE_: 'EPROTO',
  HPE_CLOSED_CONNECTION: 'ECONNRESET',
  HPE_INVALID_EOF_STATE: 'ECONNRESET',
  Z_: 'EPROTO',
  Z_BUF_ERROR: 'ECONNRESET',
  ERR__ERROR_FORMAT_: 'EPROTO',

  /* TLS: Node's and OpenSSL's */
  ERR_TLS_: 'ETLS',
  ERR_SSL_: 'ETLS',
  ERR_OSSL_: 'ETLS',
  CERT_: 'ETLS',
  CERTIFICATE_: 'ETLS',
  CRL_: 'ETLS',
  DEPTH_ZERO_: 'ETLS',
  SELF_SIGNED_: 'ETLS',
  UNABLE_TO_: 'ETLS',
  ERROR_IN_CERT_: 'ETLS',
  HOSTNAME_MISMATCH: 'ETLS',
  INVALID_CA: 'ETLS',
  INVALID_PURPOSE: 'ETLS',
  PATH_LENGTH_EXCEEDED: 'ETLS',

  /* Bun's */
  ConnectionRefused: 'ECONNREFUSED',
  FailedToOpenSocket: 'ECONNREFUSED',
  ConnectionClosed: 'ECONNRESET',
  InvalidHTTPResponse: 'EPROTO',
  Malformed_HTTP_Response: 'EPROTO',
  InvalidContentLength: 'EPROTO',
  UnsupportedTransferEncoding: 'EPROTO',
  ResponseHeadersTooLarge: 'EPROTO',
  ZlibError: 'EPROTO',
};

/* What a code means in one feature alone, and what is known there by an error's name or by its words. */
/** @type {Record<string, { codes?: Record<string, string>, names?: Record<string, string>, words?: [RegExp, string][] }>} */
export const features = {
  /* What a program's promise was rejected with, whose code is a status's name or nothing that is known. */
  future: { names: { AbortError: 'ECANCELED' } },
  net: {
    codes: { ENOBUFS: 'ENOMEM' }, /* as natively */
    /* of workerd's connect(), which has no codes */
    words: [
      [/cannot connect|refused/i, 'ECONNREFUSED'],
      [/connection lost|reset/i, 'ECONNRESET'],
      [/timed out/i, 'ETIMEDOUT'],
      [/not allowed|prohibited|denied/i, 'EACCES'],
    ],
  },
  server: {},
  terminal: { codes: { ENXIO: 'ENOENT' } }, /* /dev/tty of a process that has none */
  process: { codes: { E2BIG: 'EMSGSIZE', ENOEXEC: 'EINVAL', ESRCH: 'EALREADY', EAGAIN: 'EAGAIN' } },
  file: {
    codes: { EAGAIN: 'EAGAIN' }, /* as natively: of a pipe or a terminal that has nothing now */
    /* of a page's files */
    names: {
      NotFoundError: 'ENOENT', TypeMismatchError: 'EISDIR', InvalidModificationError: 'ENOTEMPTY', QuotaExceededError: 'ENOSPC',
      NoModificationAllowedError: 'EBUSY', NotAllowedError: 'EACCES', TypeError: 'EINVAL',
    },
  },
  http: {
    codes: {
      EPROTO: 'ETLS', /* OpenSSL's: HTTP's own have other codes */
      /* The server has hung up while the request was sent. */
      EPIPE: 'ECONNRESET', ERR_STREAM_DESTROYED: 'ECONNRESET', ERR_STREAM_WRITE_AFTER_END: 'ECONNRESET',
    },
    names: { HTTPParserError: 'EPROTO' },
    /* Deno's */
    words: [
      [/refused/i, 'ECONNREFUSED'],
      [/reset by peer|forcibly closed|closed before message|connection closed|reading a body|unexpected end|broken pipe/i, 'ECONNRESET'],
      [/dns error|lookup address/i, 'ENOHOST'],
      [/no route to host|host (is )?unreachable/i, 'EHOSTUNREACH'],
      [/network (is )?unreachable/i, 'ENETUNREACH'],
      [/timed out/i, 'ETIMEDOUT'],
      [/certificate|corrupt message|\btls\b|handshake/i, 'ETLS'],
      [/invalid http|invalid header|invalid gzip|message head|parse/i, 'EPROTO'],
      [/bad port|ports? \d+ (is|are) blocked/i, 'EINVAL'], /* Node's too */
    ],
  },
  pg: {
    codes: {
      PG_PROTOCOL: 'EPROTO', /* start.mjs's */
      EPROTO: 'ETLS', /* OpenSSL's */
      ENOENT: 'ECONNREFUSED', /* no such socket: nobody listens */
    },
    /* of the package pg, which has no codes for them */
    words: [
      [/does not support SSL|SSL connection/, 'ETLS'],
      [/^SASL|password/i, 'EACCES'],
      [/Invalid URL|connection string/i, 'EINVAL'],
    ],
  },
};

const find = (table, code) => {
  if (Object.hasOwn(table, code)) return table[code];
  const start = Object.keys(table).find(key => key.endsWith('_') && code.startsWith(key));
  return start && table[start];
};

/* The three give the name of a status, or '' for what is not known. */
export const ofCode = (feature, code) =>
  find(features[feature].codes ?? {}, code) ?? find(codes, code) ?? (/^E[A-Z0-9]+$/.test(code) ? code : '');
export const ofName = (feature, name) => find(features[feature].names ?? {}, name) ?? '';
export const ofWords = (feature, text) => features[feature].words?.find(([pattern]) => pattern.test(text))?.[1] ?? '';

/* For a feature that goes by codes alone: an error's status, as a number. */
export const makeStatusOf = (loop, feature) => error => loop.numberOf(ofCode(feature, seen(error).code)) || loop.numberOf('EIO');
