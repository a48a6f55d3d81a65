/* WebSocket of JavaScript hosts: the npm package `ws` in Node, which the program installs, else the host's own
 * WebSocket, which is a browser's; a server's of Deno and workerd too. websocket_js.c calls it.
 *
 * A connection of C's has an entry here, by its address, from when it is begun until it has ended or C has forgotten it;
 * then C is told nothing more.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { seen } from '../../wasm/outside.mjs';
import { ofCode } from '../../wasm/reasons.mjs';
import { soon, Timer } from '../../wasm/timers.mjs';

export const bindings = {
  name: 'websocket',
  imports: {
    kind: 'i', connect: 'ippppp' + 'id', send: 'ipipi', held: 'dp', untaken: 'dp', isTaken: 'ip', bytes: 'dp', ping: 'ipd', close: 'vpip', pause: 'ipi', forget: 'vp',
  },
  exports: { room: 'pi', came: 'ipii', drained: 'ip', pong: 'ipd', failed: 'ipip', left: 'ipip', ended: 'ipip', opened: 'ipip' },
};
/* C: green__js_websocket_*, declared in wire_js.h; in websocket_js.c. */

export const layout = {
  headers: ['<greenio/websocket.h>', 'websocket/wire_js.h'],
  constants: { GREEN_WEBSOCKET_TEXT: 1, GREEN_WEBSOCKET_BINARY: 2, GREEN__JS_NONE: 0, GREEN__JS_OWN: 1, GREEN__JS_PACKAGE: 2 },
};
const { GREEN_WEBSOCKET_TEXT: TEXT, GREEN_WEBSOCKET_BINARY: BINARY, GREEN__JS_NONE: NONE, GREEN__JS_OWN: OWN, GREEN__JS_PACKAGE: PACKAGE } = layout.constants;

const MOST = 65536; /* bytes that wait to be sent, before C waits */
const [CLOSING, CLOSED] = [2, 3]; /* a WebSocket's readyState */
const LOOK_AGAIN = 16; /* ms at most: a browser does not tell when they have gone */

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const [asText, asBinary] = [{ binary: false }, { binary: true }];

/* A browser takes no other code. */
const ownCode = code => (code === 1000 || code >= 3000 ? code : 3000 + code);

/* Why a host's own has failed: the name of a status; '': it does not say, or the connection was cut. */
const ownStatusOf = ({ message }) => {
  if (/1009|^frame too large/i.test(message)) return 'EMSGSIZE';
  if (/no response from ping/i.test(message)) return 'ETIMEDOUT';
  return /^invalid|protocol error|reserved bits|frame too large|fragmented/i.test(message) ? 'EPROTO' : '';
};

/* Why ws has failed: the name of a status. */
const statusOf = error => {
  const { code, message } = seen(error);
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'EMSGSIZE';
  if (code.startsWith('WS_ERR_')) return 'EPROTO';
  const known = ofCode('net', code);
  if (known) return known;
  return /^(Invalid|Server sent|Unexpected|Missing|Parse)|WebSocket/i.test(message) ? 'EPROTO' : 'EIO';
};

