/* struct sockaddr and what Node calls an address: { host, port }, or { path } of a Unix-domain socket. */
import { layout } from './numbers.mjs';

const { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6 } = layout.constants;

const fourOf = text => text.split('.').map(Number);
const groupsOf = text => (text === '' ? [] : text.split(':').flatMap(group => {
  if (!group.includes('.')) return [parseInt(group, 16)];
  const [a, b, c, d] = fourOf(group);
  return [a << 8 | b, c << 8 | d];
}));

/* The eight groups of a numeric IPv6 address. */
const eightOf = text => {
  const [head, tail] = text.split('%')[0].split('::').map(groupsOf);
  return tail ? [...head, ...Array(8 - head.length - tail.length).fill(0), ...tail] : head;
};

/* null: it is none that is known here. */
export const readAddress = (view, at, size) => {
  if (size < 2) return null;
  const family = view.getUint16(at, true);
  if (family === AF_UNSPEC) return { family };
  if (family === AF_UNIX) {
    const bytes = new Uint8Array(view.buffer, at + 2, size - 2).slice();
    const end = bytes.indexOf(0);
    const path = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
    return path ? { family, path } : null;
  }
  const port = size < 4 ? 0 : view.getUint16(at + 2, false);
  if (family === AF_INET && size >= 16) {
    return { family, port, host: [4, 5, 6, 7].map(i => view.getUint8(at + i)).join('.') };
  }
  if (family === AF_INET6 && size >= 28) {
    return { family, port, host: [8, 10, 12, 14, 16, 18, 20, 22].map(i => view.getUint16(at + i, false).toString(16)).join(':') };
  }
  return null;
};

const bytesOf = (family, { host = '', port = 0, path }) => {
  if (path !== undefined || family === AF_UNIX) {
    const text = new TextEncoder().encode(path ?? '');
    const bytes = new Uint8Array(text.length ? 2 + text.length + 1 : 2);
    bytes[0] = AF_UNIX;
    bytes.set(text, 2);
    return bytes;
  }
  const is6 = family === AF_INET6;
  const out = new DataView(new ArrayBuffer(is6 ? 28 : 16));
  out.setUint16(0, is6 ? AF_INET6 : AF_INET, true);
  out.setUint16(2, port, false);
  if (host && is6) eightOf(host.includes(':') ? host : `::ffff:${host}`).forEach((group, i) => out.setUint16(8 + 2 * i, group, false));
  else if (host && !host.includes(':')) fourOf(host).forEach((byte, i) => out.setUint8(4 + i, byte));
  return new Uint8Array(out.buffer);
};

/* Of the socket's family. Writes as much as there is room for, and how much there would be. */
export const writeAddress = (view, at, sizeAt, family, address) => {
  const bytes = bytesOf(family, address ?? {});
  const room = Math.max(view.getInt32(sizeAt, true), 0);
  new Uint8Array(view.buffer).set(bytes.subarray(0, Math.min(room, bytes.length)), at);
  view.setInt32(sizeAt, bytes.length, true);
};
