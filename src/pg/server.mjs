/* A connection to a server, made by the npm package `pg`, whose socket is then taken over. */
import { codeOf, Connection, pgError } from './connection.mjs';
import { reasonOf, socketFor } from './socket.mjs';
import { guard, unguard } from './start.mjs';
import { Timer } from '../../wasm/timers.mjs';

export const layout = {
  headers: ['core/timer.h'],
  constants: { GREEN__GRACE: 5000 },
};
const { GREEN__GRACE: GRACE } = layout.constants; /* ms, for a server to stop, and to take the last word */

/* Whether an attempt that failed so is made once more in the other way, without TLS or with it: where the server
 * spoke, or TLS did not come about. Not where nobody was there. */
const triesOn = error => typeof error.severity == 'string' || isTls(error);
const isTls = error => codeOf(error) === 'ETLS' || /secure TLS connection/.test(error.message);

export class Server extends Connection {
  cancelTimer = new Timer(() => this.askToStop());

  async start(Client, plan) {
    const MOST = 262144;
    this.most = MOST;
    await this.connect(Client, plan);
    const stream = (this.stream = this.client.connection.stream);
    stream.removeAllListeners('data');
    const early = unguard(this.client.connection);
    if (early.length) this.pieces.push(early), (this.coming += early.length);
    stream.on('data', piece => {
      this.arrived([piece]);
      if (this.coming >= MOST) stream.pause();
    });
    stream.on('drain', () => this.tell());
    stream.on('error', error => this.failed(error));
    stream.on('close', () => this.failed(pgError('ECONNRESET', 'the server has closed the connection')));
    if (this.closed) this.hangUp();
    else this.opened();
  }
  async connect(Client, { tries, seconds, where }) {
    let late = false;
    const timer = new Timer(() => {
      late = true;
      this.client.connection.stream.destroy();
    });
    if (seconds) timer.set(seconds * 1000);
    try {
      await this.tryAll(Client, tries, () => late || this.closed);
    } catch (error) {
      throw late ? pgError('ETIMEDOUT', `${where}: no answer within ${seconds} s (connect_timeout)`, error) : error;
    } finally {
      timer.clear();
    }
  }
  async tryAll(Client, [config, other], isOver) {
    try {
      await this.tryOne(Client, config);
    } catch (error) {
      if (!other || isOver() || !triesOn(error) || (!config.ssl && typeof error.severity != 'string')) throw error;
      try {
        await this.tryOne(Client, other);
      } catch (second) {
        throw isTls(error) || (other.ssl && !isTls(second)) ? second : error;
      }
    }
  }
  async tryOne(Client, config) {
    if (this.closed) throw pgError('ECANCELED', 'nobody wants the connection any more');
    this.make = () => guard(new Client({ ...config, ...socketFor() }));
    this.client = this.make();
    this.client.on('error', () => {}); /* the socket's own are heeded */
    try {
      await this.client.connect();
    } catch (error) {
      const { stream } = this.client.connection;
      stream.destroy();
      throw reasonOf(stream, error);
    }
  }
  take(memory, to, size) {
    const count = super.take(memory, to, size);
    if (this.stream.isPaused() && this.coming < this.most / 2) this.stream.resume();
    return count;
  }
  send(bytes) {
    this.stream.write(bytes);
  }
  isFull() {
    return !this.failure && this.stream.writableLength >= this.most;
  }
  /* Asks the server to stop what it does, and again if nothing comes of it: the first request may have been there
   * before the statement. */
  cancel(later) {
    const [LATER, AGAIN] = [200, 100]; /* ms */
    this.stopping = true;
    this.stopBy = performance.now() + GRACE;
    this.pause = AGAIN;
    this.cancelTimer.clear();
    if (later) this.cancelTimer.set(LATER);
    else this.askToStop();
  }
  /* True: a request has been sent, and may not have arrived. */
  recall() {
    this.stopping = false;
    this.cancelTimer.clear();
    return Boolean(this.asking);
  }
  /* By a connection of its own, at the end of which the server has been told. One that does not end in time is cut;
   * since it may still have an effect, it counts as under way from then on. */
  askToStop() {
    const left = this.stopBy - performance.now();
    if (this.asking || this.closed || left <= 0) return;
    const { client } = this;
    const { connection } = this.make();
    const limit = new Timer(() => {
      connection.off('end', ended);
      connection.stream.destroy();
    });
    const ended = () => {
      limit.clear();
      if (this.asking !== connection) return;
      this.asking = null;
      if (this.stopping) this.cancelTimer.set(this.pause);
      this.pause *= 2;
      this.tell();
    };
    this.asking = connection;
    limit.set(left);
    connection.on('error', ended);
    connection.once('end', ended);
    connection.once(client.ssl ? 'sslconnect' : 'connect', () => connection.cancel(client.processID, client.secretKey));
    if (client.ssl && client.sslNegotiation !== 'direct') connection.once('connect', () => connection.requestSsl());
    if (client.host.startsWith('/')) connection.connect(client.host + '/.s.PGSQL.' + client.port);
    else connection.connect(client.port, client.host);
  }
  /* Says goodbye; a server that takes nothing any more is left without. */
  hangUp() {
    const { stream } = this;
    const limit = new Timer(() => stream.destroy());
    if (!stream.destroyed) limit.set(GRACE);
    stream.once('close', () => limit.clear());
    stream.write(Uint8Array.of(0x58, 0, 0, 0, 4)); /* Terminate */
    stream.destroySoon();
    stream.resume();
  }
  async close() {
    this.closed = true;
    this.stopping = false;
    this.cancelTimer.clear();
    const { asking } = this;
    this.asking = null;
    asking?.stream.destroy();
    if (this.stream) this.hangUp();
    else this.client?.connection.stream.destroy();
  }
}