export const make = ({ Module, host, loop }, c) => {
  const entries = new Map();
  let found; /* ws, or null */

  /* What the program has handed over as greenWebSocket.ws, or what it has installed. */
  function packageWs() {
    if (found !== undefined) return found;
    const given = (Module.greenWebSocket ?? {}).ws;
    try {
      const module = given ?? (inNode ? require('ws') : null);
      found = module && (module.WebSocketServer ? module : module.default) || null;
    } catch {
      found = null;
    }
    return found;
  }
  function kind() {
    if (packageWs()) return PACKAGE;
    return typeof WebSocket == 'function' ? OWN : NONE;
  }

  /* ---- what C is told; each of an entry that is still there */

  function isOpen(entry) { return entries.get(entry.pointer) === entry; }
  function came(entry, type, bytes) {
    if (!isOpen(entry) || loop.closed) return;
    const room = bytes.length <= entry.most ? c.room(bytes.length) : 0; /* else C refuses it, by its size */
    if (room) host.bytes().set(bytes, room);
    loop.enter(() => { return c.came(entry.pointer, type, bytes.length); });
  }
  function failed(entry, code, text) {
    if (!isOpen(entry)) return;
    const status = loop.numberOf(code) || loop.numberOf('EIO');
    loop.withText(text, why => loop.enter(() => { return c.failed(entry.pointer, status, why); }));
  }
  function ended(entry, code, text) {
    if (!isOpen(entry)) return;
    entries.delete(entry.pointer);
    entry.timer.clear();
    loop.withText(text, reason => loop.enter(() => { return c.ended(entry.pointer, code, reason); }));
    entry.over?.();
  }
  function lookAgain(entry) {
    entry.timer.set(entry.pause);
    entry.pause = Math.min(2 * entry.pause, LOOK_AGAIN);
  }
  function drained(entry) {
    if (!isOpen(entry) || !entry.full) return;
    if (entry.socket.bufferedAmount >= MOST) return void (entry.packaged || lookAgain(entry));
    entry.full = false;
    entry.pause = 1;
    loop.enter(() => { return c.drained(entry.pointer); });
  }
  function opened(entry, code, text) {
    const { wire } = entry;
    if (!isOpen(entry) || !wire) return;
    entry.wire = 0;
    if (code) entries.delete(entry.pointer);
    const status = code ? loop.numberOf(code) || loop.numberOf('EIO') : 0;
    loop.withText(text, pointer => loop.enter(() => { return c.opened(wire, status, pointer); }));
  }

  /* ---- connections */

  /* `most`: bytes of a message. */
  function entryOf(pointer, socket, packaged, wire, over, most) {
    const entry = { pointer, socket, packaged, wire, over, most, serves: false, full: false, pause: 1, owed: null, timer: null, finished: 0, behind: false, answerable: false, look: null, sent: () => { entry.finished++; answerPing(entry); drained(entry); } };
    entry.timer = new Timer(() => { drained(entry); });
    entries.set(pointer, entry);
    return entry;
  }
  /* Of a large message that is on its way only the second goes down. */
  function untaken({ socket }) { return (socket.bufferedAmount ?? 0) + (socket._socket?._handle?.writeQueueSize ?? 0); }
  /* An answer is asked for, to a ping or a close, which may lie behind something. */
  function ask(entry) {
    entry.look = { finished: entry.finished, left: untaken(entry) };
    entry.behind = entry.look.left > 0;
    entry.answerable = false;
  }
  /* At once, or once what waits has gone down, and then the newest alone. */
  function answerPing(entry) {
    const { socket, owed } = entry;
    if (!owed || socket.readyState !== socket.OPEN || socket.bufferedAmount >= MOST) return;
    entry.owed = null;
    socket.pong(owed, undefined, () => { answerPing(entry); });
  }
  /* The other side's close is told when it has come; ws tells when the connection has ended as well. */
  function listenToClose(entry) {
    entry.socket._receiver?.on('conclude', (code, reason) => {
      ask(entry); /* ws has answered, and the connection is to end */
      if (isOpen(entry) && !entry.wire) loop.withText(reason.toString(), text => loop.enter(() => { return c.left(entry.pointer, code, text); }));
    });
  }
  function listenPackage(entry) {
    const { socket } = entry;
    socket.binaryType = 'nodebuffer';
    socket.on('message', (data, isBinary) => { came(entry, isBinary ? BINARY : TEXT, data); });
    listenToClose(entry);
    socket.on('ping', (data) => {
      entry.owed = data;
      answerPing(entry);
    });
    socket.on('ping', () => { if (isOpen(entry)) loop.enter(() => { return c.pong(entry.pointer, 0); }); });
    socket.on('pong', (data) => {
      const number = data.length === 8 ? Number(data.readBigUInt64BE()) : 0;
      if (isOpen(entry)) loop.enter(() => { return c.pong(entry.pointer, number); });
    });
    socket.on('error', (error) => {
      if (entry.wire) return opened(entry, statusOf(error), seen(error).message);
      const code = statusOf(error);
      if (code === 'EPROTO' || code === 'EMSGSIZE') failed(entry, code, seen(error).message); /* else the close tells */
    });
    socket.on('close', (code, reason) => {
      if (entry.wire) return opened(entry, 'ECONNRESET', 'the connection ended without an answer');
      ended(entry, code, reason.toString());
    });
  }
  function notMade(entry) { opened(entry, 'ENETWORK', 'the connection could not be made, and the browser does not say why'); }
  function ownFailed(entry, error) {
    const status = ownStatusOf(error);
    if (entry.wire) return notMade(entry);
    if (status) failed(entry, status, error.message);
    if (entry.socket.readyState === CLOSED) ended(entry, 1006, ''); /* of workerd's there is no close then */
  }
  function ownClosed(entry, { code, reason, wasClean }) {
    const { socket } = entry;
    if (entry.wire) return notMade(entry); /* Firefox tells no error of one that is cut before it was open */
    if (wasClean && socket.readyState === CLOSING) answerClose(socket, code); /* workerd's is to do it */
    ended(entry, wasClean ? code : 1006, wasClean ? reason : '');
  }
  function answerClose(socket, code) {
    try {
      if (code === 1005) socket.close();
      else socket.close(code);
    } catch { /* a code that cannot be sent, which it has let pass */
      try { socket.close(1002); } catch { /* it has ended */ }
    }
  }
  /* workerd's has no onmessage and so on. */
  function listenOwn(entry) {
    const { socket } = entry;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      if (typeof data == 'string') came(entry, TEXT, encoder.encode(data));
      else came(entry, BINARY, new Uint8Array(data));
    });
    socket.addEventListener('open', () => { opened(entry, '', socket.protocol ?? ''); });
    socket.addEventListener('error', (error) => { ownFailed(entry, seen(error)); });
    socket.addEventListener('close', (event) => { ownClosed(entry, event); });
  }
  /* As Latin-1, which leaves each byte what it is. */
  function headersAt(pointer, size) {
    let text = '';
    for (let i = 0; i < size - 1; i++) text += String.fromCharCode(host.bytes()[pointer + i]);
    const texts = size ? text.split('\0') : [];
    const headers = {};
    for (let i = 0; i < texts.length; i += 2) headers[texts[i]] = [...(headers[texts[i]] ?? []), texts[i + 1]];
    return headers;
  }
  function dial(pointer, wire, url, protocols, headers, most) {
    const ws = packageWs();
    if (!ws) return void listenOwn(entryOf(pointer, new WebSocket(url, protocols), false, wire, null, most));
    const socket = new ws.WebSocket(url, protocols, { headers, perMessageDeflate: false, autoPong: false, maxPayload: most, followRedirects: false });
    const entry = entryOf(pointer, socket, true, wire, null, most);
    listenPackage(entry);
    socket.on('open', () => {
      listenToClose(entry);
      opened(entry, '', socket.protocol);
    });
    socket.on('unexpected-response', (request, response) => {
      const agreed = response.statusCode === 101;
      opened(entry, agreed ? 'EPROTO' : 'EACCES', agreed ? 'the answer to the handshake has no Upgrade: websocket' : 'the server answered ' + response.statusCode + ' ' + response.statusMessage);
      request.destroy();
    });
  }
  /* workerd's throws where others drop what is sent. */
  function ownSend(entry, message) {
    try {
      entry.socket.send(message);
    } catch {
      soon(() => { ended(entry, 1006, ''); });
    }
  }
  /* Ends what C does not know any more. */
  function drop(entry) {
    const { socket, packaged } = entry;
    entry.timer.clear();
    if (packaged) socket.terminate();
    else socket.close();
  }
  loop.onClose.push(() => {
    entries.forEach(drop);
    entries.clear();
  });

  return {
    /* For upgrade.mjs. */
    packageWs,
    adopt(pointer, socket, most, over) { listenPackage(entryOf(pointer, socket, true, 0, over, most)); },
    adoptOwn(pointer, socket, most, over) {
      const entry = entryOf(pointer, socket, false, 0, over, most);
      entry.serves = true;
      listenOwn(entry);
    },

    kind,
    connect(pointer, wire, url, protocols, headers, size, most) {
      if (kind() === NONE) return loop.numberOf('ENOTSUP');
      const list = host.text(protocols).split(',').map(name => name.trim()).filter(Boolean);
      const at = host.text(url).replace(/^http/, 'ws');
      const given = headersAt(headers, size);
      try {
        dial(pointer, wire, at, list, given, Math.min(most, 2 ** 31 - 1));
      } catch (error) { /* not inside of the call */
        const entry = entryOf(pointer, null, false, wire, null, most);
        const text = seen(error).message;
        soon(() => { opened(entry, 'EINVAL', text); });
      }
      return 0;
    },
    send(pointer, type, data, size) {
      const entry = entries.get(pointer);
      if (!entry) return 0; /* its end is on its way to C */
      const bytes = host.bytes().subarray(data, data + size);
      if (entry.packaged) entry.socket.send(Buffer.from(bytes), type === TEXT ? asText : asBinary, entry.sent);
      else ownSend(entry, type === TEXT ? decoder.decode(bytes.slice()) : bytes.slice());
      return 0;
    },
    held(pointer) {
      const entry = entries.get(pointer);
      if (!entry) return 0;
      const held = entry.socket.bufferedAmount ?? 0;
      if (held >= MOST) {
        entry.full = true;
        if (!entry.packaged) lookAgain(entry);
      }
      return held;
    },
    untaken(pointer) {
      const entry = entries.get(pointer);
      return entry ? untaken(entry) : 0;
    },
    isTaken(pointer) {
      const entry = entries.get(pointer);
      if (!entry?.behind) return 0;
      const { finished, left } = entry.look;
      entry.look = { finished: entry.finished, left: untaken(entry) };
      if (entry.answerable || !entry.look.left) entry.behind = false;
      return finished !== entry.finished || entry.look.left < left ? 1 : 0;
    },
    bytes(pointer) { return entries.get(pointer)?.socket._socket?.bytesRead ?? 0; },
    ping(pointer, number) {
      const entry = entries.get(pointer);
      if (!entry) return 0;
      if (!entry.packaged) return loop.numberOf('ENOTSUP');
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(BigInt(number));
      if (number) {
        entry.socket.ping(bytes);
        return 0;
      }
      ask(entry);
      entry.socket.ping(bytes, undefined, () => { entry.answerable = true; });
      return 0;
    },
    close(pointer, code, reason) {
      const entry = entries.get(pointer);
      if (!entry) return;
      ask(entry);
      entry.socket.close(entry.packaged || entry.serves ? code : ownCode(code), host.text(reason));
    },
    pause(pointer, pause) {
      const entry = entries.get(pointer);
      if (!entry || !entry.packaged) return 0;
      if (pause) entry.socket.pause();
      else entry.socket.resume();
      return 1;
    },
    forget(pointer) {
      const entry = entries.get(pointer);
      if (!entries.delete(pointer)) return;
      if (entry.socket) drop(entry);
      entry.over?.();
    },
  };
};
