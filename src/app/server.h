/* The contract between the application and a host that has HTTP: the native server, node:http, fetch.
 *
 * A host makes an exchange of each request, gives it the head and the body, and takes the answer
 * from it. The host drives: the core calls it back through one function alone, `changed`, which
 * says that something which was not there when the host asked for it is there now. Everything
 * happens on the runtime's thread. In order:
 *
 *   green__exchange_open()      a record for the request; nothing has to be kept for it
 *   green__exchange_header()    each header field
 *   green__exchange_begin()     starts the request's task, and runs it at once if the loop is free,
 *                               until it ends or waits; then the host looks:
 *   green__exchange_answer()    is the answer's head there? mostly its whole body comes with it
 *   green__exchange_push()      the body, as far as there is room; more when `changed` is called
 *   green__exchange_push_end()  the body was whole, or broke off
 *   green__exchange_answer()    again after each of these, and when `changed` is called
 *   green__exchange_output()    a body in pieces: the next bytes, to be sent from where they lie
 *   green__exchange_sent()      so many of them were sent
 *   green__exchange_close()     always, once, at any time: all was sent, or the client has gone
 *
 * begin, push, push_end and sent may run the request's task, and no other one; they are called on
 * the host's own stack (in a task they work as well, and nothing runs at once). None of them waits.
 *
 * A request whose task does not wait has its answer when begin() returns: a host answers it there
 * and then, without suspending the connection. Only if there is no answer yet does it suspend,
 * or go on receiving a body while there is room.
 *
 * What the core owes: exactly one answer, in whatever way the task ends, also without memory; bytes
 * and strings of the answer live until close(); after close() it calls the host no more.
 *
 * What a host owes beyond this: it checks the request's framing (chunks, header sizes and count,
 * and the head as grammar/head.c does) and refuses by itself what is malformed there; it sends
 * Date, Content-Length or chunks, and Connection; it does not send a body when `bodiless` is set;
 * it breaks off the connection where a body fails; it keeps the runtime alive while it listens
 * (green_hold()). It limits how long a client may take, and then closes the exchange.
 */
#ifndef GREENIO_SRC_APP_SERVER_H
#define GREENIO_SRC_APP_SERVER_H

#include <greenio/app.h>
#include "shared.h"

GREEN__SHARED_BEGIN
#include "grammar/grammar.h"

struct green__exchange;
struct green__handover;

/* How long a client may still send on a connection whose end it was sent, where a host sees to
 * that by itself: ms. */
#define GREEN__LINGER 2000

/* A new exchange of the application. changed(host) is called when answer(), output() or push() had
 * nothing, or no room, and that is different now; once for each time that they say so. On any
 * stack, a task's small one too: so it takes note, has the host look soon, and calls nothing of
 * this header. Not called inside the functions here: the host looks when they return.
 *   NULL: no memory: the host answers 503 by itself. */
struct green__exchange *green__exchange_open(green_app *app, void (*changed)(void *host),
                                             void *host);

/* The headers that each answer of the application has, for answers that the host makes by itself.
 * How many; they live as long as the application. */
size_t green__app_headers(const green_app *app, const green_http_header **out);

/* Content-Type and Date, which such an answer has of its own: not to be added once more. */
bool green__is_of_every_answer(const char *name);

/* Adds a header field, copied. Out of memory, begin() answers 503. */
void green__exchange_header(struct green__exchange *exchange, const char *name, size_t name_size,
                            const char *value, size_t value_size);

/* What a request's head has beside its fields; all copied. */
struct green__head {
  const char *method;        /* ended by 0, as the target */
  const char *target;        /* as it came: "/path?query", "*", or with a scheme and authority */
  const char *protocol;      /* "HTTP/1.1", for the log; NULL: that */
  const green_address *peer; /* NULL: not known */
  uint64_t body;   /* bytes of body that were announced; 0: none; GREEN__UNKNOWN: chunks */
  bool secure;     /* over TLS */
  bool no_cookies; /* the host drops Set-Cookie */
  bool stays_here; /* the answer goes to who asked in this process, so nothing undoes a coding */
};

