/* TLS on the connections of net.mjs, by node:tls. tls.h says what each function owes.
 *
 * node:tls is given a stream of JavaScript's that stands in front of the socket, and not the socket: it hands on the end of
 * the connection as the end that the other side has said, and only from below can one be told from the other. What the socket
 * had read already, which C has not, goes through TLS.
 *
 * With TLS on it an entry has `socket`, the TLS socket, and `below`, the plain one; `certificate`, the other side's, and `name`, whom
 * a client has asked for; `code` and `words` say why it has failed.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { propertyOf, seen } from '../../wasm/outside.mjs';
import { makeStatusOf } from '../../wasm/reasons.mjs';

const KNOWN_CLIENTS = 2; /* GREEN_TLS_KNOWN_CLIENTS */
const NO_RENEGOTIATION = 2 ** 30; /* SSL_OP_NO_RENEGOTIATION, which Node has no name for */
const PEM_MOST = 2 ** 24; /* as natively */
const LIST = /-----BEGIN X509 CRL-----[^]*?-----END X509 CRL-----/g;
const END = '-----BEGIN CERTIFICATE-----';

/* Loaded when a program asks for TLS: it takes Node 30 ms, which those without would pay at their start. */
const node = {
  get tls() {
    return require('node:tls');
  },
  get crypto() {
    return require('node:crypto');
  },
  get fs() {
    return require('node:fs');
  },
  get Duplex() {
    return require('node:stream').Duplex;
  },
};

/* Not in a page, nor in a Node that was built without. */
const isThere = () => {
  try {
    return inNode && Boolean(node.tls && node.crypto);
  } catch {
    return false;
  }
};

/* A setting that cannot be taken. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; /* a number */
  }
}

/* ---- contexts */

/* `fields`: of struct green__js_tls. */
const makeContexts = ({ host, loop, fields }) => {
  const statusOf = makeStatusOf(loop, 'net');
  const contexts = new Map();
  let last = 0, message = '';
  const refused = (option, what, error) => new Refused(loop.numberOf('ETLS'), option + ': ' + what + (error ? ': ' + seen(error).message : ''));

  const settingsAt = options => {
    const words = new Uint32Array(host.bytes().buffer, options, fields.length);
    const settings = {};
    fields.forEach((name, i) => {
      settings[name] = i < fields.indexOf('insecure') ? (words[i] ? host.text(words[i]) : undefined) : words[i];
    });
    return settings;
  };
  const limit = (option, size) => {
    if (size > PEM_MOST) throw new Refused(loop.numberOf('EFBIG'), option + ': larger than 16 MiB');
  };
  const pem = (settings, option) => {
    const path = settings[option], text = settings[option + '_pem'];
    if (path === undefined) return limit(option, text ? text.length : 0), text;
    try {
      limit(option, node.fs.statSync(path).size);
      return node.fs.readFileSync(path, 'utf8');
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(statusOf(error), option + ': ' + path + ': ' + seen(error).message);
    }
  };
  const tryTo = (option, what, take) => {
    try {
      return take();
    } catch (error) {
      throw refused(option, what, error);
    }
  };
  /* Node takes a text without certificates for one of none, and the first of several lists alone. */
  const trusted = text => {
    const certificates = text.split(END).slice(1).map(part => END + part);
    if (!certificates.length) throw refused('ca', 'no certificate in PEM');
    for (const certificate of certificates) tryTo('ca', 'no certificate in PEM', () => new node.crypto.X509Certificate(certificate));
    return certificates;
  };
  const lists = text => text.match(LIST) ?? [text];
  const configure = settings => {
    const cert = pem(settings, 'certificate');
    const key = cert && (pem(settings, 'key') ?? cert);
    const ca = pem(settings, 'ca');
    const crl = pem(settings, 'crl');
    const make = options => node.tls.createSecureContext(options);
    if (cert !== undefined) {
      tryTo('certificate', 'no certificate in PEM', () => new node.crypto.X509Certificate(cert));
      tryTo('certificate', 'the certificate cannot be used', () => make({ cert }));
      tryTo('key', 'no private key in PEM, or one with a password', () => node.crypto.createPrivateKey(key));
      tryTo('key', 'not the certificate\'s key', () => make({ cert, key }));
      if (!new node.crypto.X509Certificate(cert).checkPrivateKey(node.crypto.createPrivateKey(key))) throw refused('key', 'not the certificate\'s key');
    }
    const common = {
      cert, key, ca: ca === undefined ? undefined : trusted(ca), minVersion: settings.only_1_3 ? 'TLSv1.3' : 'TLSv1.2',
      ciphers: settings.ciphers, honorCipherOrder: true, secureOptions: NO_RENEGOTIATION,
    };
    const context = make(common);
    if (crl === undefined) return context;
    return tryTo('crl', 'no revocation list in PEM', () => make({ ...common, crl: lists(crl) }));
  };

  return {
    get: number => contexts.get(number),
    tlsContext(options) {
      if (!isThere()) {
        message = 'there is no TLS on this host';
        return loop.numberOf('ENOTSUP');
      }
      const settings = settingsAt(options);
      try {
        const { insecure, clients } = settings; /* and no key */
        contexts.set(++last, { settings: { insecure, clients }, secureContext: configure(settings), protocols: settings.alpn ? settings.alpn.split(',') : undefined });
      } catch (error) {
        message = seen(error).message;
        return error instanceof Refused ? error.status : loop.numberOf('ETLS');
      }
      return last;
    },
    tlsMessage(text, size) {
      host.putText(message, text, size);
    },
    tlsForget(number) {
      contexts.delete(number);
    },
  };
};

