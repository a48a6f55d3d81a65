// What a server may answer that is no answer, and what comes of it. Bytes are sent when a command has come whole,
// in the extended protocol: ParseComplete and BindComplete are left out for commands that have none.
//
// What comes of it, of every kind of call unless it says otherwise:
//   fine      0, and the connection goes on
//   refused   ESQL, and the connection goes on
//   protocol  EPROTO, and the connection is lost
//   reset     ECONNRESET, and it is lost
//   late      ETIMEDOUT, and it is lost
//   found     0, and that it is lost is found afterwards
// or a list of those that it may be; `native` and `node` where the two differ, since libpq looks at less.

export const message = (type, body = Buffer.alloc(0)) => {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const bytes = (...numbers) => Buffer.from(numbers);
const text = (string) => Buffer.from(string, 'latin1');
const int16 = (number) => { const out = Buffer.alloc(2); out.writeUInt16BE(number); return out; };
const int32 = (number) => { const out = Buffer.alloc(4); out.writeInt32BE(number | 0); return out; };
const join = (...parts) => Buffer.concat(parts.flat());
const times = (count, part) => Buffer.concat(Array(count).fill(part));

const columns = (count, told = count) =>
  message('T', join(int16(told), times(count, join(text('a\0'), int32(0), int16(0), int32(25), int16(65535), int32(-1), int16(0)))));
const row = (...values) => message('D', join(int16(values.length), values.map((value) => join(int32(value.length), text(value)))));
const parsed = message('1');
const bound = message('2');
const done = message('C', text('SELECT 1\0'));
export const ready = message('Z', text('I'));
const notice = (end) => message('N', text(`SNOTICE\0VNOTICE\0C00000\0Mhello\0${end}`));
const error = (fields) => message('E', text(fields));
const begun = [parsed, bound];
const good = join(begun, columns(1), row('x'), done);
const rows = (...parts) => join(begun, columns(1), ...parts, done, ready);

export const start = (process) => join(message('R', int32(0)), message('S', text('server_version\x0015.0\0')), message('S', text('client_encoding\0UTF8\0')),
  message('S', text('standard_conforming_strings\0on\0')), message('K', join(int32(process), int32(2))), ready);

export const answers = {
  good: [join(good, ready), 'fine'],
  // rows
  value_too_long: [rows(message('D', join(int16(1), int32(0x7fffffff), text('x')))), 'protocol'],
  value_of_negative_length: [rows(message('D', join(int16(1), int32(-2), text('x')))), { native: ['fine', 'protocol'], node: 'protocol' }],
  more_values_than_columns: [rows(row('x', 'y', 'z')), 'protocol'],
  fewer_values_than_columns: [join(begun, columns(3), row('x'), done, ready), 'protocol'],
  count_of_values_lies: [rows(message('D', join(int16(65535), int32(1), text('x')))), 'protocol'],
  garbage_behind_a_row: [rows(message('D', join(int16(1), int32(1), text('xGARBAGE')))), 'protocol'],
  an_empty_row: [rows(message('D')), 'protocol'],
  row_before_its_description: [join(begun, row('x'), done, ready), 'protocol'],
  rows_are_described_twice: [join(begun, columns(1), row('x'), columns(1), done, ready), { native: ['fine', 'protocol'], node: 'protocol' }],
  row_behind_the_end: [join(good, row('x'), ready), { native: ['fine', 'protocol'], node: 'protocol' }],
  // descriptions
  count_of_columns_lies: [join(begun, columns(1, 65535), row('x'), done, ready), 'protocol'],
  column_without_end: [join(begun, message('T', join(int16(1), text('aaaaaaa'))), row('x'), done, ready), 'protocol'],
  an_empty_description: [join(begun, message('T'), done, ready), 'protocol'],
  many_columns_and_hollow_rows: [join(begun, columns(30000), times(20000, message('D', int16(30000))), done, ready), 'protocol'],
  // lengths
  length_0: [join(parsed, bytes(0x44, 0, 0, 0, 0)), 'protocol'],
  length_3: [join(parsed, bytes(0x44, 0, 0, 0, 3)), { native: ['protocol', 'reset'], node: 'protocol' }, 'end'],
  length_negative: [join(parsed, bytes(0x44, 255, 255, 255, 255), text('x'.repeat(100))), 'protocol'],
  length_enormous: [join(parsed, bytes(0x44, 0x7f, 255, 255, 255), text('x'.repeat(100))), { native: ['protocol', 'reset'], node: 'protocol' }],
  // ends of statements
  no_answer_at_all: [ready, { native: 'protocol', node: 'protocol' }],
  nothing_is_bound: [join(parsed, ready), { native: 'protocol', node: 'protocol' }],
  without_BindComplete: [join(parsed, columns(1), row('x'), done, ready), { native: 'fine', node: 'protocol', run: 'fine' }],
  without_ParseComplete: [join(bound, columns(1), row('x'), done, ready), { native: ['fine', 'protocol'], node: 'protocol', run: 'fine' }],
  without_a_description: [join(begun, done, ready), { native: 'fine', node: 'protocol', run: 'fine' }],
  without_an_end: [join(begun, columns(1), row('x'), ready), { native: 'protocol', node: 'protocol' }],
  ready_too_early: [join(ready, good, ready), 'protocol'],
  ready_twice: [join(good, ready, ready), ['fine', 'found', 'protocol']],
  ready_in_no_state: [join(good, message('Z', text('X'))), 'protocol'],
  ready_without_a_state: [join(good, message('Z')), { native: ['protocol', 'reset'], node: 'protocol' }, 'end'],
  tag_without_end: [join(begun, columns(1), row('x'), message('C', text('SELECT 1')), ready), 'protocol'],
  an_empty_tag: [join(begun, columns(1), row('x'), message('C'), ready), 'protocol'],
  a_long_tag: [join(begun, columns(1), row('x'), message('C', text(`${'S'.repeat(2000000)}\0`)), ready), { native: 'protocol', node: 'fine' }],
  // errors
  an_error: [join(error('SERROR\0VERROR\0C42601\0Mhello\0\0'), ready), 'refused'],
  error_without_end: [join(error('SERROR\0C42601\0Mhello'), ready), 'protocol'],
  an_empty_error: [join(error(''), ready), 'protocol'],
  error_without_a_code: [join(error('SERROR\0VERROR\0Mhello\0\0'), ready), 'protocol'],
  a_long_error: [join(error(`SERROR\0VERROR\0C42601\0M${'x'.repeat(5000000)}\0\0`), ready), 'refused'],
  error_that_is_no_text: [join(error('SERROR\0VERROR\0C42601\0M\xff\xfe%s%n\x01\0\0'), ready), 'refused'],
  code_that_is_too_long: [join(error(`SERROR\0VERROR\0C${'9'.repeat(500)}\0Mx\0\0`), ready), 'refused'],
  panic_and_the_end: [error('SPANIC\0VPANIC\0C58030\0Mthe disk is full\0\0'), 'reset', 'end'],
  // aside
  notices: [join(begun, times(20000, notice('\0')), columns(1), row('x'), done, ready), 'fine'],
  notice_without_end: [join(notice(''), good, ready), { native: 'protocol', node: 'protocol' }],
  notification_without_end: [join(message('A', join(int32(1), text('channel'))), good, ready), 'protocol'],
  an_empty_notification: [join(message('A'), good, ready), 'protocol'],
  parameter_without_end: [join(message('S', text('nothing')), good, ready), 'protocol'],
  endless_notices: [times(100, notice('\0')), 'late', 'again'],
  endless_silence: [Buffer.alloc(0), 'late'],
  // messages that belong elsewhere
  unknown_message: [join(message('?', text('abc')), good, ready), 'protocol'],
  unknown_message_high: [join(bytes(255, 0, 0, 0, 4), good, ready), 'protocol'],
  authentication: [join(message('R', int32(0)), good, ready), 'protocol'],
  function_result: [join(message('V', join(int32(3), text('abc'))), good, ready), 'protocol'],
  rows_are_suspended: [join(begun, columns(1), row('x'), message('s'), ready), { native: 'protocol', node: 'protocol', rows: ['fine', 'protocol'] }],
  copy_in_both_directions: [join(begun, message('W', bytes(0, 0, 0)), ready), 'protocol'],
  copy_without_columns: [join(begun, message('H'), message('d', text('data')), ready), 'protocol'],
  copy_with_too_many_columns: [join(begun, message('G', bytes(0, 255, 255)), ready), { native: ['protocol', 'reset'], node: 'protocol' }, 'end'],
  // not even messages
  closed_in_the_answer: [parsed, 'reset', 'end'],
  closed_in_a_message: [good.subarray(0, -3), 'reset', 'end'],
  garbage: [Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 167 + 13) & 255)), 'protocol'],
  http: [text('HTTP/1.1 400 Bad Request\r\n\r\n'), { native: ['protocol', 'reset'], node: 'protocol' }, 'end'],
  zeros: [Buffer.alloc(100000), 'protocol'],
};

