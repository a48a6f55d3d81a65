/* Between the parts of applications.
 *
 * A request and its response lie in one record, the exchange, with an arena for all that lives as
 * long. The exchange is counted: by the host from open() to close(), by the pool's job from its
 * beginning to its end; the last one gives the record back to the application, which keeps some
 * warm. The application is counted by its owner and by each exchange.
 *
 * exchange.c is the host's side (server.h), serve.c the task's; input.c and output.c carry bodies
 * between the two; the others are called in the task alone.
 */
#ifndef GREENIO_SRC_APP_APP_H
#define GREENIO_SRC_APP_APP_H

#include <greenio/app.h>
#include <greenio/observe.h>
#include "core/wait.h"
#include "grammar/grammar.h"
#include "server.h"

/* ---- arena.c: memory that lives as long as a request ----------------------------------------- */

struct green__arena {
  char *at, *end;
  struct green__chunk *chunks; /* beyond the first room */
};

/* Begins in a room of the caller's. */
void green__arena_begin(struct green__arena *arena, void *room, size_t size);
void green__arena_end(struct green__arena *arena);

/* Aligned for anything; NULL: there is no memory. */
void *green__arena_alloc(struct green__arena *arena, size_t size);
char *green__arena_copy(struct green__arena *arena, const char *text, size_t size); /* ended by 0 */

/* ---- fields.c: lists of names with values ---------------------------------------------------- */

struct green__fields {
  green_http_header *at;
  size_t count, room;
  bool parsed; /* for those that are made on demand */
};

/* Adds one; what it points to is not copied.  0, GREEN_ENOMEM. */
int green__fields_add(struct green__fields *fields, struct green__arena *arena, const char *name,
                      const char *value);
/* The first of the name, with or without regard to case; NULL: none. */
const char *green__fields_find(const struct green__fields *fields, const char *name);
const char *green__fields_find_header(const struct green__fields *fields, const char *name);
green_http_header green__fields_at(const struct green__fields *fields, size_t index);

/* Decodes "a=b&c=%64" into fields; `text` is changed, and what they point to.  0, GREEN_ENOMEM. */
int green__fields_decode(struct green__fields *fields, struct green__arena *arena, char *text,
                         size_t size);

/* ---- type.c ---------------------------------------------------------------------------------- */

/* The Content-Type for a file's name. */
const char *green__type_of(const char *name);
/* Whether what has that Content-Type is worth compressing: text that is not compressed in itself, and
 * no stream of events, of which each is to be there at once. */
bool green__type_gains(const char *type);

/* ---- route.c --------------------------------------------------------------------------------- */

#define GREEN__PARAMS_MOST 16

struct green__param {
  const char *name, *value;
};

struct green__route {
  char *method; /* NULL: any */
  char *path;
  struct green__segment *segments;
  unsigned segment_count;
  green_handler function;
  void *arg;
  void (*drop)(void *); /* of arg, or NULL */
};

struct green__routes {
  struct green__route *at;
  size_t count, room;
};

int green__routes_add(struct green__routes *routes, const char *method, const char *path,
                      green_handler function, void *arg, void (*drop)(void *));
void green__routes_free(struct green__routes *routes);

/* The route for a request, and its parameters.  1: found. 0: none for that path. GREEN_EPERM: none
 * for the method. GREEN_ENOMEM. */
int green__routes_find(const struct green__routes *routes, green_request *request,
                       const struct green__route **out);
/* "GET, HEAD, OPTIONS": the methods that the path has; NULL: no memory. */
const char *green__routes_allow(const struct green__routes *routes, green_request *request);

/* ---- multipart.c ----------------------------------------------------------------------------- */

#define GREEN__BOUNDARY_MOST 70   /* RFC 2046 */
#define GREEN__PART_HEADERS  8192 /* bytes of one part's headers */
#define GREEN__PARTS_MOST    1000

/* Reads a body, from wherever: as green_request_read(). */
typedef int (*green__read)(void *from, void *buffer, size_t size);

struct green__multipart {
  green__read read;
  void *from;
  size_t start, end; /* in buffer: what was read and not taken */
  size_t delimiter_size;
  unsigned parts;
  bool ended;                               /* the body has */
  bool in_part;                             /* a part's content is next, up to the delimiter */
  bool last;                                /* the last delimiter was seen */
  bool named, is_file;                      /* the present part */
  int failure;                              /* for ever */
  char delimiter[GREEN__BOUNDARY_MOST + 5]; /* "\r\n--" and the boundary */
  char name[256], filename[256], type[256];
  char buffer[2 * GREEN__PART_HEADERS];
};

/* 0, GREEN_EINVAL: not a multipart body, or a boundary that cannot be. */
int green__multipart_begin(struct green__multipart *multipart, const char *content_type,
                           green__read read, void *from);
int green__multipart_next(struct green__multipart *multipart, green_request_part *part);
int green__multipart_read(struct green__multipart *multipart, void *buffer, size_t size);

