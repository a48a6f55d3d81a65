// Runs a program of Node's with sockets that it is given:
//
//   node host.mjs PROGRAM own|none|given|gateway [--gateway URL --token TOKEN] [ARGUMENT ...]
import { pathToFileURL } from 'node:url';
import WebSocket from 'ws';
import { gateway } from '../../web/gateway.mjs';
import * as whatwg from './whatwg.mjs';

const [program, kind, ...rest] = process.argv.slice(2);
const option = name => {
  const at = rest.indexOf(name);
  return at < 0 ? undefined : rest.splice(at, 2)[1];
};
const [url, token] = [option('--gateway'), option('--token')];
const given = { own: () => undefined, given: () => whatwg, gateway: () => gateway(url, { token, WebSocket }) };
const { default: create } = await import(pathToFileURL(program).href);
const app = await create({ arguments: rest, greenSockets: given[kind]() });
process.exitCode = await app.green.main;