/* ---- what was agreed: by enum green_tls_fact */

/* A name in lines, as one. */
const nameOf = text => text.split('\n').join(', ');
const facts = [
  socket => socket.getProtocol(),
  socket => socket.getCipher()?.name,
  socket => socket.alpnProtocol,
  (socket, { name }) => name ?? socket.servername,
  (_, { certificate }) => certificate && nameOf(certificate.subject),
  (_, { certificate }) => certificate && nameOf(certificate.issuer),
  (_, { certificate }) => certificate?.fingerprint256,
  (_, { certificate }) => certificate?.toString(),
];

/* `plain(entry)` gives what is to be heard on a socket; tell(entry) and fail(entry, status) as in net.mjs. */
export const makeTls = ({ host, loop, fields, entries, plain, tell, fail }) => {
  const contexts = makeContexts({ host, loop, fields });
  const statusOf = makeStatusOf(loop, 'net');

  /* Says why once: what comes behind it is a consequence. */
  const failTls = (entry, code, words) => {
    if (entry.failure) return;
    entry.code = code;
    entry.words = words;
    fail(entry, loop.numberOf('ETLS'));
  };
  const failBy = (entry, error) => {
    const { code, message } = seen(error);
    const reason = propertyOf(error, 'reason'); /* OpenSSL's, in a message of much else */
    const words = typeof reason == 'string' && reason ? reason : message.trim();
    const status = statusOf(error);
    if (!entry.open && code === 'ECONNRESET') failTls(entry, 'TRUNCATED', 'the connection has ended in the handshake');
    else if (status === loop.numberOf('ETLS') || code === 'EPROTO') failTls(entry, code, words);
    else if (/^[A-Z_]+$/.test(code) && status === loop.numberOf('EIO')) failTls(entry, code, words); /* of a certificate */
    else fail(entry, status);
  };

  /* What node:tls reads and writes. `cut` from when it has read the end of the connection. */
  const wireOf = entry => {
    const below = entry.socket;
    const wire = new node.Duplex({
      allowHalfOpen: true,
      autoDestroy: false, /* with it node:tls would drop what it has read and nobody taken yet */
      read: () => void below.resume(),
      write: (chunk, encoding, done) => void below.write(chunk, done),
      final: done => void below.end(done),
      destroy(error, done) {
        below.destroySoon();
        done(null);
      },
    });
    for (const [event, hear] of Object.entries(entry.heard)) below.off(event, hear);
    for (const chunk of entry.chunks) wire.push(chunk === entry.chunks[0] ? chunk.subarray(entry.at) : chunk);
    below.on('data', chunk => {
      if (!wire.push(chunk)) below.pause();
    });
    below.on('end', () => wire.push(null));
    below.on('error', error => fail(entry, statusOf(error)));
    below.on('close', () => {
      if (!entry.failure && !entry.ended && !entry.cut && !below.readableEnded) fail(entry, loop.numberOf('ECONNRESET'));
    });
    wire.on('error', () => {});
    wire.on('end', () => {
      entry.cut = true;
    });
    if (entry.ended) wire.push(null);
    Object.assign(entry, { below, chunks: [], at: 0, queued: 0, paused: false, ended: false, open: false, cut: false });
    return wire;
  };

  const isFor = (name, numeric, certificate) => {
    const found = new node.crypto.X509Certificate(certificate);
    return numeric ? found.checkIP(name) : found.checkHost(name, { subject: 'never', partialWildcards: false });
  };
  const connectOn = (wire, { settings, secureContext, protocols }, name, numeric) => node.tls.connect({
    socket: wire, secureContext, ALPNProtocols: protocols, servername: numeric || !name ? undefined : name, rejectUnauthorized: !settings.insecure,
    checkServerIdentity(_, { raw }) {
      if (!name || isFor(name, numeric, raw)) return undefined;
      return Object.assign(new Error('the certificate is for other names'), { code: 'HOSTNAME_MISMATCH' });
    },
  });
  const acceptOn = (wire, { settings, secureContext, protocols }) => new node.tls.TLSSocket(wire, {
    isServer: true, secureContext, ALPNProtocols: protocols, requestCert: settings.clients > 0, rejectUnauthorized: settings.clients === KNOWN_CLIENTS,
  });
  /* Not by getPeerX509Certificate(), which takes it off the chain, so that a second call gives another one. */
  const certificateOf = socket => {
    const { raw } = socket.getPeerCertificate() ?? {};
    return raw ? new node.crypto.X509Certificate(raw) : null;
  };
  /* Of a client: the code of what is wrong with its certificate, which Node leaves to us. */
  const wrongClient = ({ socket, certificate }, { settings }) => {
    if (!settings.clients) return '';
    if (!certificate) return settings.clients === KNOWN_CLIENTS ? 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE' : '';
    const error = socket.ssl.verifyError();
    return error ? seen(error).code || 'CERT_REJECTED' : '';
  };

  /* What happens on the TLS socket. */
  const hear = (entry, socket, context, accepts) => {
    const heard = plain(entry);
    const push = socket.push;
    let truncated = false;
    socket.push = function (chunk, encoding) {
      if (chunk === null) truncated = entry.cut;
      return push.call(this, chunk, encoding);
    };
    socket.on('data', heard.data);
    socket.on('drain', heard.drain);
    socket.on('end', () => {
      if (truncated) failTls(entry, 'TRUNCATED', 'the connection has ended');
      else heard.end();
    });
    socket.on(accepts ? 'secure' : 'secureConnect', () => {
      entry.certificate = certificateOf(socket);
      const code = accepts ? wrongClient(entry, context) : '';
      if (code) {
        failTls(entry, code, 'the client\'s certificate is not taken');
        return void socket.destroy();
      }
      entry.open = true;
      tell(entry);
    });
    socket.on('error', error => failBy(entry, error));
    socket.on('_tlsError', error => failBy(entry, error));
  };

  const { get, ...shown } = contexts;
  return {
    ...shown,
    tlsBegin(endpoint, number, name, numeric, accepts) {
      const entry = entries.get(endpoint);
      const context = get(number);
      if (entry.failure) return entry.failure;
      const wire = wireOf(entry);
      const whom = host.text(name);
      try {
        entry.socket = accepts ? acceptOn(wire, context) : connectOn(wire, context, whom, numeric !== 0);
        if (!accepts) entry.name = numeric ? '' : whom; /* what is asked for */
      } catch (error) {
        return statusOf(error);
      }
      hear(entry, entry.socket, context, accepts !== 0);
      return 0;
    },
    tlsWhy(endpoint, text, size) {
      const { code, words } = entries.get(endpoint);
      host.putText(code + '\n' + words, text, size);
    },
    tlsFact(endpoint, fact, text, size) {
      let found;
      try {
        const entry = entries.get(endpoint);
        found = facts[fact](entry.socket, entry);
      } catch { /* it is closed */
        found = undefined;
      }
      if (!found) return loop.numberOf('ENOENT');
      if (host.textLength(found) >= size) return loop.numberOf('EMSGSIZE');
      host.putText(found, text, size);
      return host.textLength(found);
    },
  };
};