/* ---- the exchange ---------------------------------------------------------------------------- */

#define GREEN__AHEAD       ((size_t)64 << 10) /* bytes of a body that wait, either way */
#define GREEN__ROOM        3072               /* bytes of an exchange's own arena */
#define GREEN__SPARE       256                /* exchanges that an application keeps warm */
#define GREEN__MAX_BODY    ((size_t)1 << 20)
#define GREEN__MAX_STREAMS 1000
#define GREEN__FEW         32 /* headers without further memory */

/* Bytes in a row: added behind, taken in front. */
struct green__bytes {
  char *data;
  size_t start, end, room;
};

/* Has room for `size` more, and one 0 byte: 0, GREEN_ENOMEM. */
int green__bytes_fit(struct green__bytes *bytes, size_t size);
int green__bytes_add(struct green__bytes *bytes, const void *data, size_t size);
void green__bytes_take(struct green__bytes *bytes, size_t size);
void green__bytes_free(struct green__bytes *bytes);
static inline size_t green__bytes_held(const struct green__bytes *bytes) {
  return bytes->end - bytes->start;
}

struct green__input {
  struct green__bytes bytes;
  struct green__queue reader; /* the task, while it waits for the body */
  uint64_t announced;
  size_t max;     /* that it may have */
  uint64_t taken; /* by the task, in pieces */
  int failure;    /* for ever */
  bool ended;     /* the host has said so */
  bool first;     /* there is no task before it is whole (body_first) */
  bool gathering; /* the task wants it whole */
  bool whole;     /* the task has it whole */
  bool dropped;   /* nobody wants the rest */
};

struct green_request {
  struct green__exchange *exchange;
  const char *method, *target, *path, *protocol;
  const char *query_text; /* as it came */
  struct green__fields headers, query, form;
  const struct green__param *params;
  size_t param_count;
  green_address peer;
  bool secure;
  struct green__input input;
  struct green__multipart *multipart;
  bool bad_body; /* it is not what the task took it for: 400 */
};

struct green__pieces {
  struct green__bytes bytes;
  struct green__queue writer; /* the task, while it waits for room */
  uint64_t size, written;
  bool begun, ended, broken;
  bool torn;       /* a piece is half in, and the rest is lost: nothing may follow */
  bool writing;    /* a piece is half in: nothing may come between */
  bool flushing;   /* the writer waits until all is taken */
  unsigned starts; /* a response middleware may begin another body */
  struct green__timer heartbeat;
  uint64_t beat; /* ms; 0: none */
};

struct green_response {
  struct green__exchange *exchange;
  int status; /* 0: none was made */
  bool pieces;
  struct green__fields headers;
  const void *body;
  size_t size;
  void *owned;
  void (*drop)(void *);
  green_future *awaited;
  bool encoded; /* in pieces, by the encoder, which is there from the first one on */
  struct green__encoder *encoder;
  const char *unsent_type; /* what 304 stands for, if that is known */
  uint64_t unsent_size;
  struct green__pieces output;
};

/* Applications that are at work on a request, the innermost first: their response middleware runs
 * before the head goes to the host. */
struct green__frame {
  struct green__frame *outer;
  green_app *app;
  struct green__task *task;
  bool after; /* it has run, or runs */
};

enum green__asked {
  GREEN__ASKED_ANSWER = 1,
  GREEN__ASKED_OUTPUT = 2,
  GREEN__ASKED_ROOM = 4,
  GREEN__ASKED_READER = 8
};

/* An application of which the request is one that goes on without a worker. */
struct green__stream {
  struct green__stream *next;
  green_app *app;
};

struct green__exchange {
  struct green__exchange *next; /* spare, or of app_js.c's */
  green_app *app;
  void (*changed)(void *);
  void *host;
  unsigned references;
  unsigned asked;    /* what the host was refused; enum green__asked */
  unsigned inside;   /* a call of the host's is under way */
  unsigned calls;    /* of JavaScript's that are under way */
  green_future *job; /* NULL: none */
  struct green__frame *frame;
  struct green__stream *streams;
  struct green__hint *hints, *last_hint; /* that the host has not taken */
  bool no_stream;                        /* there were too many: 503 */
  bool no_cookies;                       /* the host drops Set-Cookie */
  bool stays_here;                       /* the answer goes to no network */
  bool compresses, tags;                 /* options of the applications that were at work on it */
  bool out_of_memory, began, answered, finished, closed, whole;
  bool failed; /* the function has, or its task was lost */
  int refused; /* what a function fails with that has made its response, as a rule; or 0 */
  struct green__upgrade *upgrade; /* what the connection is to become; or NULL */
  uint64_t begun, sent;
  struct green__answer answer;
  green_request request;
  green_response response;
  struct green__arena arena;
  green_http_header few[2][GREEN__FEW];
  _Alignas(16) char room[GREEN__ROOM];
};

