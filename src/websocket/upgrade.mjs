/* A server's half of WebSocket, behind upgrade_js.c. In Node src/server hands over the socket of a request that is answered
 * with 101, and the npm package `ws` makes a connection of it; one of fetch()'s becomes what its host has (hosts.mjs).
 */
import { upgradeOfHost } from './hosts.mjs';

export const bindings = {
  name: 'upgrade',
  imports: { lacks: 'ipi' },
  exports: { connection: 'pp', limit: 'dp', keepAlive: 'dp', begun: 'ipi', leave: 'ipi' },
  needs: { app: 'green__js_app', websocket: 'green__js_websocket' },
};
/* C: green__js_upgrade_*, in upgrade_js.c. */

export const layout = {
  headers: ['websocket/wire_js.h'],
  constants: {
    GREEN__JS_REFUSED: 0, GREEN__JS_CUT: 1, GREEN__JS_BEGUN: 2, GREEN__JS_CAN_SERVE: 0, GREEN__JS_NO_SOCKET: 1, GREEN__JS_NO_PACKAGE: 2,
    GREEN__JS_NO_KEEP_ALIVE: 3,
  },
};
const {
  GREEN__JS_REFUSED: REFUSED, GREEN__JS_CUT: CUT, GREEN__JS_BEGUN: BEGUN, GREEN__JS_CAN_SERVE: CAN_SERVE, GREEN__JS_NO_SOCKET: NO_SOCKET,
  GREEN__JS_NO_PACKAGE: NO_PACKAGE, GREEN__JS_NO_KEEP_ALIVE: NO_KEEP_ALIVE,
} = layout.constants;

/* What ws writes by itself. */
const ITS_OWN = ['upgrade', 'connection', 'sec-websocket-accept', 'sec-websocket-protocol'];

export const make = ({ loop }, c, { app: { exchanges }, websocket }) => {
  const names = head => head.filter((_, i) => i % 2 === 0);
  const valueOf = (head, name) => head[2 * names(head).findIndex(one => one.toLowerCase() === name) + 1];
  const protocolOf = head => names(head).some(name => name.toLowerCase() === 'sec-websocket-protocol') && valueOf(head, 'sec-websocket-protocol');
  const tell = (upgrade, outcome) => { loop.enter(() => { return c.begun(upgrade, outcome); }); };

  /* Makes a connection of the socket of `incoming`, which is requests.mjs's, and tells C of it. over() is called when it
   * has ended, unless there was none. */
  function begin(upgrade, { request, socket, behind, head }, over) {
    const pointer = c.connection(upgrade);
    const lines = head.flatMap((name, i) => (i % 2 || ITS_OWN.includes(name.toLowerCase()) ? [] : [name + ': ' + head[i + 1]]));
    const protocol = protocolOf(head);
    if (!pointer || socket.destroyed) return false;
    const { WebSocketServer } = websocket.packageWs();
    const most = Math.min(c.limit(pointer), 2 ** 31 - 1);
    request.headers.upgrade = 'websocket'; /* C has looked at the lists */
    if (protocol) request.headers['sec-websocket-protocol'] = protocol;
    else delete request.headers['sec-websocket-protocol'];
    const server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, autoPong: false, handleProtocols: () => protocol,
      maxPayload: most,
    });
    let made = false;
    server.on('headers', (all) => { all.push(...lines); });
    server.handleUpgrade(request, socket, behind, (connection) => {
      made = true;
      websocket.adopt(pointer, connection, most, over);
    });
    tell(upgrade, made ? BEGUN : CUT);
    return made;
  }

  /* When the host's socket is open, C has a connection, unless nobody wants it any more. */
  function beginOwn(upgrade, fetched, socket) {
    const pointer = fetched.slot >= 0 && c.connection(upgrade);
    if (!pointer) {
      socket.close();
      return fetched.end(true);
    }
    websocket.adoptOwn(pointer, socket, c.limit(pointer), () => { fetched.end(true); });
    tell(upgrade, BEGUN);
    if (fetched.slot >= 0) fetched.upgraded(upgrade);
  }
  function whenOpen(upgrade, fetched, socket) {
    let waits = true;
    const at = (event, then) => socket.addEventListener(event, () => {
      if (waits) then();
      waits = false;
    });
    const failed = () => {
      if (fetched.slot >= 0) tell(upgrade, CUT);
      fetched.end(true);
    };
    at('open', () => { beginOwn(upgrade, fetched, socket); });
    at('error', failed);
    at('close', failed);
  }
  /* The same of a Request: the Response to give to the host, which makes the connection of it. Throws what the host does,
   * as for a request that is none of its server's. */
  function answer(upgrade, fetched, head) {
    const pointer = c.connection(upgrade);
    if (!pointer) throw new TypeError('the handler has returned before there was a connection');
    let made;
    try {
      made = upgradeOfHost().begin(fetched.request, protocolOf(head) || '', head, c.keepAlive(pointer));
    } catch (error) {
      tell(upgrade, REFUSED);
      throw error;
    }
    if (made.isOpen) beginOwn(upgrade, fetched, made.socket);
    else whenOpen(upgrade, fetched, made.socket);
    return made.response;
  }
  exchanges.upgrades = {
    begin,
    answer,
    leave(upgrade, atOnce) { loop.enter(() => { return c.leave(upgrade, atOnce); }); },
  };

  return {
    /* Of the exchange in a slot: what its host cannot. */
    lacks(slot, keepAlive) {
      const exchange = exchanges.at(slot);
      if (!exchange?.upgradable) return NO_SOCKET;
      if (!exchange.fetched) return websocket.packageWs() ? CAN_SERVE : NO_PACKAGE;
      const host = upgradeOfHost();
      if (!host) return NO_SOCKET;
      return keepAlive && !host.keepsAlive ? NO_KEEP_ALIVE : CAN_SERVE;
    },
  };
};
