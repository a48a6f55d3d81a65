// What src/http/http.mjs makes of the errors of fetch(): the name of a status. Node has codes; Deno (2.9) says it in
// words, Bun (1.4) has codes of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonOf as reason } from '../../src/http/http.mjs';

const failed = (cause) => Object.assign(new TypeError('fetch failed'), { cause });
const coded = (code, message = code) => Object.assign(new Error(message), { code });
const sent = 'error sending request for url (http://[::1]:2/): client error';

const errors = [
  // Node
  [failed(coded('ECONNREFUSED')), 'ECONNREFUSED'],
  [failed(Object.assign(new AggregateError([coded('ECONNREFUSED')]), { code: undefined })), 'ECONNREFUSED'],
  [failed(coded('ENOTFOUND')), 'ENOHOST'],
  [failed(coded('UND_ERR_SOCKET', 'other side closed')), 'ECONNRESET'],
  [failed(Object.assign(new Error('no'), { name: 'HTTPParserError' })), 'EPROTO'],
  [failed(new Error('bad port')), 'EINVAL'],
  // Deno
  [failed(new Error(`${sent} (Connect): tcp connect error: Connection refused (os error 111)`)), 'ECONNREFUSED'],
  [failed(new Error(`${sent} (Connect): tcp connect error: No connection could be made because the target machine actively refused it. (os error 10061)`)), 'ECONNREFUSED'],
  [failed(new Error(`${sent} (Connect): dns error: failed to lookup address information: Name or service not known`)), 'ENOHOST'],
  [failed(new Error(`${sent} (SendRequest): connection closed before message completed`)), 'ECONNRESET'],
  [failed(new Error('Connection reset by peer (os error 104)')), 'ECONNRESET'],
  [failed(new Error(`${sent} (SendRequest): invalid HTTP version parsed`)), 'EPROTO'],
  [failed(new Error(`${sent} (SendRequest): message head is too large`)), 'EPROTO'],
  [failed(new Error(`${sent} (Connect): received corrupt message of type InvalidContentType`)), 'ETLS'],
  [failed(new Error(`${sent} (Connect): invalid peer certificate: UnknownIssuer`)), 'ETLS'],
  [failed(new Error(`${sent} (Connect): tcp connect error: Connection timed out (os error 110)`)), 'ETIMEDOUT'],
  [failed(new Error(`${sent} (Connect): tcp connect error: Network is unreachable (os error 101)`)), 'ENETUNREACH'],
  [failed(new Error(`${sent} (Connect): tcp connect error: No route to host (os error 113)`)), 'EHOSTUNREACH'],
  [new TypeError('error reading a body from connection'), 'ECONNRESET'],
  [new TypeError('Invalid gzip header'), 'EPROTO'],
  [new TypeError('Fetch failed: Requests to port 25 are blocked'), 'EINVAL'],
  // Bun
  [coded('ECONNREFUSED', 'Unable to connect. Is the computer able to access the url?'), 'ECONNREFUSED'],
  [coded('InvalidHTTPResponse'), 'EPROTO'],
  [coded('Malformed_HTTP_Response', 'Malformed_HTTP_Response fetching "http://[::1]:2/"'), 'EPROTO'],
  [coded('InvalidContentLength'), 'EPROTO'],
  [coded('UnsupportedTransferEncoding'), 'EPROTO'],
  [coded('SomethingNew'), ''],
  // nothing that is known
  [new Error('something else'), ''],
  [undefined, ''],
  ['a string', ''],
];

test('an error of fetch() becomes the name of a status', () => {
  for (const [error, name] of errors) assert.equal(reason(error)[0], name, String(/** @type {any} */ (error)?.cause?.message ?? error));
});

test("OpenSSL's own words are one line, as natively", () => {
  const text = '80CCC1CEE17F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:350:\n';
  for (const message of [text, `write EPROTO ${text}`]) {
    assert.deepEqual(reason(failed(coded('EPROTO', message))), ['ETLS', 'error:0A00010B:SSL routines::wrong version number']);
  }
});

test('a port that fetch() refuses', () => {
  assert.match(reason(failed(new Error('bad port')))[1], /^bad port: fetch\(\) refuses it/);
});

test('a browser hides the reason, and words are not guessed at there', () => {
  assert.deepEqual(reason(new TypeError('connection refused'), false), ['ENETWORK', 'connection refused']);
});

test('an error that cannot be read does no harm', () => {
  const thrower = { get code() { throw new Error('no'); } };
  const proxy = new Proxy({}, { get() { throw new Error('no'); } });
  const cycle = new Error('cycle');
  cycle.cause = cycle;
  for (const error of [thrower, proxy, failed(thrower), { message: Symbol('no') }]) assert.equal(typeof reason(error)[1], 'string');
  assert.equal(reason(cycle)[1], 'cycle');
});
