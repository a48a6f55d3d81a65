// npm's pg with a pool of 8 connections: 64 at a time select by primary key, in simple protocol. Prints microseconds a
// transaction. Usage: pg_select.mjs CONNINFO TRANSACTIONS
import pg from 'pg';

const [rows, clients, connections] = [1_000_000, 64, 8];
const { host, port, user, dbname } = Object.fromEntries(process.argv[2].split(' ').map((pair) => pair.split('=')));
const transactions = Number(process.argv[3]);
const pool = new pg.Pool({ host, port, user, database: dbname, max: connections });
const warm = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
for (const client of warm) client.release();

let started = 0;
async function work() {
  while (started++ < transactions) {
    const aid = 1 + Math.floor(Math.random() * rows);
    const found = await pool.query(`SELECT abalance FROM pgbench_accounts WHERE aid = ${aid};`);
    if (found.rows.length !== 1) throw new Error('no row');
  }
}
const before = process.hrtime.bigint();
await Promise.all(Array.from({ length: clients }, work));
console.log((Number(process.hrtime.bigint() - before) / 1e3 / transactions).toFixed(3));
await pool.end();
