// npm's ioredis with 100 connections that block in BLPOP, until a watcher has seen all of them blocked at once, and pushed what
// they wait for. Prints milliseconds. Usage: ioredis_pops.mjs PORT
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';

const COUNT = 100;
const connect = () => new Redis({ port: Number(process.argv[2]), host: '127.0.0.1', enableReadyCheck: false });

async function pop(i) {
  const redis = connect();
  const [, value] = await redis.blpop(`queue:${i}`, 0);
  if (value !== `value-${i}`) throw new Error('something else');
  redis.disconnect();
}

async function watch() {
  const redis = connect();
  do await setTimeout(5); while (/** @type {string} */ (await redis.client('LIST')).split('cmd=blpop').length <= COUNT);
  for (let i = 0; i < COUNT; i++) await redis.rpush(`queue:${i}`, `value-${i}`);
  redis.disconnect();
}

const before = performance.now();
await Promise.all([...Array.from({ length: COUNT }, (_, i) => pop(i)), watch()]);
console.log((performance.now() - before).toFixed(1));
