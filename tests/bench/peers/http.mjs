// Plain node:http, as a peer of the HTTP benchmarks. Usage: http.mjs BYTES MILLISECONDS
import http from 'node:http';

const [size, milliseconds] = process.argv.slice(2).map(Number);
const body = Buffer.alloc(size, 'x');

const server = http.createServer((request, response) => {
  const answer = () => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': size });
    response.end(body);
  };
  if (milliseconds) setTimeout(answer, milliseconds);
  else answer();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
