// A name server of the tests, for names below .test, whose answers the test decides; a program asks it that runs behind
// `before`, in a mount namespace with a resolv.conf of its own.
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const A = 1;
const AAAA = 28;

/* Why there can be none; '': there can. */
export function lacking() {
  if (process.getuid() !== 0) return 'only root can give a program a resolv.conf of its own';
  if (spawnSync('unshare', ['-m', 'true']).status !== 0) return 'unshare -m is not possible here';
  return existsSync('/etc/resolv.conf') ? '' : 'there is no /etc/resolv.conf to put another in front of';
}

const bytesOf = address => {
  if (net.isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').map(half => half.split(':').filter(Boolean));
  const zeros = Array(8 - groups.flat().length).fill('0');
  return Buffer.from([...groups[0], ...zeros, ...(groups[1] ?? [])].flatMap(group => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]));
};

/* `answer(name)` gives the addresses of a name, each time that one of its two types is asked for; null: there is no such name. */
export async function startNames(answer) {
  const asked = []; /* "name A" */
  const server = createSocket('udp4');
  server.on('message', (query, from) => {
    const labels = [];
    let at = 12;
    for (; query[at]; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    const name = labels.join('.').toLowerCase();
    const type = query.readUInt16BE(at + 1);
    asked.push(`${name} ${type === A ? 'A' : type === AAAA ? 'AAAA' : type}`);
    const addresses = answer(name, type === A);
    const fitting = (addresses ?? []).filter(address => net.isIPv4(address) === (type === A));
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8580 | (addresses ? 0 : 3), 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(fitting.length, 6);
    const records = fitting.map(address => {
      const data = bytesOf(address);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4);
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    server.send(Buffer.concat([head, query.subarray(12, at + 5), ...records]), from.port, from.address);
  });
  const part = () => 1 + Math.floor(Math.random() * 250);
  const address = `127.${part()}.${part()}.${part()}`;
  await new Promise((resolve, reject) => server.once('error', reject).bind(53, address, () => resolve(undefined)));
  const folder = mkdtempSync(join(tmpdir(), 'greenio-names-'));
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver ${address}\noptions timeout:5 attempts:1\n`);
  return {
    asked,
    before: ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file],
    close() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
