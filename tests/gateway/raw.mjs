// The protocol of docs/gateway.md by hand, for what a client of greenio's would not send.
import { once } from 'node:events';
import WebSocket from 'ws';

export const kinds = { HELLO: 0, OPEN: 1, OPENED: 2, DATA: 3, CREDIT: 4, END: 5, RESET: 6, CLOSE: 7, PING: 8, PONG: 9 };

const names = Object.keys(kinds);
const number32 = number => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
};

export class RawClient {
  constructor(url, /** @type {any} */ { protocols = ['greenio-gateway-1'], ...options } = {}) {
    this.socket = new WebSocket(url, protocols, options);
    this.messages = [];
    this.waiting = [];
    this.ended = new Promise(resolve => { this.socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })); });
    this.socket.on('error', () => {});
    this.socket.on('message', data => {
      const message = { what: names[data[0]], number: data.readUInt32BE(1), content: data.subarray(5) };
      (this.waiting.shift() ?? (one => this.messages.push(one)))(message);
    });
    this.ready = once(this.socket, 'open');
    this.ready.catch(() => {});
  }
  /* The next message; or how the WebSocket has ended. */
  next() {
    if (this.messages.length) return Promise.resolve(this.messages.shift());
    return Promise.race([new Promise(resolve => { this.waiting.push(resolve); }), this.ended]);
  }
  send(what, number, /** @type {any} */ content = Buffer.alloc(0)) {
    this.socket.send(Buffer.concat([Buffer.from([kinds[what]]), number32(number), Buffer.from(content)]));
  }
  hello(token = '') {
    this.send('HELLO', 0, token);
  }
  open(number, host, port, credit = 65536) {
    this.send('OPEN', number, Buffer.concat([number32(credit), number32(port).subarray(2), Buffer.from(host)]));
  }
  /* Opens, and gives "OPENED" or what it was refused with. */
  async ask(number, host, port) {
    this.open(number, host, port);
    const { what, content, code } = await this.next();
    return what === 'RESET' ? String(content) : what ?? `closed ${code}`;
  }
}
