// PostgreSQL's protocol, as much of it as it takes to let a client that knows nothing of PGlite talk to one: what a server
// says before a session begins, that there is one session, and a COPY, which PGlite takes whole.
const [SSL, GSS, CANCEL] = [80877103, 80877104, 80877102];

const bytesOf = (text) => new TextEncoder().encode(text);

export function joined(parts) {
  const all = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function message(type, content) {
  const head = new Uint8Array(5);
  head[0] = type.charCodeAt(0);
  new DataView(head.buffer).setInt32(1, 4 + content.length);
  return joined([head, content]);
}

export const fatal = (sqlstate, text) => message('E', bytesOf(`SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`));
const copyFail = message('f', bytesOf('a COPY from stdin has to be a statement of its own here\0'));
// No rows of it are known yet: what it is made of is the server's to say, when all is there.
const copyBegins = (isBinary) => message('G', Uint8Array.of(isBinary ? 1 : 0, 0, 0));

// Comments and strings are left out, since words in them mean nothing.
const wordsOf = (sql) => sql.replace(/--.*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, ' ');
const copies = (sql) => /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(wordsOf(sql));
const isBinary = (sql) => /\bbinary\b/i.test(wordsOf(sql));

// Cuts what comes in pieces into messages.
class Messages {
  bytes = new Uint8Array(0);
  push(chunk) {
    this.bytes = this.bytes.length ? joined([this.bytes, chunk]) : chunk;
  }
  // null: the rest is still to come. `typed`: it has a letter in front, as all but the first one have.
  next(typed) {
    const head = typed ? 5 : 4;
    if (this.bytes.length < head) return null;
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    const size = (typed ? 1 : 0) + view.getInt32(typed ? 1 : 0);
    if (size < head || size > 2 ** 30) throw new Error('what the client says is not PostgreSQL\'s protocol');
    if (this.bytes.length < size) return null;
    const whole = this.bytes.subarray(0, size);
    this.bytes = this.bytes.subarray(size);
    return whole;
  }
}

// Answers of a COPY without their first message, which the client has had.
function withoutCopyBegins(pieces) {
  const all = joined(pieces);
  if (all[0] !== 'G'.charCodeAt(0)) return all;
  return all.subarray(1 + new DataView(all.buffer).getInt32(1));
}

// One connection. `to`: { run(bytes, piece => ...), send(bytes), end(), take(), cancelled() }; take() says whether the session is to be
// had.
export class Session {
  messages = new Messages();
  started = false;
  over = false;
  batch = []; // up to Sync
  copy = null; // of the COPY that is coming in: { query, parts }

  constructor(to) {
    this.to = to;
  }
  async data(chunk) {
    this.messages.push(chunk);
    for (let one; !this.over && (one = this.messages.next(this.started));) await (this.started ? this.take(one) : this.start(one));
  }
  async start(packet) {
    const code = new DataView(packet.buffer, packet.byteOffset).getInt32(4);
    if (code === SSL || code === GSS) return this.to.send(bytesOf('N'));
    if (code === CANCEL) {
      this.to.cancelled();
      return this.close();
    }
    if (!this.to.take()) {
      this.to.send(fatal('53300', 'PGlite serves one session at a time, and there is one'));
      return this.close();
    }
    this.started = true;
    await this.to.run(packet, this.to.send);
  }
  async take(one) {
    const type = String.fromCharCode(one[0]);
    if (type === 'X') return this.close();
    if (this.copy) return this.takeCopy(type, one);
    if (type === 'd' || type === 'c' || type === 'f') return; // of a COPY that has failed
    if (type === 'Q') return this.query(one);
    this.batch.push(one.slice());
    if (type === 'S' || type === 'H') await this.to.run(joined(this.batch.splice(0)), this.to.send);
  }
  async query(one) {
    const sql = new TextDecoder().decode(one.subarray(5, -1));
    if (!copies(sql)) return this.to.run(joined([one, copyFail]), this.to.send);
    this.copy = [one.slice()];
    this.to.send(copyBegins(isBinary(sql)));
  }
  async takeCopy(type, one) {
    if (type === 'H' || type === 'S') return;
    this.copy.push(one.slice());
    if (type === 'd') return;
    const all = joined(this.copy);
    this.copy = null;
    const pieces = [];
    await this.to.run(all, (piece) => pieces.push(piece));
    this.to.send(withoutCopyBegins(pieces));
  }
  close() {
    if (this.over) return;
    this.over = true;
    this.to.end(this.started);
  }
}

// What leaves nothing of a session behind.
export const farewell = [message('Q', bytesOf('rollback\0')), message('Q', bytesOf('discard all\0'))];
