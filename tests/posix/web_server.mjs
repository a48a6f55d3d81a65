// The HTTP server of curl.c and curl_ends.c, a process of its own: web_server.mjs TASKS [KEY CERTIFICATE]. Prints its port.
// What is asked for together is answered when all are there; /most then has how many were.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [tasks, key, cert] = process.argv.slice(2);
const waiting = [];
let most = 0;

function together(url, response) {
  waiting.push({ url, response });
  most = Math.max(most, waiting.filter(({ url: one }) => one !== '/most').length);
  if (waiting.length <= Number(tasks)) return;
  for (const one of waiting.splice(0)) one.response.end(one.url === '/most' ? `${most}` : one.url);
}

function answer(request, response) {
  const url = request.url ?? '';
  if (url.startsWith('/alone/')) response.end(url);
  else if (url === '/endless') response.write('it begins');
  else together(url, response);
}

const server = key ? https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer) : http.createServer(answer);
server.listen(0, '127.0.0.1', 1000, () => console.log(/** @type {any} */ (server.address()).port));
