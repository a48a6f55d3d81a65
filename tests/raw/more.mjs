// Situations beyond table.mjs, in the same form, from what users and attackers of other servers have met: what stands
// behind a refused request, readings in which node:http, llhttp, libmicrohttpd, nginx, h11 and hyper were not at one.
const HOST = 'Host: example.com';
const lines = (...list) => `${list.join('\r\n')}\r\n`;
const get = (...fields) => `${lines('GET / HTTP/1.1', HOST, ...fields)}\r\n`;
const post = (fields, body = '') => `${lines('POST / HTTP/1.1', HOST, ...[].concat(fields))}\r\n${body}`;
const host = value => `${lines('GET / HTTP/1.1', `Host:${value}`)}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';
const chunks = text => post(CHUNKED, text);
const END = '0\r\n\r\n';
const HIDDEN = `${lines('GET /smuggled HTTP/1.1', HOST)}\r\n`;
const ALONE = { alone: true };

const taken = (name, value) => [`Host: ${name}`, '9112 3.2', host(value), '2xx'];
const refused = (name, value) => [`Host: ${name}`, '9112 3.2', host(value) + HIDDEN, '400', ALONE];

export const more = [
  // ---- Host
  taken('an IPv4 address', ' 127.0.0.1:8080'),
  taken('an IPv6 address', ' [2001:db8::1]:443'),
  taken('the shortest IPv6 address', ' [::]'),
  taken('an IPv6 address that ends with IPv4', ' [::ffff:192.0.2.1]'),
  taken('eight groups', ' [1:2:3:4:5:6:7:8]'),
  taken('blanks and a tab around it', '  \t example.com\t '),
  taken('no blank before it', 'example.com'),
  taken('a port without digits', ' example.com:'),
  taken('an underscore', ' my_service:80'),
  taken('an escape', ' ex%41mple.com'),
  refused('blanks alone', '   '),
  refused('a port alone', ' :80'),
  refused('letters as a port', ' a:b'),
  refused('a port that is too large', ' a:99999'),
  refused('a port with a sign', ' a:+80'),
  refused('two ports', ' a:80:80'),
  refused('a bracket that is not closed', ' [::1'),
  refused('something behind the bracket', ' [::1]x'),
  refused('brackets around a name', ' [example.com]'),
  refused('nine groups', ' [1:2:3:4:5:6:7:8:9]'),
  refused('two gaps', ' [1::2::3]'),
  refused('IPv6 without brackets', ' ::1'),
  refused('a scheme', ' http://example.com'),
  refused('a query', ' example.com?x'),
  refused('a path upwards', ' example.com/..'),
  refused('a backslash', ' example.com\\x'),
  refused('a fragment', ' example.com#x'),
  refused('two names', ' example.com example.org'),
  refused('a list', ' example.com,example.org'),
  refused('an escape that is none', ' example%4'),
  refused('letters beyond ASCII', ' ex\xc3\xa4mple.com'),
  ['Host: a bad one in HTTP/1.0', '9112 3.2', 'GET / HTTP/1.0\r\nHost: a/b\r\n\r\n', '400'],
  ['Host: of an absolute target counts', '9112 3.2.2', `${lines('GET http://real.example:81/headers HTTP/1.1', 'Host: other.example')}\r\n`, '2xx=Host:real.example:81\n'],
  ['Host: none beside an absolute target', '9112 3.2', 'GET http://example.com/ HTTP/1.1\r\n\r\n', '400'],
  ['a target with a user', '9110 4.2.4', `${lines('GET http://me@example.com/ HTTP/1.1', HOST)}\r\n`, '400'],

  // ---- versions
  ['no version, a bare LF, and fields (llhttp 877)', '9112 3', `POST /\nHost: example.com\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`, '400 505 close', ALONE],
  ['HTTP/0.9', '9112 2.3', `GET / HTTP/0.9\r\n${HOST}\r\n\r\n${HIDDEN}`, '400 505 close', ALONE],
  ['HTTP/2.0', '9112 2.3', `GET / HTTP/2.0\r\n${HOST}\r\n\r\n${HIDDEN}`, '400 505 close', ALONE],
  ['h2c is not spoken', '9113 3.1', get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'), '2xx=hello'],

  // ---- how long a body is
  ['chunked, then a tab (llhttp 876)', '9110 5.6.3', `${post('Transfer-Encoding: chunked\t')}5\r\nhello\r\n${END}`, '400 501 2xx=hello'],
  ['chunked, then a blank', '9110 5.6.3', post('Transfer-Encoding: chunked ', `5\r\nhello\r\n${END}`), '2xx=hello'],
  ['Content-Length, then a blank', '9110 5.6.3', post('Content-Length: 5 ', 'hello'), '2xx=hello'],
  ['a coding behind a bare CR (node 2022)', '9112 2.2', post('X-Abc: \rxTransfer-Encoding: chunked', `${END}${HIDDEN}`), '400', ALONE],
  ['the same length twice, in two cases', '9110 8.6', post(['Content-Length: 2', 'CONTENT-LENGTH: 2'], `hi${HIDDEN}`), '400', ALONE],
  ['a length of 0, then a coding', '9112 6.1', post(['Content-Length: 0', CHUNKED], END + HIDDEN), '400', ALONE],
  ['a body with GET is passed over', '9110 9.3.1', get(`Content-Length: ${HIDDEN.length}`) + HIDDEN, '2xx=hello', ALONE],
  ['a body with OPTIONS is passed over', '9110 9.3.7', get(`Content-Length: ${HIDDEN.length}`).replace('GET', 'OPTIONS') + HIDDEN, '2xx', ALONE],
  ['a body that is announced too large', '9110 15.5.14', post('Content-Length: 987654321'), '413'],

  // ---- chunks
  ['a size of 2 to the 64 (Go, hyper)', '9112 7.1', chunks(`10000000000000000\r\n${END}${HIDDEN}`), '400 413', ALONE],
  ['a size with leading zeros', '9112 7.1', chunks(`0005\r\nhello\r\n${END}`), '2xx=hello'],
  ['a size line that ends with LF (nginx 1016, Go)', '9112 7.1', chunks(`5\nhello\r\n${END}`), '400'],
  ['LF in an extension (Kestrel 2025)', '9112 7.1.1', chunks(`5;\nx\r\nhello\r\n${END}${HIDDEN}`), '400', ALONE],
  ['two bytes in place of the end of a chunk', '9112 7.1', chunks(`5\r\nhelloXX${END}${HIDDEN}`), '400', ALONE],
  ['a quoted extension', '9112 7.1.1', chunks(`5;a="b c"\r\nhello\r\n${END}`), '2xx=hello'],
  ['zeros without end', '9112 7.1', chunks(`${'0'.repeat(70000)}5\r\nhello\r\n${END}`), '2xx=hello 400 413'],

  // ---- trailers
  ['a trailer is no header', '9110 6.5.1', `${lines('POST /headers HTTP/1.1', HOST, CHUNKED)}\r\n0\r\nX-Trailer: y\r\n\r\n`, '2xx!x-trailer'],
  ['a length in a trailer', '9110 6.5.1', chunks(`0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n`) + HIDDEN.replace('/smuggled', '/'), '2xx 400'],
  ['a trailer that is none', '9112 7.1.2', chunks('0\r\nno colon\r\n\r\n'), '400'],
  ['a folded trailer', '9112 5.2', chunks('0\r\nX: a\r\n b\r\n\r\n'), '400'],

  // ---- what stands behind
  ['behind Connection: close nothing is begun', '9112 9.6', get('Connection: close') + HIDDEN, '2xx+close', ALONE],
  ['behind HTTP/1.0 nothing is begun', '9112 9.3', `GET / HTTP/1.0\r\n${HOST}\r\n\r\n${HIDDEN}`, '2xx+close', ALONE],
  ['behind an expectation that is unknown nothing is begun', '9110 10.1.1', get('Expect: more') + HIDDEN, '417', ALONE],
  ['behind a coding that is unknown nothing is begun', '9112 6.1', post('Transfer-Encoding: gzip', HIDDEN), '400 501', ALONE],
  ['behind too many headers nothing is begun', '6585 5', get(...Array.from({ length: 150 }, (_, i) => `X-${i}: y`)) + HIDDEN, '431', ALONE],
  ['a head of 9 KB', '6585 5', get(`X: ${'y'.repeat(9000)}`) + HIDDEN, '431', ALONE],
];