void green__exchange_release(struct green__exchange *exchange);
/* The body that the task was to come after is there, or is too large: begins the task. */
void green__exchange_start(struct green__exchange *exchange);
/* Frees the records that are kept. */
void green__exchanges_trim(green_app *app);
/* As many requests wait for a worker as may. */
bool green__app_is_busy(const green_app *app);
/* exchange.c: the head is there for the host, or the end of a body in pieces. */
void green__exchange_answered(struct green__exchange *exchange);
void green__exchange_finished(struct green__exchange *exchange, bool broken);
/* Calls the host if it was refused that. */
void green__exchange_notify(struct green__exchange *exchange, unsigned what);
/* In a call of the host's: ends the task's wait, and has it run at once if the loop is free. */
void green__exchange_wake(struct green__exchange *exchange, struct green__queue *queue, int status);

/* input.c, output.c: the client has gone, or nobody wants the rest. */
void green__input_drop(struct green__exchange *exchange);
void green__input_free(green_request *request);
/* All fields of a header that is a list, as one; NULL: there is none, or no memory to join them. */
const char *green__request_list(green_request *request, const char *name);
void green__output_free(green_response *response);

/* serve.c: what the job runs; what it is when the task was lost. */
int green__serve(void *exchange);
void green__serve_lost(struct green__exchange *exchange);
/* Runs the response middleware of all frames, whatever that makes of the response, and hands the
 * head to the host. */
void green__serve_commit(struct green__exchange *exchange);

/* response.c: a response that needs no memory, in the place of what there is. */
void green__response_refuse(green_response *response, int status);
/* Another body for the same answer. */
void green__response_replace(green_response *response, void *data, size_t size,
                             void (*drop)(void *));

/* represent.c: the last that is done to an answer before its head goes to the host.  0, GREEN_ENOMEM. */
int green__represent(struct green__exchange *exchange);
/* output.c: no more is written; what the encoder holds is.  0: the body, if it is one in pieces, is
 * whole; otherwise it is to be broken off, and why. */
int green__output_end(green_response *response);
/* A name that may be set, and a value, or NULL: 0, or GREEN_EINVAL with a message. */
int green__header_check(const char *name, const char *value);

/* stream.c: the request is over. */
void green__streams_end(struct green__exchange *exchange);

/* trace.c: the context that the request's task has, before its span begins; and behind that, where nobody
 * was told of one: its number.  0, GREEN_ENOMEM, GREEN_EIO. */
int green__trace_enter(struct green__exchange *exchange);
int green__trace_number(const green_span *span);

/* log.c */
void green__log_request(struct green__exchange *exchange);
GREEN__SHARED_BEGIN
void green__log_failure(struct green__exchange *exchange, int status, const char *message);
GREEN__SHARED_END

/* ---- metrics.c ------------------------------------------------------------------------------- */

#define GREEN__METHODS 8
#define GREEN__BUCKETS 13

struct green__metrics {
  bool wanted;
  uint64_t requests[GREEN__METHODS][5]; /* by class: 1xx, which is 101, to 5xx */
  uint64_t buckets[GREEN__BUCKETS + 1], nanoseconds, broken, received, sent;
};

void green__metrics_count(struct green__exchange *exchange);

/* ---- policy.c: what holds for every request and answer of an application --------------------- */

/* Headers: with those of an application within, they fit in GREEN__FEW. */
#define GREEN__COMMON_MOST 15

struct green__policy {
  green_http_header headers[GREEN__COMMON_MOST];
  size_t header_count;
  char *text; /* the same for JavaScript: names and values, each ended by 0 */
  size_t text_size;
  char **hosts; /* allowed ones; none: any */
  size_t host_count;
};

void green__policy_free(struct green__policy *policy);
/* Adds the headers that the response does not have.  0, GREEN_ENOMEM. */
int green__policy_apply(const struct green__policy *policy, green_response *response);
/* Whether the hosts that the request names are all allowed. */
bool green__policy_allows(const struct green__policy *policy, const green_request *request);

/* ---- app.c ----------------------------------------------------------------------------------- */

struct green__middleware {
  green_handler function;
  void *arg;
};

struct green__list {
  struct green__middleware *at;
  size_t count, room;
};

struct green_app {
  unsigned references; /* the owner, and each exchange */
  green_app_options options;
  green_pool *pool;
  struct green__list before, after;
  struct green__routes routes;
  green_future *shutdown; /* NULL until it is called */
  bool closing;           /* the pool is shut down too */
  size_t live;            /* exchanges */
  size_t in_flight;       /* those that have begun and are not closed */
  size_t streams;         /* requests that go on without a worker */
  size_t max_body;
  struct green__policy policy;
  struct green__exchange *spare;
  unsigned spares;
  void (*log)(const char *, void *);
  void *log_arg;
  FILE *log_file;
  void (*error_log)(const char *, void *);
  void *error_log_arg;
  struct green__metrics metrics;
};

void green__app_release(green_app *app); /* one reference */
/* An exchange has ended. */
void green__app_ended(green_app *app);

#endif
