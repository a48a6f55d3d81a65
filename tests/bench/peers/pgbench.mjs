// pg.select's peer: pgbench -S. Prints microseconds a transaction, without the time to connect.
// Usage: pgbench.mjs PGBENCH CONNINFO TRANSACTIONS PROTOCOL, which is simple or prepared
import { execFileSync } from 'node:child_process';

const [pgbench, address, transactions, protocol] = process.argv.slice(2);
const [clients, threads] = [8, 1];
const count = Math.ceil(Number(transactions) / clients);
const args = ['-n', '-S', '-M', protocol, '-c', clients, '-j', threads, '-t', count, address].map(String);
const report = execFileSync(pgbench, args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
console.log((1e6 / Number(/tps = ([\d.]+)/.exec(report)[1])).toFixed(3));
