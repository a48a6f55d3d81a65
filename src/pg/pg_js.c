/* Connections in Node and browsers: to PGlite, and in Node to a server, by pg.mjs, which moves
 * bytes of PostgreSQL's protocol to and fro and knows a connection by its record's address.
 *
 * PGlite works off what it is sent at one go, on this thread. Where it wants to read more than that,
 * it takes the connection for closed, and ends. So a COPY goes there whole, when all of it is known
 * (`deferred`), and behind every other command goes a CopyFail, which the server ignores unless the
 * command turns out to be a COPY. What is under way cannot be stopped there, but what waits for its
 * turn can be withdrawn.
 *
 * Rows in batches come by a portal: Execute and Flush for each, and Sync at the end, with which
 * the server is ready again.
 */
#include <stdlib.h>
#include <string.h>
#include <emscripten/emscripten.h>
#include <greenio/future.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "loop.h"
#include "pg_js.h"
#include "wire.h"

#define UNEXPECTED "a message that may not come there"
#define IMPOSSIBLE "a message of an impossible length"

#define WHY_ROOM   2000
#define PIECE_MOST ((size_t)1 << 20) /* of a COPY: a message */
#define KEPT_MOST  ((size_t)1 << 16) /* of the memory for what is sent */

/* How far the answer to a command has come: what may come next. Of plain statements, which have no
 * other stages, several may run. */
enum stage { PARSING, BINDING, DESCRIBING, RUNNING, CLOSING, OVER };

struct connection {
  struct green_pg base;
  struct green__closer closer;
  struct connection *next; /* of all that are open */
  struct green__queue waiting;
  struct green__wire_out out;
  struct green__wire_in in;
  size_t batch;
  bool busy;      /* ReadyForQuery is to come, */
  bool unsynced;  /* once Sync was sent */
  bool suspended; /* the portal has more rows, perhaps */
  bool ending;    /* nobody wants any */
  bool begun;     /* something of the command's answer has come */
  bool withdrawn; /* the command was never begun */
  bool simple;    /* the command's protocol */
  enum stage stage;
  bool described; /* the rows that may come */
  bool deferred, announced;
  bool gone; /* with its runtime */
};

const size_t green__pg_host_size = sizeof(struct connection);
const bool green__pg_host_pushes = true;

static struct connection *all_open;

static struct connection *of(green_pg *pg) {
  return (struct connection *)pg;
}

