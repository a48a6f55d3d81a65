// Measures a WebSocket server: the processor time of an echo, in nanoseconds, or the resident bytes of a connection
// that idles behind its handshake. Usage: ws.mjs cpu|idle CONNECTIONS ROUNDS SIZE CLIENT SERVER [argument ...]
// The server prints its port.
import { measurePair } from './pair.mjs';

const [measure, connections, rounds, size, client, ...server] = process.argv.slice(2);
console.log(await measurePair(measure, { connections, rounds, server, client, more: [size] }));
