/* Types of greenio/gateway. */
import type { GivenSocket, GreenSockets, SocketInfo } from './greenio.d.ts';

/** What a WebSocket is made by: a page's own class, or that of the npm package `ws`. */
export interface WebSocketConstructor {
  new (url: string, protocols: string[]): object;
}

export interface GatewayOptions {
  /** What the gateway asks for. A function is called for each WebSocket. */
  token?: string | PromiseLike<string> | (() => string | PromiseLike<string>) | undefined;
  /** Bytes that may come of a connection before they are read; 262,144 unless given. */
  window?: number | undefined;
  /** Milliseconds without a connection after which the WebSocket is closed; 1,000 unless given. */
  idle?: number | undefined;
  /** Milliseconds without a message after which the gateway is asked whether it is still there, and then counts as gone; 30,000 unless given. */
  heartbeat?: number | undefined;
  /** Another class than the global one. */
  WebSocket?: WebSocketConstructor | undefined;
}

/** A connection by a gateway. */
export interface GatewaySocket extends GivenSocket {
  readonly opened: Promise<SocketInfo>;
  /** Fulfilled when both directions have ended, or it was closed; rejected if it was cut, or never stood. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): void;
}

export interface GatewaySockets extends GreenSockets {
  connect(address: { hostname: string; port: number }, options?: { secureTransport?: 'off' | undefined; allowHalfOpen?: boolean | undefined }): GatewaySocket;
  /** How many there are. */
  readonly connections: number;
  /** Cuts them all, and closes the WebSocket; the next connection opens another one. */
  close(): void;
}

/** Sockets by the gateway at a URL (ws: or wss:; in a page it may be relative), all in one WebSocket. For a module's factory, as greenSockets. */
export function gateway(url: string | URL, options?: GatewayOptions): GatewaySockets;
