/* How a request of fetch()'s becomes a connection where the host can do that: Deno and workerd. For upgrade.mjs.
 *
 * `head` is what C answers with, names and values; the host makes the handshake's own headers by itself.
 */
import { propertyOf } from '../../wasm/outside.mjs';

/* What hosts write by themselves. */
const ITS_OWN = ['upgrade', 'connection', 'sec-websocket-accept'];

/* workerd: the other end of a pair is put into the Response. */
const byPair = {
  keepsAlive: false,
  begin(request, protocol, head) {
    const [theirs, socket] = Object.values(new (/** @type {any} */ (globalThis).WebSocketPair)());
    const headers = new Headers();
    for (let i = 0; i < head.length; i += 2) if (!ITS_OWN.includes(head[i].toLowerCase())) headers.append(head[i], head[i + 1]);
    const init = /** @type {any} */ ({ status: 101, webSocket: theirs, headers });
    const response = new Response(null, init);
    socket.accept();
    return { socket, response, isOpen: true };
  },
};

/* Deno: it sends its own head, and looks for the protocol in a list with a space behind each comma alone, so it is shown
 * one with nothing else. Its idle timeout, in seconds, is half for a ping and half for the answer. */
const byDeno = {
  keepsAlive: true,
  begin(request, protocol, head, keepAlive) {
    const headers = new Headers(request.headers);
    if (protocol) headers.set('sec-websocket-protocol', protocol);
    else headers.delete('sec-websocket-protocol');
    const shown = Object.create(request, { headers: { value: headers } });
    const options = { idleTimeout: 2 * keepAlive / 1000, ...(protocol ? { protocol } : {}) };
    const { socket, response } = /** @type {any} */ (globalThis).Deno.upgradeWebSocket(shown, options);
    return { socket, response, isOpen: false };
  },
};

/* Null: there is none here. */
export const upgradeOfHost = () => {
  if (typeof propertyOf(globalThis, 'WebSocketPair') == 'function') return byPair;
  return typeof propertyOf(propertyOf(globalThis, 'Deno'), 'upgradeWebSocket') == 'function' ? byDeno : null;
};
