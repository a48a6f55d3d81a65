// npm's ioredis with 64 connections, each with its own PINGs, one after the other. Usage: ioredis.mjs PORT COUNT
import { Redis } from 'ioredis';

const clients = 64;
const [port, total] = process.argv.slice(2).map(Number);
const count = Math.floor(total / clients);
const connections = Array.from({ length: clients }, () => new Redis({ port, host: '127.0.0.1', enableReadyCheck: false }));
await Promise.all(connections.map((redis) => redis.ping()));

async function ping(redis) {
  for (let i = 0; i < count; i++) if ((await redis.ping()) !== 'PONG') throw new Error('no answer');
}
const before = process.hrtime.bigint();
await Promise.all(connections.map(ping));
console.log((Number(process.hrtime.bigint() - before) / (count * clients)).toFixed(1));
for (const redis of connections) redis.disconnect();
