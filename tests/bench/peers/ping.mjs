// The floor of PINGs in Node: 64 sockets of node:net that do nothing else. Usage: ping.mjs PORT COUNT
import { connect } from 'node:net';
import { once } from 'node:events';

const clients = 64;
const [port, total] = process.argv.slice(2).map(Number);
const count = Math.floor(total / clients);
const sockets = Array.from({ length: clients }, () => connect({ port, host: '127.0.0.1', noDelay: true }));
await Promise.all(sockets.map((socket) => once(socket, 'connect')));
const request = new TextEncoder().encode('*1\r\n$4\r\nPING\r\n');

const ping = (socket) => new Promise((resolve) => {
  let left = count;
  socket.on('data', (bytes) => {
    if (bytes.length !== 7) throw new Error('no answer');
    if (--left === 0) return resolve();
    socket.write(request);
  });
  socket.write(request);
});
const before = process.hrtime.bigint();
await Promise.all(sockets.map(ping));
console.log((Number(process.hrtime.bigint() - before) / (count * clients)).toFixed(1));
for (const socket of sockets) socket.destroy();
