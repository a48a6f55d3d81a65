// A way to a PostgreSQL that falls silent when it is told to, as a server does whose machine or network has
// died behind something that still takes connections.
//
// It is told in the text of a statement, so that every host can do so, and becomes so for that connection:
//   /* then KIND */   once the statement is over
//   /* soon KIND */   once the first piece of its answer has passed
// or from the first byte on by application_name=KIND. Kinds:
//   silent   nothing is taken, nothing is given
//   drip     what the server says is given a byte a second
//   half     three bytes of what the server says next, and no more
// A request to cancel a statement of such a connection is taken, and never answered.
import net from 'node:net';

const kinds = ['silent', 'drip', 'half'];
const PIECE = 20000;
const CANCEL = 80877102;
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);
const KEY = Buffer.from([0x4b, 0, 0, 0, 12]);

const faults = new Map(); // connections by the server's process

// Also one that is about to fall silent: a request that comes before the answer would end it.
const isFaulty = (process) => {
  const { kind, soon } = faults.get(process) ?? {};
  return Boolean(kind || soon);
};

class Connection {
  constructor(client, server) {
    this.client = client;
    this.server = server;
    this.kind = this.then = this.soon = null;
    this.given = 0;
    client.on('data', (data) => this.fromClient(data));
    server.on('data', (data) => this.fromServer(data));
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on('error', () => {});
      one.on('close', () => { clearInterval(this.timer); if (one === client || !this.kind) other.destroy(); });
    }
  }
  become(kind) {
    this.kind = kind;
    if (kind === 'silent') this.client.pause();
    if (kind === 'drip') this.timer = setInterval(() => this.drip(), 1000);
  }
  drip() {
    const { dripping = Buffer.alloc(0) } = this;
    if (dripping.length) this.client.write(dripping.subarray(0, 1));
    this.dripping = dripping.subarray(1);
  }
  fromClient(data) {
    if (!this.begun) {
      this.begun = true;
      if (data.length >= 16 && data.readUInt32BE(4) === CANCEL && isFaulty(data.readUInt32BE(8))) return;
      const kind = kinds.find((one) => data.includes(`application_name\0${one}\0`));
      if (kind) this.become(kind);
    }
    if (this.kind === 'silent') return;
    for (const kind of kinds) {
      if (data.includes(`/* then ${kind} */`)) this.then = kind;
      if (data.includes(`/* soon ${kind} */`)) this.soon = kind;
    }
    this.server.write(data);
  }
  fromServer(data) {
    const at = data.indexOf(KEY);
    if (!this.process && at >= 0) faults.set(this.process = data.readUInt32BE(at + 5), this);
    if (this.kind) return this.give(data);
    const piece = this.soon ? data.subarray(0, PIECE) : data;
    this.client.write(piece);
    if (this.soon) this.become(this.soon);
    else if (this.then && data.subarray(-6, -1).equals(READY)) this.become(this.then);
    if (piece !== data && piece.length < data.length) this.give(data.subarray(PIECE));
  }
  give(data) {
    if (this.kind === 'drip') this.dripping = Buffer.concat([this.dripping ?? Buffer.alloc(0), data]);
    if (this.kind !== 'half') return;
    this.client.write(data.subarray(0, 3 - this.given));
    this.given += Math.min(data.length, 3 - this.given);
  }
}

// The conninfo string of the way to the server, whose users need no password there.
export function startSilence({ folder, port }) {
  const listener = net.createServer((client) => {
    new Connection(client, net.connect(`${folder}/.s.PGSQL.${port}`));
  });
  listener.unref();
  return new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', 500, () => resolve(
      `host=127.0.0.1 port=${listener.address().port} user=postgres dbname=postgres sslmode=disable gssencmode=disable`));
  });
}
