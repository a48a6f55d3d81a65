// Requests as bytes, and what a server of HTTP/1.1 is to make of each. The names, and which outcomes pass, warn or
// fail, are those of the public project Http11Probe, whose scored cases these are; the requests are written from the
// RFCs that stand beside them. run.mjs sends them.
//
// A row: name, section, what is sent, outcomes that pass, and an object of what else there is: `warn`, outcomes that
// are allowed and not best; `alone`, that only one answer may come; `native` and `node`, what greenio's servers make of
// it where that is not a pass: [verdict, why]. Another outcome than those fails, and so does one that has become better
// than it says here.
//
// Outcomes, any of them: a status ("400", "2xx"); "close", no answer and the end of the connection; "silent", no answer,
// as one who waits for the rest; "2xx+close", an answer and then the end; "!101", any answer but that; "2xx=text", with
// that body; "2xx~name", with that header; "204-name", without it; "any", whatever it is.

const HOST = 'Host: example.com';
const lines = (...list) => `${list.join('\r\n')}\r\n`;
const get = (...fields) => `${lines('GET / HTTP/1.1', HOST, ...fields)}\r\n`;
const post = (fields, body = '') => `${lines('POST / HTTP/1.1', HOST, ...[].concat(fields))}\r\n${body}`;
const line = text => `${lines(text, HOST)}\r\n`;
const host = value => `${lines('GET / HTTP/1.1', `Host:${value}`)}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';
const chunks = text => post(CHUNKED, text);
const END = '0\r\n\r\n';
const HIDDEN = `${lines('GET /smuggled HTTP/1.1', HOST)}\r\n`;
const HIDDEN_HEAD = `${lines('HEAD /smuggled HTTP/1.1', HOST)}\r\n`;
const length = text => `Content-Length: ${text.length}`;
const both = (coding, body = END + HIDDEN, size = length(body)) => post([size, coding], body);

const REFUSED = '400 close';
const LENIENT = { warn: '2xx' };
const ALONE = { alone: true };
const OPEN_END = '400 close silent';
const CUT = '400 close any+close';

const ws = (...fields) => `${lines('GET / HTTP/1.1', HOST, 'Upgrade: websocket', 'Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==', ...fields)}\r\n`;

/* Why greenio does what is not best by the project's count. */
const EMPTY_LINE = ['warn', 'RFC 9112 2.2: a server SHOULD ignore an empty line before the request line'];
const BLANKS = ['warn', 'RFC 9110 5.5: blanks around a value are no part of it'];
const DIGITS = ['warn', 'RFC 9110 8.6: any number of digits, and leading zeros are digits: it is decimal'];
const FIRST_OF_TWO = ['warn', 'RFC 9110 5.3: the application sees both; neither says how the message is read'];
const DATA = ['warn', 'RFC 3986 2.1: an escaped byte is data, and no line end; a header that would have one is refused when it is set'];
const NO_WEBSOCKET = ['warn', 'RFC 9110 7.8: a server that does not speak a protocol ignores Upgrade'];
const BLANKS_IN_LINE = ['warn', 'RFC 9112 3: a server MAY take blanks for one; that of Node does before the version, and the target has none'];

export const table = [
  // ---- whole requests
  ['COMP-BASELINE', '9112 3', get(), '2xx'],
  ['COMP-LEADING-CRLF', '9112 2.2', `\r\n${get()}`, REFUSED, { ...LENIENT, native: EMPTY_LINE, node: EMPTY_LINE }],
  ['COMP-POST-CL-BODY', '9112 6.2', post('Content-Length: 5', 'hello'), '2xx=hello'],
  ['COMP-POST-CL-ZERO', '9112 6.2', post('Content-Length: 0'), '2xx close'],
  ['COMP-POST-NO-CL-NO-TE', '9112 6.3', post([]), '2xx close'],
  ['COMP-POST-CL-UNDERSEND', '9112 6.2', post('Content-Length: 12', 'half'), OPEN_END],
  ['COMP-CHUNKED-BODY', '9112 7.1', chunks(`5\r\nhello\r\n${END}`), '2xx=hello'],
  ['COMP-CHUNKED-MULTI', '9112 7.1', chunks(`3\r\nhel\r\n2\r\nlo\r\n${END}`), '2xx=hello'],
  ['COMP-CHUNKED-EMPTY', '9112 7.1', chunks(END), '2xx close'],
  ['COMP-CHUNKED-NO-FINAL', '9112 7.1', chunks('5\r\nhello\r\n'), OPEN_END],
  ['COMP-CHUNKED-EXTENSION', '9112 7.1.1', chunks(`5;name=value\r\nhello\r\n${END}`), '2xx=hello', { warn: '400 close' }],
  ['COMP-CHUNKED-TRAILER-VALID', '9112 7.1.2', chunks('5\r\nhello\r\n0\r\nX-Check: abc\r\n\r\n'), '2xx=hello'],
  ['COMP-CHUNKED-HEX-UPPERCASE', '9112 7.1', chunks(`B\r\nhello there\r\n${END}`), '2xx=hello there'],
  ['COMP-CONNECTION-CLOSE', '9112 9.3', get('Connection: close'), '2xx+close'],
  ['COMP-HTTP10-DEFAULT-CLOSE', '9112 9.3', line('GET / HTTP/1.0'), '2xx+close', LENIENT],
  ['COMP-RANGE-POST', '9110 14.2', post(['Range: bytes=0-1', 'Content-Length: 5'], 'hello'), '2xx-content-range'],
  ['COMP-HEAD-NO-BODY', '9110 9.3.2', line('HEAD / HTTP/1.1'), '2xx='],
  ['COMP-LONG-URL-OK', '9112 3', line(`GET /${'a'.repeat(8000 - 'GET / HTTP/1.1'.length)} HTTP/1.1`), '!414', { warn: 'close' }],
  ['COMP-405-ALLOW', '9110 15.5.6', line('DELETE / HTTP/1.1'), '405~allow', { warn: '!405' }],
  ['COMP-DATE-HEADER', '9110 6.6.1', get(), '2xx~date'],
  ['COMP-NO-CL-IN-204', '9110 8.6', line('GET /no-content HTTP/1.1'), '204-content-length', { warn: '!204' }],
  ['COMP-CONTENT-TYPE', '9110 8.3', get(), '2xx~content-type', LENIENT],
  ['COMP-DUPLICATE-CT', '9110 5.3', post(['Content-Type: text/plain', 'Content-Type: text/html', 'Content-Length: 2'], 'hi'), REFUSED, { ...LENIENT, native: FIRST_OF_TWO, node: FIRST_OF_TWO }],

  // ---- the request line
  ['RFC9112-2.2-BARE-LF-REQUEST-LINE', '9112 2.2', `GET / HTTP/1.1\n${HOST}\r\n\r\n`, REFUSED, LENIENT],
  ['RFC9112-3-CR-ONLY-LINE-ENDING', '9112 2.2', `GET / HTTP/1.1\r${HOST}\r\n\r\n`, '400'],
  ['RFC9112-3-MULTI-SP-REQUEST-LINE', '9112 3', line('GET /   HTTP/1.1'), REFUSED, { ...LENIENT, node: BLANKS_IN_LINE }],
  ['RFC9112-3-MISSING-TARGET', '9112 3', line('GET HTTP/1.1'), REFUSED],
  ['RFC9112-3.2-FRAGMENT-IN-TARGET', '9112 3.2', line('GET /#part HTTP/1.1'), REFUSED, LENIENT],
  ['RFC9112-2.3-HTTP09-REQUEST', '9112 2.3', 'GET /\r\n', OPEN_END],
  ['RFC9112-2.3-INVALID-VERSION', '9112 2.3', line('GET / HTTP/7.3'), '400 505 close'],
  ['COMP-VERSION-MISSING-MINOR', '9112 2.3', line('GET / HTTP/1'), REFUSED],
  ['COMP-VERSION-LEADING-ZEROS', '9112 2.3', line('GET / HTTP/1.01'), REFUSED],
  ['COMP-VERSION-WHITESPACE', '9112 2.3', line('GET / HTTP/1. 1'), REFUSED],
  ['COMP-VERSION-CASE', '9112 2.3', line('GET / Http/1.1'), REFUSED],
  ['COMP-REQUEST-LINE-TAB', '9112 3', line('GET\t/\tHTTP/1.1'), REFUSED, LENIENT],
  ['COMP-SPACE-IN-TARGET', '9112 3.2', line('GET /two words HTTP/1.1'), REFUSED],
  ['COMP-ASTERISK-WITH-GET', '9112 3.2.4', line('GET * HTTP/1.1'), REFUSED],
  ['COMP-OPTIONS-STAR', '9112 3.2.4', line('OPTIONS * HTTP/1.1'), '2xx'],
  ['COMP-OPTIONS-ALLOW', '9110 9.3.7', line('OPTIONS / HTTP/1.1'), '2xx~allow', LENIENT],
  ['COMP-METHOD-CASE', '9110 9.1', line('get / HTTP/1.1'), '400 405 501 close', LENIENT],
  ['COMP-UNKNOWN-METHOD', '9110 9.1', line('BREW / HTTP/1.1'), '400 405 501 close', LENIENT],
  ['COMP-METHOD-CONNECT', '9110 9.3.6', line('CONNECT example.com:443 HTTP/1.1'), '400 405 501 close'],

  // ---- fields
  ['RFC9112-2.2-BARE-LF-HEADER', '9112 2.2', `GET / HTTP/1.1\r\n${HOST}\r\nX-One: 1\nX-Two: 2\r\n\r\n`, REFUSED, LENIENT],
  ['RFC9112-5.1-OBS-FOLD', '9112 5.2', get('X-Long: one', ' two'), '400'],
  ['RFC9110-5.6.2-SP-BEFORE-COLON', '9112 5.1', get('X-Name : value'), '400'],
  ['RFC9112-5-EMPTY-HEADER-NAME', '9112 5', get(': value'), REFUSED],
  ['RFC9112-5-INVALID-HEADER-NAME', '9112 5', get('X[0]: value'), REFUSED],
  ['RFC9112-5-HEADER-NO-COLON', '9112 5', get('only a name'), REFUSED],
  ['COMP-WHITESPACE-BEFORE-HEADERS', '9112 2.2', `GET / HTTP/1.1\r\n   \r\n${HOST}\r\n\r\n`, REFUSED],
  ['COMP-EXPECT-UNKNOWN', '9110 10.1.1', get('Expect: the-unexpected'), '417 close', LENIENT],
  ['COMP-NO-1XX-HTTP10', '9110 15.2', `${lines('POST / HTTP/1.0', HOST, 'Content-Length: 5', 'Expect: 100-continue')}\r\n`, '!1xx close silent'],
  ['COMP-UPGRADE-POST', '6455 4.1', ws('Connection: Upgrade', 'Sec-WebSocket-Version: 13').replace('GET', 'POST'), '!101 close'],
  ['COMP-UPGRADE-MISSING-CONN', '9110 7.8', ws('Sec-WebSocket-Version: 13'), '!101 close'],
  ['COMP-UPGRADE-UNKNOWN', '9110 7.8', get('Connection: Upgrade', 'Upgrade: pigeons/2'), '!101 close'],
  ['COMP-UPGRADE-INVALID-VER', '6455 4.4', ws('Connection: Upgrade', 'Sec-WebSocket-Version: 99'), '426 close 3xx 4xx 5xx', { ...LENIENT, native: NO_WEBSOCKET, node: NO_WEBSOCKET }],
  ['COMP-UPGRADE-HTTP10', '9110 7.8', ws('Connection: Upgrade', 'Sec-WebSocket-Version: 13').replace('1.1', '1.0'), '!101 close'],

  // ---- Host
  ['RFC9112-7.1-MISSING-HOST', '9112 3.2', 'GET / HTTP/1.1\r\n\r\n', '400'],
  ['RFC9110-5.4-DUPLICATE-HOST', '9112 3.2', get('Host: example.org'), '400'],
  ['COMP-DUPLICATE-HOST-SAME', '9112 3.2', get(HOST), '400'],
  ['COMP-HOST-WITH-USERINFO', '9112 3.2', host(' me@example.com'), REFUSED],
  ['COMP-HOST-WITH-PATH', '9112 3.2', host(' example.com/index'), REFUSED],
  ['COMP-HOST-EMPTY-VALUE', '9112 3.2', host(''), REFUSED],
  ['SMUG-MULTIPLE-HOST-COMMA', '9110 7.2', host(' example.com, example.org'), REFUSED],

  // ---- Content-Length
  ['RFC9112-6.1-CL-NON-NUMERIC', '9112 6.3', post('Content-Length: five', 'hello'), REFUSED],
  ['RFC9112-6.1-CL-PLUS-SIGN', '9112 6.3', post('Content-Length: +5', 'hello'), REFUSED],
  ['SMUG-DUPLICATE-CL', '9110 8.6', post(['Content-Length: 5', 'Content-Length: 6'], 'hello!'), REFUSED],
  ['SMUG-CL-LEADING-ZEROS', '9110 8.6', post('Content-Length: 0005', 'hello'), REFUSED, { ...LENIENT, native: DIGITS, node: DIGITS }],
  ['SMUG-CL-NEGATIVE', '9110 8.6', post('Content-Length: -5', 'hello'), REFUSED],
  ['SMUG-CL-TRAILING-SPACE', '9110 5.5', post('Content-Length: 5 ', 'hello'), REFUSED, { ...LENIENT, native: BLANKS, node: BLANKS }],
  ['SMUG-CL-EXTRA-LEADING-SP', '9110 5.5', post('Content-Length:   5', 'hello'), REFUSED, { ...LENIENT, native: BLANKS, node: BLANKS }],
  ['SMUG-CL-COMMA-DIFFERENT', '9110 8.6', post('Content-Length: 5, 6', 'hello!'), REFUSED],
  ['SMUG-CL-OCTAL', '9110 8.6', post('Content-Length: 0o5', 'hello'), REFUSED],
  ['SMUG-CL-HEX-PREFIX', '9110 8.6', post('Content-Length: 0x5', 'hello'), REFUSED],
  ['SMUG-CL-INTERNAL-SPACE', '9110 8.6', post('Content-Length: 1 1', 'hello there'), REFUSED],
  ['SMUG-CL-UNDERSCORE', '9110 8.6', post('Content-Length: 1_1', 'hello there'), REFUSED],
  ['SMUG-CL-NEGATIVE-ZERO', '9110 8.6', post('Content-Length: -0'), REFUSED],
  ['SMUG-CL-DOUBLE-ZERO', '9110 8.6', post('Content-Length: 00'), REFUSED, { ...LENIENT, native: DIGITS, node: DIGITS }],
  ['SMUG-CL-LEADING-ZEROS-OCTAL', '9110 8.6', post('Content-Length: 012', '123456789012'), REFUSED, { ...LENIENT, native: DIGITS, node: DIGITS }],
  ['SMUG-DUPLICATE-CL-SMUGGLED-GET', '9110 8.6', post(['Content-Length: 2', `Content-Length: ${2 + HIDDEN.length}`], `ab${HIDDEN}`), CUT, ALONE],
  ['MAL-CL-OVERFLOW', '9110 8.6', post('Content-Length: 36893488147419103232', 'hello'), REFUSED],
  ['MAL-CL-EMPTY', '9110 8.6', post('Content-Length: '), REFUSED],
  ['MAL-CL-TAB-BEFORE-VALUE', '9110 5.5', post('Content-Length:\t5', 'hello'), REFUSED, { ...LENIENT, native: BLANKS, node: BLANKS }],
  ['MAL-POST-CL-HUGE-NO-BODY', '9112 6.2', post('Content-Length: 987654321').replace('/', '/swallow'), OPEN_END],
  ['NORM-UNDERSCORE-CL', '9110 5.1', `${lines('POST /headers HTTP/1.1', HOST, 'Content_Length: 99')}\r\n`, '2xx!Content-Length:99 4xx 5xx close', { warn: '2xx' }],
  ['NORM-SP-BEFORE-COLON-CL', '9112 5.1', `${lines('POST /headers HTTP/1.1', HOST, 'Content-Length : 5')}\r\nhello`, '4xx 5xx close'],
  ['NORM-TAB-IN-NAME', '9112 5', `${lines('POST /headers HTTP/1.1', HOST, 'Content\tLength: 99')}\r\n`, '4xx 5xx close'],

  // ---- Transfer-Encoding
  ['COMP-UNKNOWN-TE-501', '9112 6.1', post('Transfer-Encoding: deflate'), '400 501 close'],
  ['SMUG-TE-XCHUNKED', '9112 6.1', post('Transfer-Encoding: xchunked', END), '400 501 close'],
  ['SMUG-TE-TRAILING-SPACE', '9112 6.1', post(['Content-Length: 5', 'Transfer-Encoding: chunked '], END), '400 501 close', { warn: '2xx+close' }],
  ['SMUG-TE-SP-BEFORE-COLON', '9112 5.1', post('Transfer-Encoding : chunked', END), REFUSED],
  ['SMUG-TE-DOUBLE-CHUNKED', '9112 6.1', post(['Content-Length: 5', 'Transfer-Encoding: chunked, chunked'], END), REFUSED, LENIENT],
  ['SMUG-TE-CASE-MISMATCH', '9112 6.1', post(['Content-Length: 5', 'Transfer-Encoding: CHUNKED'], END), REFUSED, LENIENT],
  ['SMUG-TE-NOT-FINAL-CHUNKED', '9112 6.3', post('Transfer-Encoding: chunked, gzip', END), REFUSED],
  ['SMUG-TE-HTTP10', '9112 6.1', `${lines('POST / HTTP/1.0', HOST, CHUNKED)}\r\n${END}`, REFUSED],
  ['SMUG-TE-EMPTY-VALUE', '9112 6.1', post('Transfer-Encoding:', END), REFUSED],
  ['SMUG-TE-LEADING-COMMA', '9110 5.6.1', post('Transfer-Encoding: ,chunked', END), REFUSED, LENIENT],
  ['SMUG-TE-TRAILING-COMMA', '9110 5.6.1', post('Transfer-Encoding: chunked,', END), REFUSED, LENIENT],
  ['SMUG-TE-DUPLICATE-HEADERS', '9112 6.1', post(['Content-Length: 5', CHUNKED, CHUNKED], END), REFUSED],
  ['SMUG-TE-VTAB', '9112 6.1', post('Transfer-Encoding: \x0bchunked', END), REFUSED],
  ['SMUG-TE-FORMFEED', '9112 6.1', post('Transfer-Encoding: \x0cchunked', END), REFUSED],
  ['SMUG-TE-NULL', '9112 6.1', post('Transfer-Encoding: chunked\0', END), REFUSED],
  ['SMUG-TE-IDENTITY', '9112 7', post(['Content-Length: 5', 'Transfer-Encoding: identity'], 'hello'), '400 501 close'],
  ['SMUG-TE-OBS-FOLD', '9112 5.2', post(['Content-Length: 5', 'Transfer-Encoding:', '  chunked'], END), REFUSED, { warn: '2xx+close' }],
  ['NORM-UNDERSCORE-TE', '9110 5.1', `${lines('POST /headers HTTP/1.1', HOST, 'Transfer_Encoding: chunked')}\r\n`, '2xx!Transfer-Encoding:chunked 4xx 5xx close', { warn: '2xx' }],

  // ---- both, and what could hide behind that
  ['SMUG-CL-TE-BOTH', '9112 6.1', both(CHUNKED, END), REFUSED, LENIENT],
  ['SMUG-CLTE-PIPELINE', '9112 6.1', both(CHUNKED, `${END}G`), CUT, LENIENT],
  ['SMUG-TECL-PIPELINE', '9112 6.1', post([CHUNKED, 'Content-Length: 3'], `5\r\nhello\r\n${END}`), CUT, LENIENT],
  ['SMUG-CLTE-CONN-CLOSE', '9112 6.1', both(CHUNKED, END), CUT, ALONE],
  ['SMUG-TECL-CONN-CLOSE', '9112 6.1', post([CHUNKED, 'Content-Length: 5'], END), CUT, ALONE],
  ['SMUG-CLTE-DESYNC', '9112 6.1', both(CHUNKED, `${END}Z`), CUT, ALONE],
  ['SMUG-TECL-DESYNC', '9112 6.1', post([CHUNKED, 'Content-Length: 40'], `${END}Z`), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET', '9112 6.1', both(CHUNKED), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-HEAD', '9112 6.1', both(CHUNKED, END + HIDDEN_HEAD), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET-CL-PLUS', '9112 6.1', both(CHUNKED, END + HIDDEN, `Content-Length: +${(END + HIDDEN).length}`), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET-CL-NON-NUMERIC', '9112 6.1', both(CHUNKED, END + HIDDEN, `Content-Length: ${(END + HIDDEN).length}q`), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET-TE-OBS-FOLD', '9112 5.2', both('Transfer-Encoding:\r\n\tchunked'), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET-TE-TRAILING-SPACE', '9112 6.1', both('Transfer-Encoding: chunked  '), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET-TE-LEADING-COMMA', '9112 6.1', both('Transfer-Encoding: ,chunked'), CUT, ALONE],
  ['SMUG-CLTE-SMUGGLED-GET-TE-CASE-MISMATCH', '9112 6.1', both('Transfer-Encoding: cHUNKED'), CUT, ALONE],
  ['SMUG-TE-DUPLICATE-HEADERS-SMUGGLED-GET', '9112 6.1', both('Transfer-Encoding: chunked\r\nTransfer-Encoding: x'), CUT, ALONE],
  ['SMUG-TECL-SMUGGLED-GET', '9112 6.1', post([CHUNKED, 'Content-Length: 4'], `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n${END}`), CUT, ALONE],
  ['SMUG-OPTIONS-TE-OBS-FOLD', '9112 5.2', both('Transfer-Encoding:\r\n chunked', END).replace('POST', 'OPTIONS'), CUT, ALONE],

  // ---- chunks
  ['SMUG-CHUNK-BARE-SEMICOLON', '9112 7.1.1', chunks(`5;\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-EXT-INVALID-TOKEN', '9112 7.1.1', chunks(`5;a[b=c\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-EXT-LF', '9112 7.1.1', chunks(`5;a\nb\r\nhello\r\n${END}`), REFUSED, LENIENT],
  ['SMUG-CHUNK-EXT-CTRL', '9112 7.1.1', chunks(`5;a\0=b\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-EXT-CR', '9112 7.1.1', chunks(`5;a=b\rc\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-UNDERSCORE', '9112 7.1', chunks(`0_5\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-HEX-PREFIX', '9112 7.1', chunks(`0x5\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-SIZE-PLUS', '9112 7.1', chunks(`+5\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-SIZE-TRAILING-OWS', '9112 7.1', chunks(`5 \r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-LEADING-SP', '9112 7.1', chunks(` 5\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-NEGATIVE', '9112 7.1', chunks(`-5\r\nhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-MISSING-TRAILING-CRLF', '9112 7.1', chunks(`5\r\nhello${END}`), REFUSED],
  ['SMUG-CHUNK-SPILL', '9112 7.1', chunks(`5\r\nhello there\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-LF-TERM', '9112 7.1', chunks(`5\r\nhello\n${END}`), REFUSED, LENIENT],
  ['SMUG-CHUNK-LF-TRAILER', '9112 7.1', chunks('5\r\nhello\r\n0\r\n\n'), REFUSED, LENIENT],
  ['SMUG-CHUNK-BARE-CR-TERM', '9112 2.2', chunks(`5\rhello\r\n${END}`), REFUSED],
  ['SMUG-CHUNK-INVALID-SIZE-DESYNC', '9112 7.1', chunks(`+0\r\n\r\n${HIDDEN}`), CUT, ALONE],
  ['MAL-CHUNK-SIZE-OVERFLOW', '9112 7.1', chunks(`fffffffffffffffff5\r\nhello\r\n${END}`), REFUSED],
  ['MAL-CHUNK-EXT-64K', '9112 7.1.1', chunks(`5;${'e'.repeat(65536)}\r\nhello\r\n${END}`), '400 431 close', LENIENT],

  // ---- bytes that are no request
  ['SMUG-BARE-CR-HEADER-VALUE', '9112 2.2', get('X-Value: one\rtwo'), REFUSED],
  ['MAL-BINARY-GARBAGE', '9112 2.2', '\x80\x03\xff\0\x10\xfe\x7f\x01\x02\xc3(\r\n\r\n', OPEN_END],
  ['MAL-LONG-URL', '9112 3', line(`GET /${'u'.repeat(100000)} HTTP/1.1`), '400 414 431 close'],
  ['MAL-LONG-HEADER-VALUE', '9110 5.4', get(`X-Long: ${'v'.repeat(100000)}`), '400 431 close'],
  ['MAL-LONG-HEADER-NAME', '9110 5.4', get(`${'N'.repeat(100000)}: 1`), '400 431 close'],
  ['MAL-LONG-METHOD', '9112 3', line(`${'M'.repeat(100000)} / HTTP/1.1`), REFUSED],
  ['MAL-MANY-HEADERS', '6585 5', get(...Array.from({ length: 10000 }, (_, i) => `X-${i}: ${i}`)), '400 431 close'],
  ['MAL-NUL-IN-URL', '9112 3.2', line('GET /a\0b HTTP/1.1'), REFUSED],
  ['MAL-CONTROL-CHARS-HEADER', '9110 5.5', get('X-Value: \x01\x02\x1f'), REFUSED],
  ['MAL-NUL-IN-HEADER-VALUE', '9110 5.5', get('X-Value: a\0b'), REFUSED],
  ['MAL-INCOMPLETE-REQUEST', '9112 2.2', `GET / HTTP/1.1\r\n${HOST}\r\nX-Half:`, OPEN_END],
  ['MAL-EMPTY-REQUEST', '9112 2.2', '', OPEN_END],
  ['MAL-NON-ASCII-HEADER-NAME', '9110 5.1', get('X-\xc3\xab: 1'), REFUSED],
  ['MAL-NON-ASCII-URL', '9112 3.2', line('GET /caf\xc3\xa9 HTTP/1.1'), REFUSED],
  ['MAL-WHITESPACE-ONLY-LINE', '9112 2.2', '   \t\r\n\r\n', OPEN_END],
  ['MAL-H2-PREFACE', '9113 3.4', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400 505 close silent'],
  ['MAL-URL-BACKSLASH', '3986 2', line('GET /one\\two HTTP/1.1'), REFUSED, { warn: '2xx 3xx 4xx' }],
  ['MAL-URL-OVERLONG-UTF8', '3629 3', line('GET /..\xc0\xaf HTTP/1.1'), REFUSED],
  ['MAL-URL-PERCENT-NULL', '9110 5.5', line('GET /a%00b HTTP/1.1'), REFUSED, { warn: '2xx 3xx 4xx' }],
  ['MAL-URL-PERCENT-CRLF', '9110 5.5', line('GET /a%0d%0aX:%20b HTTP/1.1'), REFUSED, { warn: '2xx 3xx 4xx', native: DATA, node: DATA }],
];
