// npm's ioredis with 100 connections that block in BLPOP all at once. Prints milliseconds until redis has shown all of them blocked,
// connecting included. Usage: ioredis_pops.mjs HOST:PORT
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';

const COUNT = 100;
const [host, port] = process.argv[2].split(':');
const connect = () => new Redis({ port: Number(port), host, enableReadyCheck: false });

async function pop(i) {
  const redis = connect();
  const [, value] = await redis.blpop(`pops:${i}`, 60);
  if (value !== `${i}`) throw new Error('something else');
  redis.disconnect();
}

const before = performance.now();
const pops = Array.from({ length: COUNT }, (_, i) => pop(i));
const redis = connect();
const blocked = async () => /** @type {string} */ (await redis.client('LIST')).split('cmd=blpop').length - 1;
while ((await blocked()) < COUNT) await setTimeout(5);
const milliseconds = performance.now() - before;
await Promise.all(pops.map((_, i) => redis.rpush(`pops:${i}`, `${i}`)));
await Promise.all(pops);
redis.disconnect();
console.log(milliseconds.toFixed(1));
