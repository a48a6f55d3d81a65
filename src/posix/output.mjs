/* Standard output and standard error of a program in Node that are no terminals: what C writes goes there as it is, at
 * once, a line's end or not. A reader that has gone is EPIPE.
 */
import { require } from '../../wasm/node.mjs';
import { roomIn } from '../net/sockets.mjs';
import { gather, sizeOf } from './memory.mjs';
import { errnoOf, layout } from './numbers.mjs';

const { EAGAIN, EBADF, O_WRONLY, POLLERR, POLLOUT, S_IFIFO } = layout.constants;

const modeOf = fd => {
  try {
    return require('node:fs').fstatSync(fd).mode;
  } catch {
    return S_IFIFO | 0o600;
  }
};

export class Output {
  access = O_WRONLY;
  error = 0;

  constructor(host, fd, stream) {
    this.host = host;
    this.stream = stream;
    this.mode = modeOf(fd);
    stream.on('error', error => {
      this.error = errnoOf(error);
      host.changed(this);
    });
    stream.on('drain', () => host.changed(this));
  }
  room() {
    return roomIn(this.stream);
  }
  poll() {
    if (this.error) return POLLOUT | POLLERR;
    return this.room() > 0 ? POLLOUT : 0;
  }
  receive = () => -EBADF;
  send(areas) {
    const room = this.room();
    return this.error || room > 0 ? this.put(areas, room) : -EAGAIN;
  }
  /* For who cannot wait. */
  sendAll(areas) {
    return this.put(areas, sizeOf(areas));
  }
  put(areas, most) {
    if (this.error) return -this.error;
    const bytes = gather(this.host.bytes(), areas, most, this.host.newBytes);
    this.write(bytes);
    return bytes.length;
  }
  write(bytes) {
    this.stream.write(bytes);
  }
  close() {}
}