// To functions of large objects, which take one value out of them.
export const values = {
  value_of_50_bytes: join(begun, columns(1), row('x'.repeat(50)), done, ready),
  row_of_no_columns: join(begun, columns(0), row(), done, ready),
  row_of_two_columns: join(begun, columns(2), row('1', '2'), done, ready),
  row_of_null: rows(message('D', join(int16(1), int32(-1)))),
};

// At a commit, with a deadline: what is sent at once; what is when the server is asked to stop, null for the end of
// the connection, which comes at once with true for it; and what comes of it.
const committed = message('C', text('COMMIT\0'));
const conflict = error('SERROR\0VERROR\0C40001\0Mhello\0\0');
export const begin = join(message('C', text('BEGIN\0')), message('Z', text('T')));
export const commits = {
  commit_is_ready_late: [committed, ready, '0 alive'],
  commit_is_lost_late: [committed, null, '0 lost'],
  commit_is_lost: [committed, true, '0 lost'],
  refusal_is_ready_late: [conflict, ready, 'ESQL alive 40001'],
  refusal_is_lost_late: [conflict, null, 'ESQL lost 40001'],
  refusal_is_lost: [conflict, true, 'ECONNRESET lost 40001'],
  commit_comes_late: [Buffer.alloc(0), join(committed, ready), '0 alive'],
  refusal_comes_late: [Buffer.alloc(0), join(conflict, ready), 'ETIMEDOUT alive'],
  refusal_comes_late_and_is_lost: [Buffer.alloc(0), conflict, 'ETIMEDOUT lost', 'end'],
  no_answer_and_lost: [Buffer.alloc(0), null, 'ETIMEDOUT lost unknown'],
  nothing_and_lost: [Buffer.alloc(0), true, 'ECONNRESET lost unknown'],
  last_word_and_lost: [error('SFATAL\0VFATAL\0C57P01\0Mhello\0\0'), true, 'ECONNRESET lost 57P01 unknown'],
};

