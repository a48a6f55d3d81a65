// Plain node:http with the npm package `pg`: a prepared select by primary key a request, on 8 connections.
// Usage: http_pg.mjs CONNINFO
import http from 'node:http';
import pg from 'pg';

const [rows, connections] = [1_000_000, 8];
const { host, port, user, dbname } = Object.fromEntries(process.argv[2].split(' ').map((pair) => pair.split('=')));
const pool = new pg.Pool({ host, port, user, database: dbname, max: connections });

async function answer(response) {
  const aid = 1 + Math.floor(Math.random() * rows);
  const { rows: [{ abalance }] } = await pool.query({
    name: 'select',
    text: 'SELECT abalance FROM pgbench_accounts WHERE aid = $1',
    values: [aid],
  });
  const body = `${abalance}\n`;
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
  response.end(body);
}

const server = http.createServer((request, response) => answer(response));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
