/* A server's half of WebSocket in Node, behind upgrade_js.c: src/server hands over the socket of a request that is
 * answered with 101, and the npm package `ws` makes a connection of it.
 */
export const bindings = {
  name: 'upgrade',
  imports: { lacks: 'ip' },
  exports: { connection: 'pp', limit: 'dp', begun: 'ipi', leave: 'ipi' },
  needs: { app: 'greenApp', websocket: 'greenWebsocket' },
};
/* C: green__js_upgrade_*, in upgrade_js.c. */

/* What ws writes by itself. */
const ITS_OWN = ['upgrade', 'connection', 'sec-websocket-accept', 'sec-websocket-protocol'];

export const make = ({ loop }, c, { app: { exchanges }, websocket }) => {
  const names = head => head.filter((_, i) => i % 2 === 0);
  const valueOf = (head, name) => head[2 * names(head).findIndex(one => one.toLowerCase() === name) + 1];

  /* Makes a connection of the socket of `incoming`, which is requests.mjs's, and tells C of it. over() is called when it
   * has ended, unless there was none. */
  function begin(upgrade, { request, socket, behind, head }, over) {
    const tell = good => { loop.enter(() => { return c.begun(upgrade, good); }); };
    const pointer = c.connection(upgrade);
    const lines = head.flatMap((name, i) => (i % 2 || ITS_OWN.includes(name.toLowerCase()) ? [] : [name + ': ' + head[i + 1]]));
    const protocol = names(head).some(name => name.toLowerCase() === 'sec-websocket-protocol') && valueOf(head, 'sec-websocket-protocol');
    if (!pointer || socket.destroyed) return false;
    const { WebSocketServer } = websocket.packageWs();
    request.headers.upgrade = 'websocket'; /* C has looked at the lists */
    if (protocol) request.headers['sec-websocket-protocol'] = protocol;
    else delete request.headers['sec-websocket-protocol'];
    const server = new WebSocketServer({
      noServer: true, clientTracking: false, perMessageDeflate: false, autoPong: false, handleProtocols: () => protocol,
      maxPayload: Math.min(c.limit(pointer), 2 ** 31 - 1),
    });
    let made = false;
    server.on('headers', (all) => { all.push(...lines); });
    server.handleUpgrade(request, socket, behind, (connection) => {
      made = true;
      websocket.adopt(pointer, connection, over);
    });
    tell(made);
    return made;
  }
  exchanges.upgrades = {
    begin,
    leave(upgrade, atOnce) { loop.enter(() => { return c.leave(upgrade, atOnce); }); },
  };

  return {
    /* Of the exchange in a slot: 0; 1: it has no socket; 2: there is no ws. */
    lacks(slot) {
      if (!exchanges.at(slot)?.upgradable) return 1;
      return websocket.packageWs() ? 0 : 2;
    },
  };
};
