// The floor of the pops in Node: 100 sockets of node:net, a BLPOP written by hand on each as soon as it is connected, and nothing
// that reads replies but what this needs. Prints milliseconds until redis has shown all of them blocked, connecting included.
// Usage: net_pops.mjs HOST:PORT
import { connect } from 'node:net';

const COUNT = 100;
const AGAIN = 5; // ms
const [host, port] = process.argv[2].split(':');
const enter = () => connect({ port: Number(port), host, noDelay: true });

// CLIENT LIST, until it shows all: $SIZE, a line end, the list, a line end.
function allBlocked() {
  return new Promise((resolve, reject) => {
    const socket = enter().setEncoding('latin1').on('error', reject);
    let reply = '';
    const ask = () => {
      reply = '';
      socket.write('CLIENT LIST\r\n');
    };
    socket.on('data', text => {
      reply += text;
      const head = reply.indexOf('\r\n') + 2;
      if (head < 2 || reply.length < head + Number(reply.slice(1, head)) + 2) return;
      if (reply.split('cmd=blpop').length - 1 >= COUNT) resolve(socket);
      else setTimeout(ask, AGAIN);
    });
    ask();
  });
}

function pop(i) {
  return new Promise((resolve, reject) => {
    const socket = enter().setEncoding('latin1').on('error', reject);
    const key = `pops:${i}`;
    const expected = `*2\r\n$${key.length}\r\n${key}\r\n$${`${i}`.length}\r\n${i}\r\n`;
    let reply = '';
    socket.on('data', text => {
      reply += text;
      if (reply.length < expected.length) return;
      socket.destroy();
      if (reply === expected) resolve();
      else reject(new Error('something else'));
    });
    socket.write(`*3\r\n$5\r\nBLPOP\r\n$${key.length}\r\n${key}\r\n$2\r\n60\r\n`);
  });
}

const before = performance.now();
const pops = Array.from({ length: COUNT }, (_, i) => pop(i));
const list = await allBlocked();
const milliseconds = performance.now() - before;
list.removeAllListeners('data').resume();
list.write(Array.from({ length: COUNT }, (_, i) => `RPUSH pops:${i} ${i}\r\n`).join(''));
await Promise.all(pops);
list.destroy();
console.log(milliseconds.toFixed(1));
