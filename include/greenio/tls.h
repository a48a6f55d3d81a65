/* TLS on streams: natively by OpenSSL, in Node by its own node:tls. A stream that TLS was begun on
 * is read, written, shut down and closed by the functions of <greenio/stream.h>, whose rules hold.
 *
 *   green_tls *tls = NULL;
 *   int rc = green_tls_new(&tls, &(green_tls_options){.alpn = "h2,http/1.1"});
 *   if (rc == 0) rc = green_stream_connect_tls(&stream, "example.org", 443, tls);
 *
 * A listening side accepts a connection as ever and calls green_stream_accept_tls() in the task of
 * that connection, so that a client that takes its time over the handshake holds up nobody else.
 *
 * TLS 1.2 and 1.3, forward secrecy and authenticated ciphers alone. No renegotiation, compression
 * or early data, and no session is resumed by a connecting side.
 *
 * What differs on a stream with TLS:
 *   - The end is what the other side said to be the end. A connection that ends without that gives
 *     GREEN_ETLS with the reason `truncated`, where a plain one would have read 0: somebody on the
 *     way may have cut it, or a program has ended without saying so.
 *   - green_stream_close() tells the other side the end, as does green_stream_shutdown(), behind
 *     which one may go on reading. green_stream_reset() does not. What the system has no room for
 *     when a stream is closed is sent afterwards, and given up when the other side takes nothing
 *     for 10 s or, all being sent, has not ended for as long; by the end of the runtime too. (In
 *     Node by Node, which has no such limit.)
 *   - A write that was interrupted may have encrypted up to 16 KiB that the system has no room for.
 *     They count as handed over, and are sent when there is room.
 *
 * Failures: GREEN_ETLS, and a message that begins with whom it was about and has the reason as one
 * of these words, the same on every host, then what the TLS library says:
 *   wrong name, expired, not yet valid, self-signed, unknown issuer, wrong purpose, revoked,
 *   no revocation list, weak, bad certificate   about the other side's certificate;
 *   no certificate       the other side was asked for one and has none;
 *   truncated            see above; also in the middle of the handshake;
 *   no common protocol   nothing of `alpn` is the other side's too;
 *   no common version    of TLS;
 *   refused              the other side said no, and the message has its words;
 *   plain bytes          see green_stream_start_tls();
 *   not TLS              what came is something else;
 *   broken               anything else that goes against the protocol.
 * "example.org: expired: certificate has expired". Each read and write behind a failure gives it
 * again. (In Node a listening side that does not like a client's certificate hangs up without
 * saying why, and the client reads that as `truncated`; natively the client is told.)
 *
 * Stacks: a handshake goes some 8 KiB deep, of either side, with elliptic keys and RSA, clients'
 * certificates and the system's trust (Debian 12's OpenSSL 3.0; in Node it takes none of the
 * task's). The default stack of tasks, 64 KiB, is plenty; 32 KiB are enough.
 *
 * What is not there: a page gives GREEN_ENOTSUP from green_tls_new() and whatever begins TLS, as
 * does a native build with GREENIO_TLS=OFF. On a connection by greenSockets (docs/gateway.md) it
 * cannot begin either, in Node too. */
#ifndef GREENIO_TLS_H
#define GREENIO_TLS_H

#include <greenio/stream.h>

GREEN_BEGIN

/* What a side of TLS has and wants: certificate, trust, protocols. Of any number of connections,
 * of one thread. */
typedef struct green_tls green_tls;

/* Whether a listening side asks its clients for certificates. */
enum green_tls_clients {
  GREEN_TLS_ANY_CLIENT = 0,   /* asks for none */
  GREEN_TLS_ASK_CLIENTS = 1,  /* takes those without one; a bad one is refused */
  GREEN_TLS_KNOWN_CLIENTS = 2 /* refuses those without one */
};

/* Zeroed: as most that connect want it. Each thing that is PEM is a file's path or a text, not
 * both.
 */
typedef struct green_tls_options {
  const char *certificate; /* file: this side's certificate, and those between it and its root */
  const char *key;         /* file: the certificate's; NULL: in the same file */
  const char *certificate_pem; /* the certificate as text */
  const char *key_pem;         /* the key as text; NULL: it is in the certificate's */
  const char *ca;      /* file: trusted in place of the system's: natively OpenSSL's, or what
                             SSL_CERT_FILE names, read once, when it is needed first; Node's own and
                             what NODE_EXTRA_CA_CERTS names */
  const char *ca_pem;  /* the same as text */
  const char *crl;     /* file: lists of what is revoked. Every issuer of a chain must have one */
  const char *crl_pem; /* the same as text */
  const char *alpn;    /* protocols, the best first: "h2,http/1.1"; NULL: ALPN is not used. A
                             listening side picks the first of its own that a client has as well */
  bool insecure;       /* connecting: takes any certificate, of whatever name */
  bool only_1_3;       /* no TLS 1.2 */
  enum green_tls_clients clients; /* listening: needs `ca` or `ca_pem`, whose clients they are */
} green_tls_options;

