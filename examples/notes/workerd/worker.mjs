/* Notes on workerd, and so on Cloudflare's Workers: one program in a Durable Object, on a PostgreSQL server.
 * docs/workerd.md says how it is deployed. */
import pg from 'pg';
import { durableObject } from 'greenio/workerd';
// @ts-ignore: the build has both
import create from '../notes.mjs';
// @ts-ignore
import wasm from '../notes.wasm';

const words = text => (text ?? '').split(' ').filter(Boolean);

export const Notes = durableObject(create, wasm, env => ({
  greenPg: { pg },
  arguments: [...words(env.HOSTS).flatMap(name => ['--host', name]), '--connections', '4', env.DATABASE, '0'],
}));

export default {
  fetch: (request, env) => env.NOTES.get(env.NOTES.idFromName('all')).fetch(request),
};
