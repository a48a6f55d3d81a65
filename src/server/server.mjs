/* The HTTP server of JavaScript hosts, behind server_js.c: in Node by node:http and node:https, elsewhere
 * module.green.app.fetch() alone. It is in programs alone that use it. See app/exchanges.mjs for exchanges.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';
import { nodeTimeout, soon, Timer } from '../../wasm/timers.mjs';
import { lacksFolder } from '../net/local.mjs';
import { makeRequests } from './requests.mjs';

export const bindings = {
  name: 'server',
  imports: { listens: 'i', open: 'ippp', address: 'ippi', connections: 'ip', shutdown: 'vpd', drop: 'vp', certificate: 'ippppi' },
  exports: { opened: 'ipip', closed: 'ipi' },
  needs: { app: 'green__js_app' },
};
/* C: green__js_server_*, in server_js.c. */

export const layout = {
  headers: ['<greenio/server.h>'],
  records: {
    green_server_options: ['host', 'port', 'path', 'share_port', 'backlog', 'max_connections', 'max_connections_per_address', 'max_head',
      'max_headers', null, 'idle_timeout', null, 'certificate', 'key'],
  },
};
const FIELDS = layout.records.green_server_options;

export const make = (env, c, { app: { exchanges, served } }) => {
  const { host, loop } = env;
  const requests = makeRequests(env, exchanges);
  const servers = new Map(); /* by the address in C */
  const statusOf = makeStatusOf(loop, 'server');
  /* C puts what the status says behind the message, unless that is ETLS. */
  function tell(server, status, message) {
    loop.withText(message, (text) => {
      loop.enter(() => { return c.opened(server.pointer, status, text); });
    });
  }

  function settingsAt(options) {
    const words = new Uint32Array(host.bytes().buffer, options, FIELDS.length);
    function number(name) { return words[FIELDS.indexOf(name)]; }
    function text(name) { return number(name) ? host.text(number(name)) : ''; }
    return {
      host: text('host'), port: number('port'), path: text('path'), share: (number('share_port') & 255) !== 0, backlog: number('backlog'),
      maxConnections: number('max_connections'), perAddress: number('max_connections_per_address'), maxHead: number('max_head'),
      maxHeaders: number('max_headers'), idle: Math.min(number('idle_timeout') + words[FIELDS.indexOf('idle_timeout') + 1] * 2 ** 32, Number.MAX_SAFE_INTEGER),
      certificate: text('certificate'), key: text('key'),
    };
  }

  /* ---- connections */

  function limitAddress(server, most) {
    const counts = new Map();
    server.node.on('connection', (socket) => {
      if (socket.greenCounted) return; /* it is told of once more, see asIfNotAsked() */
      socket.greenCounted = true;
      const address = socket.remoteAddress;
      const count = (counts.get(address) || 0) + 1;
      if (count > most) return void socket.destroy();
      counts.set(address, count);
      socket.on('close', () => {
        const left = counts.get(address) - 1;
        if (left) counts.set(address, left);
        else counts.delete(address);
      });
    });
  }
  function noteConnections(server) {
    server.node.on(server.secure ? 'secureConnection' : 'connection', (socket) => {
      if (server.sockets.has(socket)) return;
      server.sockets.add(socket);
      socket.on('close', () => { server.sockets.delete(socket); });
    });
  }
  /* Those without a request; Node's own function passes over those that never had one. */
  function closeIdle(server) {
    server.sockets.forEach((socket) => {
      if (!socket._httpMessage && !socket.greenUpgraded) socket.destroy();
    });
  }

  /* ---- a server of Node's */

  function create(server, settings, certificate, key) {
    const options = {
      maxHeaderSize: settings.maxHead,
      headersTimeout: nodeTimeout(settings.idle),
      requestTimeout: 0, /* a body may take long, as long as it comes */
      keepAliveTimeout: nodeTimeout(settings.idle),
      connectionsCheckingInterval: Math.max(20, Math.min(1000, Math.floor(settings.idle / 4))),
      insecureHTTPParser: false, /* whatever the program was started with */
      noDelay: true,
      shouldUpgradeCallback: (request) => { return exchanges.upgrades !== null && requests.isUpgrade(request); },
    };
    if (server.secure) Object.assign(options, { cert: certificate, key });
    const node = require(server.secure ? 'node:https' : 'node:http').createServer(options);
    node.maxHeadersCount = settings.maxHeaders + 1;
    node.maxConnections = settings.maxConnections;
    node.on('request', (request, response) => { requests.came(server, request, response, false); });
    node.on('checkContinue', (request, response) => { requests.came(server, request, response, true); });
    node.on('checkExpectation', (request, response) => { requests.came(server, request, response, false); });
    node.on('clientError', (error, socket) => { requests.failed(server, error, socket); });
    if (exchanges.upgrades) node.on('upgrade', (request, socket, behind) => { requests.cameUpgrade(server, request, socket, behind); });
    node.on('timeout', requests.timedOut);
    node.timeout = 0;
    return node;
  }
  function whereOf({ path, host: name, port }) {
    return 'listen on ' + (path || `${name.includes(':') ? `[${name}]` : name || '[::]'}:${port}`);
  }
  function listen(server, settings) {
    const node = server.node;
    node.on('error', (error) => {
      if (server.open || server.closed) return;
      servers.delete(server.pointer);
      const status = settings.path && lacksFolder(settings.path, error) ? loop.numberOf('ENOENT') : statusOf(error);
      tell(server, status, error.syscall === 'getaddrinfo' ? settings.host : whereOf(settings));
    });
    node.on('listening', () => {
      if (server.closed) return void node.close(); /* it was dropped while its host's name was looked up */
      server.open = true;
      server.entry = served.add('', server.application);
      tell(server, 0, '');
    });
    noteConnections(server);
    if (settings.perAddress) limitAddress(server, settings.perAddress);
    const where = settings.path ? { path: settings.path } : { port: settings.port, host: settings.host || undefined };
    where.backlog = settings.backlog;
    where.exclusive = true;
    if (settings.share) where.reusePort = true;
    node.listen(where);
  }
  /* Runs `take` with both files: 0, or a status; a message for tell() is told to `why`. */
  function readCertificate(certificate, key, take, why) {
    let path = certificate;
    try {
      const [cert, own] = [certificate, key].map((one) => { return require('node:fs').readFileSync(path = one); });
      path = '';
      take(cert, own);
      return 0;
    } catch (error) {
      why(path ? 'certificate: ' + path : `${certificate} is not a certificate with its key: ${error.message}`);
      return path ? statusOf(error) : loop.numberOf('ETLS');
    }
  }
  function start(server, settings) {
    const { certificate, key } = settings;
    const begin = (cert, own) => { server.node = create(server, settings, cert, own); };
    let said = '';
    const status = certificate ? readCertificate(certificate, key, begin, (why) => { said = why; }) : 0;
    if (status < 0) return fail(server, status, said);
    try {
      if (!certificate) begin();
      listen(server, settings);
    } catch (error) {
      fail(server, statusOf(error), whereOf(settings));
    }
  }
  /* Not inside of the call. */
  function fail(server, status, message) {
    servers.delete(server.pointer);
    soon(() => { tell(server, status, message); });
  }
  /* Node 22.12 and 23.1 can share a port. */
  function canShare() {
    const version = process.versions.node.split('.').map(Number);
    return version[0] > 23 || (version[0] === 23 && version[1] >= 1) || (version[0] === 22 && version[1] >= 12);
  }

  /* ---- the end */

  function over(server) {
    if (server.closed) return;
    server.closed = true;
    server.deadline.clear();
    servers.delete(server.pointer);
    loop.enter(() => { return c.closed(server.pointer, server.cut); });
  }
  /* Node knows those of a handshake no more. */
  function cutAll(server) {
    server.node.closeAllConnections();
    server.sockets.forEach((socket) => { if (!socket.greenUpgraded) socket.destroy(); });
  }
  function cut(server) {
    if (server.entry) {
      server.entry.open.forEach((exchange) => {
        server.cut = true;
        if (exchange.upgrade) exchanges.upgrades.leave(exchange.upgrade, true);
        exchange.broken(new TypeError('the server has been shut down'));
      });
    }
    if (!server.node) return;
    server.upgraded.forEach((exchange) => { exchanges.upgrades.leave(exchange.upgrade, true); });
    if (server.sockets.size) server.cut = true;
    cutAll(server);
  }
  function drain(server) {
    server.draining = true;
    served.remove('', server.entry);
    server.entry.left = function() { settle(server); };
    server.entry.draining = true;
    server.entry.open.forEach((exchange) => { if (exchange.upgrade) exchanges.upgrades.leave(exchange.upgrade, false); });
    if (server.node) {
      server.node.close(() => {
        server.gone = true;
        settle(server);
      });
      closeIdle(server);
      server.upgraded.forEach((exchange) => { exchanges.upgrades.leave(exchange.upgrade, false); });
    }
    soon(() => { settle(server); });
  }
  function settle(server) {
    if ((!server.node || server.gone) && !server.entry.open.size) over(server);
  }
  function drop(server) {
    server.closed = true;
    server.deadline.clear();
    servers.delete(server.pointer);
    if (server.entry) served.remove('', server.entry);
    if (!server.node) return;
    server.node.close();
    cutAll(server);
  }
  loop.onClose.push(() => { servers.forEach(drop); });

  return {
    /* This host has something to listen on. */
    listens: () => inNode,
    /* 0: C is told when it is open. */
    open(pointer, application, options) {
      const settings = settingsAt(options);
      const server = {
        pointer, application, node: null, entry: null, open: false, gone: false, closed: false, draining: false,
        cut: false, sockets: new Set(), upgraded: new Set(), idle: settings.idle, maxHeaders: settings.maxHeaders, secure: Boolean(settings.certificate), deadline: null,
      };
      server.deadline = new Timer(() => { cut(server); });
      if (inNode && settings.share && !canShare()) return loop.numberOf('ENOTSUP');
      servers.set(pointer, server);
      if (inNode) {
        start(server, settings);
      } else {
        server.entry = served.add('', application);
        soon(() => { tell(server, 0, ''); });
      }
      return 0;
    },
    address(pointer, text, size) {
      const server = servers.get(pointer);
      if (!server || server.draining) return loop.numberOf('ECLOSED');
      if (!server.node) return loop.numberOf('ENOTSUP');
      const found = server.node.address();
      host.putText(typeof found == 'string' ? found : found.address, text, size);
      return typeof found == 'string' ? 0 : found.port;
    },
    connections(pointer) {
      const server = servers.get(pointer);
      if (!server) return 0;
      return server.node ? server.sockets.size : server.entry.open.size;
    },
    shutdown(pointer, milliseconds) {
      const server = servers.get(pointer);
      if (!server) return;
      if (!server.draining) drain(server);
      server.deadline.set(milliseconds);
    },
    drop(pointer) {
      if (servers.has(pointer)) drop(servers.get(pointer));
    },
    /* A failure leaves a message for tell() in the text. */
    certificate(pointer, certificate, key, text, size) {
      const server = servers.get(pointer);
      if (!server || server.draining) return loop.numberOf('ECLOSED');
      if (!inNode) return loop.numberOf('ENOTSUP');
      if (!server.secure) return loop.numberOf('EINVAL');
      return readCertificate(host.text(certificate), host.text(key), (cert, own) => { server.node.setSecureContext({ cert, key: own }); },
        (why) => { host.putText(why, text, size); });
    },
  };
};