/* Makes one; `options` may be NULL. Files are read before it returns, which holds up the thread for
 * as long as that takes. Any stack; never parks.
 *   0: *out is the caller's, green_tls_release() it.
 *   GREEN_ENOENT, GREEN_EACCES, GREEN_EISDIR, GREEN_EMFILE, GREEN_EIO and so on: a file cannot be
 *     read.
 *   GREEN_EFBIG: one thing that is PEM has more than 16 MiB.
 *   GREEN_ETLS: what is there is no certificate, key, or list, or the key is another certificate's.
 *   GREEN_EINVAL: options that contradict each other, a key without a certificate, an ALPN name
 *     that is empty or longer than 255 bytes, clients' certificates without `ca`.
 *   GREEN_ENOTSUP: see above. GREEN_ENOMEM.
 * A failure leaves a message that names the option; *out is NULL then. */
GREEN_API int green_tls_new(green_tls **out, const green_tls_options *options);

/* From here on, handshakes that begin use these options in the place of all that were there, such
 * as a certificate that was renewed; connections that there are go on with what they began with. As
 * green_tls_new(); after a failure everything is as it was. */
GREEN_API int green_tls_set_options(green_tls *tls, const green_tls_options *options);

/* Lets go of it; connections that use it go on. NULL is allowed. Any stack; never parks. */
GREEN_API void green_tls_release(green_tls *tls);

/* ---- beginning ------------------------------------------------------------------------------- */

/* As green_stream_connect(), then green_stream_start_tls() with `host` as the name. NULL for `tls`
 * is one made of NULL options. Parks. */
GREEN_API int green_stream_connect_tls(green_stream **out, const char *host, unsigned port,
                                       green_tls *tls);

/* Begins TLS on a plain stream, as the side that connects in TLS's words: at once, or where a
 * protocol has a word for it (STARTTLS). The other side's certificate must be for `name`: a host's,
 * which is also what the other side is asked for (SNI); in letters of any script, with or without a
 * dot at the end; or a numeric address, which has to be in the certificate as such. `tls` as for
 * green_stream_connect_tls(); it is not needed behind the call. Parks until the handshake is over.
 *   0: all that is read and written from here on goes through TLS.
 *   GREEN_ETLS: see above. `plain bytes`: something that came before TLS was read by
 *     green_stream_read_line() beyond its line, and so the other side, or somebody on the way, has
 *     sent more than the protocol lets it. It would be taken for something that came by TLS.
 *   GREEN_EINVAL: a name that is none, NULL unless `insecure`.
 *   GREEN_EALREADY: there is TLS on it. GREEN_EPIPE: this side's half is ended.
 *   GREEN_EBUSY: another task reads or writes it.
 *   GREEN_ENOMEM, GREEN_ENOTSUP, and as green_stream_read().
 * Whatever fails, also an interruption, leaves the stream of no further use but for these with
 * which nothing was begun: GREEN_EINVAL, GREEN_EALREADY, GREEN_EBUSY, GREEN_ENOMEM before the first
 * byte. A failure leaves a message. */
GREEN_API int green_stream_start_tls(green_stream *stream, green_tls *tls, const char *name);

/* The same as the side that is connected to, which needs a certificate in `tls` (GREEN_EINVAL). */
GREEN_API int green_stream_accept_tls(green_stream *stream, green_tls *tls);

/* ---- what was agreed ------------------------------------------------------------------------- */

/* Something about the TLS of a stream. */
enum green_tls_fact {
  GREEN_TLS_VERSION,          /* "TLSv1.3", "TLSv1.2" */
  GREEN_TLS_CIPHER,           /* OpenSSL's name of it, "TLS_AES_256_GCM_SHA384" */
  GREEN_TLS_PROTOCOL,         /* by ALPN, "h2" */
  GREEN_TLS_SERVER_NAME,      /* that a client asked for (SNI), as it is sent: xn--... */
  GREEN_TLS_PEER_SUBJECT,     /* of the other side's certificate, "C=DE, O=Acme\, Inc., CN=x" */
  GREEN_TLS_PEER_ISSUER,      /* the same of who issued it */
  GREEN_TLS_PEER_FINGERPRINT, /* its SHA-256, "AB:CD:..." */
  GREEN_TLS_PEER_CERTIFICATE, /* itself, in PEM */
};

/* Writes something about a stream's TLS into `text`, with a 0 byte behind it. Of a certificate that
 * was not asked to be checked (`insecure`) too. Any stack; never parks.
 *   >= 0: its length in bytes.
 *   GREEN_ENOENT: there is none: no protocol was agreed, no name asked for, no certificate sent.
 *   GREEN_EMSGSIZE: it does not fit into `size` bytes with the 0; *text is "" then.
 *   GREEN_ENOTCONN: there is no TLS on the stream. GREEN_ECLOSED. GREEN_ENOMEM. */
GREEN_API int green_stream_tls(const green_stream *stream, enum green_tls_fact fact, char *text,
                               size_t size);

GREEN_END
#endif
