// Bun's half of hosts.mjs: `bun bun.mjs PROGRAM [ARGUMENT ...]` answers with a program of greenio's, and prints its port.
import { pathToFileURL } from 'node:url';

const [program, ...args] = process.argv.slice(2);
const { default: create } = await import(pathToFileURL(program).href);
const { green } = await create({ arguments: args });
await green.app.ready;
/** @type {any} */
const { Bun } = globalThis;
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  idleTimeout: 0, // or it ends after 10 s what is silent
  fetch: request => green.app.fetch(request),
});
console.log(server.port);