// A COPY with a deadline, which passes before it has begun: what is sent when the server is asked to stop, and what
// when the program then gives the COPY up. The next query has its own answer, which is answers.good.
const stopped = join(error('SERROR\0VERROR\0C57014\0Mhello\0\0'), ready);
export const copies = {
  copy_in_begins_late: [message('G', bytes(0, 0, 0)), stopped],
  copy_out_begins_late: [join(message('H', bytes(0, 0, 0)), message('d', text('x\n')), stopped)],
  copy_out_begins_late_and_ends: [join(message('H', bytes(0, 0, 0)), message('c'), message('C', text('COPY 0\0')), ready)],
};

// At the start. Nothing comes of these but a failure in time.
const scram = text('SCRAM-SHA-256\0\0');
export const starts = {
  unknown_authentication: message('R', int32(99)),
  short_authentication: message('R', bytes(0)),
  empty_authentication: message('R'),
  sasl_without_mechanisms: message('R', join(int32(10), bytes(0))),
  sasl_without_end: message('R', join(int32(10), text('SCRAM-SHA-256'))),
  sasl_goes_on_at_once: message('R', join(int32(11), text('r=x,s=y,i=1'))),
  sasl_ends_at_once: message('R', join(int32(12), text('v=x'))),
  sasl_of_no_rounds: [message('R', join(int32(10), scram)), (nonce) => message('R', join(int32(11), text(`r=${nonce}srv,s=QSXCR+Q6sek8bf92,i=0`)))],
  sasl_of_another_nonce: [message('R', join(int32(10), scram)), () => message('R', join(int32(11), text('r=other,s=QSXCR+Q6sek8bf92,i=4096')))],
  md5_without_salt: message('R', join(int32(5), text('ab'))),
  kerberos: message('R', int32(2)),
  gssapi: message('R', int32(7)),
  sspi: message('R', int32(9)),
  start_length_0: bytes(0x52, 0, 0, 0, 0),
  start_length_3: bytes(0x45, 0, 0, 0, 3, 0x78, 0x78, 0x78),
  start_length_negative: bytes(0x52, 255, 255, 255, 255),
  start_length_enormous: bytes(0x52, 0x7f, 255, 255, 255),
  start_garbage: Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 71 + 5) & 255)),
  start_unknown: message('?', text('x')),
  start_error_without_end: error('SFATAL\0C28000\0Mno'),
  start_error_empty: error(''),
  start_error: error('SFATAL\0VFATAL\0C28000\0Mno\0\0'),
  start_closed: message('R', int32(0)),
  start_zeros: Buffer.alloc(100000),
  start_http: text('HTTP/1.1 400 Bad Request\r\n\r\n'),
};
