// Deno's half of hosts.mjs: `deno run deno.mjs PROGRAM [ARGUMENT ...]` answers with a program of greenio's, and prints its port.
import { pathToFileURL } from 'node:url';

const [program, ...args] = process.argv.slice(2);
const { default: create } = await import(pathToFileURL(program).href);
const { green } = await create({ arguments: args });
await green.app.ready;
/** @type {any} */ (globalThis).Deno.serve({
  hostname: '127.0.0.1',
  port: 0,
  onListen: ({ port }) => console.log(port),
}, request => green.app.fetch(request));
