// The floor of the pops in a page by a gateway: one WebSocket, the gateway's protocol (docs/gateway.md) and BLPOP written by hand, and
// nothing that reads replies but what this needs. Run in the page, so it stands on nothing outside itself. Gives milliseconds until
// redis has shown all of them blocked, opening the WebSocket and connecting included.
export async function gatewayPops({ url, token, host, port }) {
  const COUNT = 100;
  const AGAIN = 5; // ms
  const [HELLO, OPEN, OPENED, DATA, END, RESET] = [0, 1, 2, 3, 5, 6];
  const CREDIT = 2 ** 31 - 1; // and no more of it is given
  const LIST = COUNT + 1; // the connection that asks who is blocked
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();

  function message(kind, number, content) {
    const bytes = new Uint8Array(5 + content.length);
    bytes[0] = kind;
    new DataView(bytes.buffer).setUint32(1, number);
    bytes.set(content, 5);
    return bytes;
  }
  const text = (number, words) => message(DATA, number, encoder.encode(words));
  const name = encoder.encode(host);
  function open(number) {
    const content = new Uint8Array(6 + name.length);
    const view = new DataView(content.buffer);
    view.setUint32(0, CREDIT);
    view.setUint16(4, port);
    content.set(name, 6);
    return message(OPEN, number, content);
  }
  function blpop(number) {
    const key = `pops:${number}`;
    return text(number, `*3\r\n$5\r\nBLPOP\r\n$${key.length}\r\n${key}\r\n$2\r\n60\r\n`);
  }
  function expected(number) {
    const key = `pops:${number}`;
    return `*2\r\n$${key.length}\r\n${key}\r\n$${`${number}`.length}\r\n${number}\r\n`;
  }

  const before = performance.now();
  const socket = new WebSocket(url, 'greenio-gateway-1');
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    const replies = Array.from({ length: LIST + 1 }, () => '');
    let milliseconds = 0;
    let left = COUNT;
    const ask = () => {
      replies[LIST] = '';
      socket.send(text(LIST, 'CLIENT LIST\r\n'));
    };
    function popped(number) {
      if (replies[number].length < expected(number).length) return;
      if (replies[number] !== expected(number)) reject(new Error('something else'));
      if (--left > 0) return;
      socket.close();
      resolve(milliseconds);
    }
    function listed() { // $SIZE, a line end, the list, a line end
      const list = replies[LIST];
      const head = list.indexOf('\r\n') + 2;
      if (milliseconds > 0 || head < 2 || list.length < head + Number(list.slice(1, head)) + 2) return;
      if (list.split('cmd=blpop').length - 1 < COUNT) return setTimeout(ask, AGAIN);
      milliseconds = performance.now() - before;
      socket.send(text(LIST, Array.from({ length: COUNT }, (_, i) => `RPUSH pops:${i + 1} ${i + 1}\r\n`).join('')));
    }
    socket.onerror = () => reject(new Error('the WebSocket failed'));
    socket.onopen = () => {
      socket.send(message(HELLO, 0, encoder.encode(token)));
      for (let number = 1; number <= LIST; number++) socket.send(open(number));
    };
    socket.onmessage = ({ data }) => {
      const kind = new DataView(data).getUint8(0);
      const number = new DataView(data).getUint32(1);
      if (kind === OPENED) {
        if (number === LIST) ask();
        else socket.send(blpop(number));
      } else if (kind === DATA) {
        replies[number] += decoder.decode(new Uint8Array(data, 5));
        if (number === LIST) listed();
        else popped(number);
      } else if (kind === END || kind === RESET) {
        reject(new Error(`connection ${number} ended: ${decoder.decode(new Uint8Array(data, 5))}`));
      }
    };
  });
}