static bool is_embedded(const green_pg *pg) {
  return pg->place != GREEN__PG_SERVER;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static int wait_for_change(struct connection *self) {
  struct green__task *task;
  uint64_t due = self->base.due;
  if (self->base.released) return GREEN_ECLOSED;
  if (due != GREEN__NEVER && green_now() >= due) return GREEN_ETIMEDOUT;
  int rc = green__wait_begin(&task);
  if (rc < 0) return rc;
  green__wait_on(task, &self->waiting);
  return green__park_until(task, due, "database", self);
}

void green__pg_host_abandon(green_pg *pg) {
  struct green__waiter *waiter = of(pg)->waiting.head;
  if (waiter) green__wake(waiter, GREEN_ECLOSED);
}

static void connection_look(struct connection *self, bool at_loss);

/* From JavaScript, on the host's own stack: something has changed.
 * Returns enum green__entry_answer, of interface.h. */
EMSCRIPTEN_KEEPALIVE int green__js_pg_changed(green_pg *pg) {
  green__loop_entered();
  struct green__waiter *waiter = of(pg)->waiting.head;
  if (waiter)
    green__wake(waiter, 0);
  else if (!of(pg)->busy && !pg->lost)
    connection_look(of(pg), pg->listeners != NULL);
  return green__loop_left();
}

/* ---- opening --------------------------------------------------------------------------------- */

const char *green__pg_host_refuses(enum green__pg_place place) {
  enum { NODE, PAGE, WORKER } where = green__js_pg_where();
  bool is_there =
      place == GREEN__PG_MEMORY ||
      (where == NODE ? place == GREEN__PG_SERVER || place == GREEN__PG_FILE
                     : place == GREEN__PG_IDB || (place == GREEN__PG_OPFS && where == WORKER));
  if (is_there) return NULL;
  switch (where) {
  case NODE:
    return "Node has memory:, file:PATH, and servers, postgres://...";
  case WORKER:
    return "a worker has memory:, idb:NAME and opfs:NAME";
  default:
    return place == GREEN__PG_OPFS
               ? "opfs: needs a worker (loadInWorker()); a page has memory: and idb:NAME"
               : "a page has memory: and idb:NAME";
  }
}

/* Why it could not be opened, or was lost: the failure's fields, of which the message is given. */
static char *why(struct connection *self, char fields[WHY_ROOM]) {
  green_pg *pg = &self->base;
  green__js_pg_why(pg, fields, WHY_ROOM);
  green__pg_notice_begin(pg);
  green__wire_failure(fields, WHY_ROOM, pg, green__pg_notice_field);
  return green__copy_string(pg->notice.shown.message, SIZE_MAX);
}

static int opening_refused(struct connection *self, int status) {
  green_pg *pg = &self->base;
  char fields[WHY_ROOM];
  char *message = why(self, fields);
  int known = green__pg_connect_status(pg->notice.shown.sqlstate);
  if (known) status = known;
  green__pg_fail(pg, status, "%s", message ? message : green_strerror(status));
  green__wire_failure(fields, WHY_ROOM, pg, green__pg_failure_field);
  green__free(message);
  return status;
}

static int lost(struct connection *self, int status) {
  char fields[WHY_ROOM];
  char *message = why(self, fields);
  green__pg_lost(&self->base, status, "%s", message ? message : green_strerror(status));
  green__free(message);
  return status;
}

/* What has come is no answer: there is no telling what comes next. A PGlite that does so may never
 * return from its next call. */
static int answer_broken(struct connection *self, const char *what) {
  bool embedded = is_embedded(&self->base);
  char type = self->in.type;
  if (type <= ' ' || type > '~') type = '?';
  if (embedded) green__js_pg_distrust(&self->base);
  return green__pg_lost(&self->base, GREEN_EPROTO,
                        "the answer of %s makes no sense, and the connection is closed: %s ('%c')",
                        embedded ? "PGlite" : "the server", what, type);
}

static int bytes_take(void *from, void *data, size_t size) {
  return green__js_pg_take(from, data, (int)size);
}

static void connection_forget(struct connection *self) {
  struct connection **link = &all_open;
  while (*link != self) link = &(*link)->next;
  *link = self->next;
  if (!self->gone) green__at_close_remove(self->base.runtime, &self->closer);
  green__wire_out_clear(&self->out);
  green__wire_in_clear(&self->in);
}

static void on_runtime_close(struct green__closer *closer) {
  struct connection *self = green__container_of(closer, struct connection, closer);
  green__js_pg_close(&self->base, GREEN__PG_ROLL_BACK, NULL, 0, NULL);
  self->base.lost = self->gone = true;
}

int green__pg_host_open(green_pg *pg) {
  struct connection *self = of(pg);
  self->in.take = bytes_take;
  self->in.from = pg;
  self->busy = true;
  self->closer.close = on_runtime_close;
  self->next = all_open;
  all_open = self;
  green__at_close(pg->runtime, &self->closer);
  green__js_pg_open(pg, pg->place, pg->name);
  int rc = 0, opened;
  while ((opened = green__js_pg_opened(pg)) == GREEN_EAGAIN && rc == 0) rc = wait_for_change(self);
  if (opened == 0) {
    self->busy = false;
    return 0;
  }
  if (opened != GREEN_EAGAIN) rc = opening_refused(self, opened);
  green__js_pg_close(pg, 0, NULL, 0, NULL);
  connection_forget(self);
  return rc;
}

/* ---- closing --------------------------------------------------------------------------------- */

static void close_statement(const char *name, void *out) {
  green__wire_close(out, name);
}

static bool is_same(const green_pg *one, const green_pg *other) {
  return one->place == other->place && strcmp(one->name, other->name) == 0;
}

static bool is_alone(const struct connection *self) {
  for (const struct connection *other = all_open; other; other = other->next)
    if (other != self && is_same(&other->base, &self->base)) return false;
  return true;
}

/* Others use the same session, now or later: nothing is left there. Without memory for it the
 * server goes on knowing prepared statements. */
static enum green__pg_farewell say_farewell(struct connection *self) {
  green_pg *pg = &self->base;
  enum green__pg_farewell farewell = 0;
  green__wire_out_clear(&self->out);
  if (!is_embedded(pg)) return 0;
  if (self->busy || pg->lost || pg->state != GREEN__PG_IDLE) farewell |= GREEN__PG_ROLL_BACK;
  if (pg->place == GREEN__PG_MEMORY && is_alone(self)) return farewell | GREEN__PG_DISCARD;
  green__pg_statements_each(pg, close_statement, &self->out);
  if (self->out.size) green__wire_bare(&self->out, 'S');
  if (self->out.failed) green__wire_out_clear(&self->out);
  return farewell;
}

green_future *green__pg_host_close(green_pg *pg) {
  struct connection *self = of(pg);
  green_future *closed = NULL;
  enum green__pg_farewell farewell = say_farewell(self);
  bool writes = is_embedded(pg) && pg->place != GREEN__PG_MEMORY && !self->gone;
  if (writes && green_future_new(&closed) == 0) green_future_retain(closed);
  if (!self->gone) green__js_pg_close(pg, farewell, self->out.data, (int)self->out.size, closed);
  connection_forget(self);
  return closed;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void send_out(struct connection *self, bool more) {
  struct green__wire_out *out = &self->out;
  green__js_pg_send(&self->base, out->data, (int)out->size, more);
  out->size = 0;
  if (out->room > KEPT_MOST) green__wire_out_clear(out);
}

static void send_sync(struct connection *self) {
  static const char sync[] = {'S', 0, 0, 0, 4};
  self->unsynced = self->suspended = false;
  self->stage = OVER;
  green__js_pg_send(&self->base, sync, sizeof sync, false);
}

/* Has the next batch sent, from memory that is there. */
static void send_execute(struct connection *self) {
  char execute[] = {'E', 0, 0, 0, 9, 0, 0, 0, (char)(self->batch >> 8), (char)self->batch,
                    'H', 0, 0, 0, 4};
  self->suspended = false;
  green__js_pg_send(&self->base, execute, sizeof execute, false);
}

static void write_command(struct connection *self, const struct green__pg_command *command) {
  struct green__wire_out *out = &self->out;
  bool prepares = command->what == GREEN__PG_PREPARE;
  bool closes = command->what == GREEN__PG_CLOSE;
  bool runs = command->what != GREEN__PG_SIMPLE && !closes;
  const char *statement = command->statement ? command->statement : "";
  if (command->what == GREEN__PG_SIMPLE) green__wire_query(out, command->sql);
  if (closes) green__wire_close(out, statement);
  if (prepares || command->what == GREEN__PG_PLAIN)
    green__wire_parse(out, statement, command->sql, command->parameters, command->count);
  if (runs) green__wire_run(out, statement, command->parameters, command->count, command->batch);
  if (is_embedded(&self->base) && !self->deferred)
    green__wire_copy_fail(out, "COPY from stdin is for green_pg_copy_in()");
  if (!self->simple) green__wire_bare(out, command->batch ? 'H' : 'S');
}

static enum stage first_stage(enum green__pg_what what) {
  switch (what) {
  case GREEN__PG_SIMPLE:
    return RUNNING;
  case GREEN__PG_EXECUTE:
    return BINDING;
  case GREEN__PG_CLOSE:
    return CLOSING;
  default:
    return PARSING;
  }
}

/* On one PGlite the others must go on listening. */
static bool is_not_for_all(const struct connection *self, const struct green__pg_command *command) {
  return is_embedded(&self->base) && command->what == GREEN__PG_SIMPLE &&
         strncmp(command->sql, "unlisten \"", 10) == 0 && !is_alone(self);
}

int green__pg_host_send(green_pg *pg, const struct green__pg_command *command) {
  struct connection *self = of(pg);
  self->ending = self->suspended = self->announced = self->begun = false;
  self->batch = command->batch;
  self->deferred = is_embedded(pg) && command->copy_in;
  self->simple = command->what == GREEN__PG_SIMPLE;
  self->stage = first_stage(command->what);
  self->described = false;
  self->withdrawn = is_not_for_all(self, command);
  self->busy = true;
  if (self->withdrawn) return 0;
  write_command(self, command);
  if (self->out.failed) {
    green__wire_out_clear(&self->out);
    self->withdrawn = true;
    return green__pg_fail(pg, GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  }
  self->unsynced = command->batch != 0;
  send_out(self, self->deferred);
  return 0;
}

int green__pg_host_cancel(green_pg *pg, bool later) {
  struct connection *self = of(pg);
  self->ending = true;
  if (self->suspended) {
    send_sync(self);
  } else if (is_embedded(pg)) {
    bool withdrawn = green__js_pg_withdraw(pg);
    if (withdrawn && self->begun) send_sync(self); /* in the place of what would have gone on */
    if (withdrawn && !self->begun) self->withdrawn = true;
  } else if (self->busy && !self->withdrawn) {
    green__js_pg_cancel(pg, later);
  }
  return 0;
}

/* ---- receiving ------------------------------------------------------------------------------- */

static void notify(green_pg *pg, const char *channel, const char *payload, int process) {
  if (!is_embedded(pg)) {
    green__pg_notified(pg, channel, payload, process);
    return;
  }
  for (struct connection *other = all_open; other; other = other->next)
    if (is_same(&other->base, pg)) green__pg_notified(&other->base, channel, payload, process);
}

/* What may come at any time.  False: it is something else. */
static bool take_aside(struct connection *self) {
  const char *channel, *payload;
  int process;
  switch (self->in.type) {
  case 'A':
    if (!green__wire_notification(&self->in, &channel, &payload, &process)) return false;
    notify(&self->base, channel, payload, process);
    return true;
  case 'N':
    green__pg_notice_begin(&self->base);
    if (!green__wire_failure(self->in.body, self->in.size, &self->base, green__pg_notice_field))
      return false;
    green__pg_notice_end(&self->base);
    return true;
  case 'S':
    return green__wire_parameter(&self->in);
  default:
    return false;
  }
}

/* Takes what has come while nothing is under way. A loss is left for the next call to find, which
 * then fails as it would natively, unless it is asked for. */
static void connection_look(struct connection *self, bool at_loss) {
  green_pg *pg = &self->base;
  for (;;) {
    int rc = green__wire_next(&self->in);
    if (rc == GREEN_EAGAIN) return;
    if (rc == GREEN_ENOMEM || (rc == 0 && take_aside(self))) continue;
    if (!at_loss) {
      if (rc == 0) green__wire_keep(&self->in);
    } else if (rc == 0 && self->in.type == 'E') {
      green__pg_failure_begin(pg);
      green__wire_failure(self->in.body, self->in.size, pg, green__pg_failure_field);
      green__pg_lost(pg, GREEN_ECONNRESET, "%s", pg->failure.shown.message);
    } else if (rc == 0 || rc == GREEN_EPROTO) {
      answer_broken(self, rc ? IMPOSSIBLE : UNEXPECTED);
    } else {
      lost(self, rc);
    }
    return;
  }
}

void green__pg_host_look(green_pg *pg) {
  connection_look(of(pg), true);
}

/* To the next stage.  False: the message may not come now. */
static bool advance(struct connection *self) {
  enum stage stage = self->stage;
  bool simple = self->simple;
  switch (self->in.type) {
  case '1':
    self->stage = BINDING;
    return stage == PARSING;
  case '2':
    self->stage = DESCRIBING;
    return stage == BINDING;
  case '3':
    self->stage = OVER;
    return stage == CLOSING;
  case 'n':
    self->stage = RUNNING;
    return stage == DESCRIBING;
  case 'T':
    self->stage = RUNNING;
    if (self->described) return false;
    self->described = true;
    return stage == DESCRIBING || (simple && stage == RUNNING);
  case 'D':
    return stage == RUNNING && self->described;
  case 's':
    return stage == RUNNING && self->batch;
  case 'G':
  case 'H':
    return stage == RUNNING && green__wire_is_copy(&self->in);
  case 'd':
  case 'c':
    return stage == RUNNING;
  case 'C':
  case 'I':
    if (!simple) self->stage = OVER;
    self->described = false;
    return stage == RUNNING;
  case 'E':
    self->stage = OVER;
    return true;
  case 'Z':
    return stage == OVER || simple; /* which has answered: query.c looks */
  default:
    return false;
  }
}

/* The next message that belongs to the command. */
static int next_message(struct connection *self) {
  for (;;) {
    bool again = self->in.kept;
    int rc = green__wire_next(&self->in);
    if (rc == 0 && take_aside(self)) continue;
    self->begun = self->begun || rc == 0 || rc == GREEN_ENOMEM;
    if (rc == GREEN_ENOMEM && strchr("ANS", self->in.type)) return rc; /* see take_aside() */
    if ((rc == 0 || rc == GREEN_ENOMEM) && !again && !advance(self))
      return answer_broken(self, UNEXPECTED);
    if (rc == 0 || rc == GREEN_ENOMEM) return rc;
    if (rc == GREEN_EPROTO) return answer_broken(self, IMPOSSIBLE);
    if (rc != GREEN_EAGAIN) return lost(self, rc);
    rc = wait_for_change(self);
    if (rc < 0) return rc;
  }
}

static int result_event(struct connection *self, const char *tag, int event,
                        green_pg_result **out) {
  int rc = green__wire_result(&self->in, tag, out);
  if (event == GREEN__PG_RESULT) green__wire_drop(&self->in);
  if (rc == GREEN_EPROTO) return answer_broken(self, "rows that are not as they were described");
  return rc < 0 ? rc : event;
}

/* A statement is over, with a tag that ends within the message. */
static int complete(struct connection *self, green_pg_result **out) {
  const struct green__wire_in *in = &self->in;
  if (in->type == 'C' && (!in->size || in->body[in->size - 1]))
    return answer_broken(self, UNEXPECTED);
  if (self->unsynced) send_sync(self);
  return result_event(self, in->type == 'C' ? in->body : "", GREEN__PG_RESULT, out);
}

static int failure(struct connection *self) {
  green_pg *pg = &self->base;
  green__pg_failure_begin(pg);
  bool whole = green__wire_failure(self->in.body, self->in.size, pg, green__pg_failure_field);
  green__wire_drop(&self->in);
  self->described = false;
  if (!whole || (!pg->settling && !*pg->failure.shown.sqlstate))
    return answer_broken(self, "an error without a code");
  if (self->unsynced) send_sync(self);
  return GREEN__PG_ERROR;
}

/* A cancel that is still on its way would meet the next command. */
static int session_ready(struct connection *self) {
  if (self->ending && !is_embedded(&self->base) && green__js_pg_recall(&self->base)) {
    green__wire_keep(&self->in);
    int rc = wait_for_change(self);
    return rc < 0 ? rc : GREEN_EAGAIN;
  }
  char state = self->in.size == 1 ? *self->in.body : 0;
  if (state != 'I' && state != 'T' && state != 'E') return answer_broken(self, UNEXPECTED);
  self->base.state = state == 'I'   ? GREEN__PG_IDLE
                     : state == 'T' ? GREEN__PG_IN_TRANSACTION
                                    : GREEN__PG_FAILED;
  self->busy = false;
  green__wire_drop(&self->in);
  return GREEN__PG_READY;
}

/* A batch is over, and maybe the portal. */
static int suspended(struct connection *self, green_pg_result **out) {
  if (self->ending) {
    send_sync(self);
    return GREEN_EAGAIN;
  }
  self->suspended = true;
  return result_event(self, "", GREEN__PG_ROWS, out);
}

/* What the message is for the caller; GREEN_EAGAIN: nothing. */
static int event_of(struct connection *self, green_pg_result **out) {
  switch (self->in.type) {
  case 'T': {
    int rc = green__wire_fields(&self->in);
    if (rc == GREEN_EPROTO) return answer_broken(self, "columns that are not described");
    return rc == 0 ? GREEN_EAGAIN : rc;
  }
  case 'D':
    if (self->ending) green__wire_drop_rows(&self->in);
    return GREEN_EAGAIN;
  case '1':
    self->base.parsed = true;
    return GREEN_EAGAIN;
  case '3':
  case 'C':
  case 'I':
    return complete(self, out);
  case 's':
    return suspended(self, out);
  case 'E':
    return failure(self);
  case 'G':
    return self->deferred ? GREEN_EAGAIN : GREEN__PG_COPY_IN_BEGUN;
  case 'H':
    return GREEN__PG_COPY_OUT_BEGUN;
  case 'Z':
    return session_ready(self);
  default: /* BindComplete and its like */
    return GREEN_EAGAIN;
  }
}

int green__pg_host_receive(green_pg *pg, green_pg_result **out) {
  struct connection *self = of(pg);
  int event;
  if (self->withdrawn) {
    self->withdrawn = self->busy = false;
    pg->answered = true;
    return GREEN__PG_READY;
  }
  if (self->deferred && !self->announced) {
    self->announced = true;
    return GREEN__PG_COPY_IN_BEGUN;
  }
  if (self->suspended) send_execute(self);
  do {
    event = next_message(self);
    if (event == 0) event = event_of(self, out);
    if (event == GREEN_ENOMEM && self->in.type == 'E' && self->unsynced) send_sync(self);
    if (event == GREEN_ENOMEM && self->in.type == 'G') event = GREEN__PG_COPY_IN_BEGUN;
    if (event == GREEN_ENOMEM && self->in.type == 'H') event = GREEN__PG_COPY_OUT_BEGUN;
  } while (event == GREEN_EAGAIN);
  return event;
}

/* ---- COPY ------------------------------------------------------------------------------------ */

static int write_piece(struct connection *self, const char *data, size_t size) {
  while (!self->deferred && green__js_pg_is_full(&self->base)) {
    int rc = wait_for_change(self);
    if (rc < 0) return rc;
  }
  green__wire_copy_data(&self->out, data, size);
  if (self->out.failed) {
    green__wire_out_clear(&self->out);
    return GREEN_ENOMEM;
  }
  send_out(self, self->deferred);
  return 0;
}

int green__pg_host_copy_write(green_pg *pg, const void *data, size_t size) {
  const char *at = data;
  int rc = 0;
  for (size_t piece; size && rc == 0; at += piece, size -= piece) {
    piece = size < PIECE_MOST ? size : PIECE_MOST;
    rc = write_piece(of(pg), at, piece);
  }
  return rc;
}

int green__pg_host_copy_end(green_pg *pg, const char *failure_text) {
  struct connection *self = of(pg);
  if (is_embedded(pg) && !self->deferred) return 0; /* the guard has ended it */
  if (failure_text)
    green__wire_copy_fail(&self->out, failure_text);
  else
    green__wire_bare(&self->out, 'c');
  if (self->deferred) green__wire_copy_fail(&self->out, "a second COPY");
  if (!self->simple) green__wire_bare(&self->out, 'S'); /* the one before went to the COPY */
  if (self->out.failed) {
    green__wire_out_clear(&self->out);
    return GREEN_ENOMEM;
  }
  send_out(self, false);
  return 0;
}

int green__pg_host_copy_read(green_pg *pg, const void **data, size_t *size) {
  struct connection *self = of(pg);
  for (;;) {
    int rc = next_message(self);
    if (rc < 0 || self->in.type == 'c') return rc;
    if (self->in.type != 'd') {
      green__wire_keep(&self->in);
      return 0;
    }
    if (!self->in.size) continue;
    *data = self->in.body;
    *size = self->in.size;
    return 1;
  }
}

int green__pg_host_attend(green_pg *pg) {
  return of(pg)->base.lost ? GREEN_ECONNRESET
                           : 0; /* it is never asked: see green__pg_host_pushes */
}