/* The head is whole: the request begins. With a body of 0 no push_end() is needed. */
void green__exchange_begin(struct green__exchange *exchange, const struct green__head *head);

/* Gives bytes of the body, which are copied. How many were taken: fewer than `size` if there is no
 * more room, and then `changed` is called when there is. Once there is a whole answer, or the task
 * has ended, all are taken and dropped: the host may as well stop receiving, and close. */
size_t green__exchange_push(struct green__exchange *exchange, const void *data, size_t size);

/* How many bytes push() would take now. 0: `changed` is called when there is room. */
size_t green__exchange_room(struct green__exchange *exchange);

/* Whether the body is waited for, so that its client may be told to send it. If not, `changed` is called
 * when it is. */
bool green__exchange_is_read(struct green__exchange *exchange);

/* The body has ended: 0, it is whole; GREEN_EPROTO, it is malformed (400); GREEN_ETIMEDOUT, it did
 * not come in time (408). A client that has gone is close(). */
void green__exchange_push_end(struct green__exchange *exchange, int status);

/* Of an answer of 101: what the connection becomes behind it (websocket/upgrade.c). The host sends the
 * head as it is, without Connection and lengths of its own, and takes its hands off: begin(). It closes
 * the exchange when over(host) is called. A host that cannot is never given one. */
struct green__upgrade {
  void (*begin)(struct green__upgrade *upgrade, const struct green__handover *handover);
  void (*leave)(struct green__upgrade *upgrade, bool at_once); /* the server ends */
  /* The application's: the function has returned; and whether the other side has gone, so that what
   * the function fails with is no news. */
  void (*finish)(struct green__upgrade *upgrade, bool failed);
  bool (*is_gone)(const struct green__upgrade *upgrade);
};

/* Natively: the stream, which is the upgrade's from here on, and what has come behind the request, to
 * be copied. */
struct green__handover {
  struct green_stream *stream;
  const char *data;
  size_t size;
  void (*over)(void *host);
  void *host;
};

/* The head of an answer, with the body if that is whole. */
struct green__answer {
  int status;
  const green_http_header *headers; /* in order; several may have one name (Set-Cookie) */
  size_t header_count;
  uint64_t size;    /* for Content-Length; GREEN__UNKNOWN: not known, or there must be none */
  const void *body; /* the whole body, `size` bytes; NULL: empty, or in pieces */
  bool pieces;      /* the body comes from output() */
  bool bodiless;    /* no body is sent, whatever the size: HEAD, 204, 205, 304 */
  struct green__upgrade *upgrade; /* or NULL */
  bool unread; /* part of the request's body was not taken: close the connection after it, or
                       go on receiving what is left if that is little */
};

/* The answer, or NULL while there is none. */
const struct green__answer *green__exchange_answer(struct green__exchange *exchange);

/* What goes ahead of the answer, as 103 (Early Hints): values of Link, each ended by '\n'. NULL: there is
 * none now. If answer() has given none, `changed` is called when there is one. The host sends it, or not
 * (HTTP/1.0), and takes it off. */
const char *green__exchange_hint(struct green__exchange *exchange);
void green__exchange_hinted(struct green__exchange *exchange);

/* The next bytes of a body in pieces. They move when more are written: they are copied or sent at
 * once, and green__exchange_sent() told how many. LATER: `changed` is called when there are some.
 * BROKEN: the connection is to be broken off. */
enum green__output {
  GREEN__OUTPUT_READY,  /* *data and *size: at least 1 byte */
  GREEN__OUTPUT_LATER,  /* none now */
  GREEN__OUTPUT_END,    /* that was all */
  GREEN__OUTPUT_BROKEN, /* no more will come, and it was not all */
};
enum green__output green__exchange_output(struct green__exchange *exchange, const void **data,
                                          size_t *size);
void green__exchange_sent(struct green__exchange *exchange, size_t size);

/* The host is done with the exchange. `whole`: all of the answer was sent; else the client has
 * gone, or was let go, and a task that still runs is cancelled. */
void green__exchange_close(struct green__exchange *exchange, bool whole);

GREEN__SHARED_END

#endif
