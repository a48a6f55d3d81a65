/* getsockopt(2) and setsockopt(2) of a stream socket; SO_RCVTIMEO and SO_SNDTIMEO are src/fd/timeouts_js.c's. What
 * cannot be done is ENOPROTOOPT. */
import { layout } from './numbers.mjs';

const {
  EINVAL, ENOPROTOOPT, IPPROTO_IPV6, IPPROTO_TCP, IPV6_V6ONLY, SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN, SO_DOMAIN, SO_ERROR, SO_KEEPALIVE,
  SO_LINGER, SO_PROTOCOL, SO_RCVBUF, SO_REUSEADDR, SO_SNDBUF, SO_TYPE, TCP_KEEPIDLE, TCP_NODELAY, AF_UNIX,
} = layout.constants;
const BUFFER = 65536;

const keyOf = (level, name) => level * 65536 + name;

/* get(socket) gives a number, or two; set(socket, number, second). Without `set` it cannot be set: ENOPROTOOPT. */
/** @type {Map<number, { get: (socket: any) => any, set?: (socket: any, number: number, second: number) => void, fields?: number }>} */
const table = new Map(/** @type {any} */ ([
  [keyOf(SOL_SOCKET, SO_TYPE), { get: () => SOCK_STREAM }],
  [keyOf(SOL_SOCKET, SO_ERROR), { get: socket => socket.takeError() }],
  [keyOf(SOL_SOCKET, SO_DOMAIN), { get: ({ family }) => family }],
  [keyOf(SOL_SOCKET, SO_PROTOCOL), { get: ({ family }) => (family === AF_UNIX ? 0 : IPPROTO_TCP) }],
  [keyOf(SOL_SOCKET, SO_ACCEPTCONN), { get: ({ state }) => Number(state === 'listening') }],
  [keyOf(SOL_SOCKET, SO_REUSEADDR), { get: ({ options }) => options.reuse ?? 0, set: ({ options }, on) => { options.reuse = Number(on !== 0); } }], /* Node sets it always */
  /* as hints, which they are */
  [keyOf(SOL_SOCKET, SO_RCVBUF), { get: ({ options }) => options.receiveBuffer ?? BUFFER, set: ({ options }, size) => { options.receiveBuffer = size; } }],
  [keyOf(SOL_SOCKET, SO_SNDBUF), { get: ({ options }) => options.sendBuffer ?? BUFFER, set: ({ options }, size) => { options.sendBuffer = size; } }],
  [keyOf(SOL_SOCKET, SO_KEEPALIVE), { get: ({ options }) => Number(options.keepAlive), set: ({ options }, on) => { options.keepAlive = on !== 0; } }],
  [keyOf(SOL_SOCKET, SO_LINGER), {
    fields: 2,
    get: ({ options: { linger } }) => [Number(linger?.on ?? 0), linger?.seconds ?? 0],
    set: ({ options }, on, seconds) => { options.linger = { on: on !== 0, seconds }; },
  }],
  [keyOf(IPPROTO_TCP, TCP_NODELAY), { get: ({ options }) => Number(options.noDelay), set: ({ options }, on) => { options.noDelay = on !== 0; } }],
  [keyOf(IPPROTO_TCP, TCP_KEEPIDLE), { get: ({ options }) => options.keepIdle || 7200, set: ({ options }, seconds) => { options.keepIdle = seconds; } }],
  [keyOf(IPPROTO_IPV6, IPV6_V6ONLY), { get: ({ options }) => Number(options.ipv6Only), set: ({ options }, on) => { options.ipv6Only = on !== 0; } }],
]));

export const getOption = (view, socket, level, name, at, sizeAt) => {
  const option = table.get(keyOf(level, name));
  if (!option) return -ENOPROTOOPT;
  const room = view.getInt32(sizeAt, true);
  if (room < 0) return -EINVAL;
  const value = new Uint8Array(Int32Array.from([option.get(socket)].flat()).buffer).subarray(0, room);
  new Uint8Array(view.buffer).set(value, at);
  view.setInt32(sizeAt, value.length, true);
  return 0;
};

export const setOption = (view, socket, level, name, at, size) => {
  const option = table.get(keyOf(level, name));
  if (!option?.set) return -ENOPROTOOPT;
  const fields = option.fields ?? 1;
  if (size < 4 * fields) return -EINVAL;
  option.set(socket, view.getInt32(at, true), fields > 1 ? view.getInt32(at + 4, true) : 0);
  socket.apply();
  return 0;
};
