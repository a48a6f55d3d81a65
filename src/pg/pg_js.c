/* Connections in Node and browsers: to PGlite, and in Node to a server, by pg.mjs, which moves
 * bytes of PostgreSQL's protocol to and fro and knows a connection by its record's address. Here is
 * what becomes of a connection and what it is sent; what comes is in pg_js_answer.c.
 *
 * PGlite works off what it is sent at one go, on this thread. Where it wants to read more than that,
 * it takes the connection for closed, and ends. So a COPY goes there whole, when all of it is known
 * (`deferred`), and behind every other command goes a CopyFail, which the server ignores unless the
 * command turns out to be a COPY. What is under way cannot be stopped there, but what waits for its
 * turn can be withdrawn.
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
#include "pg_wired.h"

#define PIECE_MOST ((size_t)1 << 20) /* of a COPY: a message */
#define KEPT_MOST  ((size_t)1 << 16) /* of the memory for what is sent */

const size_t green__pg_host_size = sizeof(struct green__pg_wired);
const bool green__pg_host_pushes = true;

struct green__pg_wired *green__pg_wired_all;

/* ---- waiting --------------------------------------------------------------------------------- */

int green__pg_wired_wait(struct green__pg_wired *self) {
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
  struct green__waiter *waiter = green__pg_wired_of(pg)->waiting.head;
  if (waiter) green__wake(waiter, GREEN_ECLOSED);
}

/* From JavaScript, on the host's own stack: something has changed.
 * Returns enum green__entry_answer, of interface.h. */
EMSCRIPTEN_KEEPALIVE int green__js_pg_changed(green_pg *pg) {
  green__loop_entered();
  struct green__waiter *waiter = green__pg_wired_of(pg)->waiting.head;
  if (waiter)
    green__wake(waiter, 0);
  else if (!green__pg_wired_of(pg)->busy && !pg->lost)
    green__pg_wired_look(green__pg_wired_of(pg), pg->listeners != NULL);
  return green__loop_left();
}

/* ---- opening --------------------------------------------------------------------------------- */

const char *green__pg_host_refuses(enum green__pg_place place) {
  enum { NODE, PAGE, WORKER, WORKERD } where = green__js_pg_where();
  bool is_there = place == GREEN__PG_MEMORY;
  if (where == WORKERD)
    is_there = place == GREEN__PG_SERVER; /* it compiles no WebAssembly, and PGlite has some */
  if (where == NODE) is_there |= place == GREEN__PG_SERVER || place == GREEN__PG_FILE;
  if (where == PAGE || where == WORKER) is_there |= place == GREEN__PG_IDB;
  if (where == WORKER) is_there |= place == GREEN__PG_OPFS;
  if (is_there) return NULL;
  switch (where) {
  case NODE:
    return "Node has memory:, file:PATH, and servers, postgres://...";
  case WORKERD:
    return "workerd has servers, postgres://...";
  case WORKER:
    return "a worker has memory:, idb:NAME and opfs:NAME";
  default:
    return place == GREEN__PG_OPFS
               ? "opfs: needs a worker (loadInWorker()); a page has memory: and idb:NAME"
               : "a page has memory: and idb:NAME";
  }
}

char *green__pg_wired_reason(struct green__pg_wired *self, char fields[GREEN__PG_REASON]) {
  green_pg *pg = &self->base;
  green__js_pg_why(pg, fields, GREEN__PG_REASON);
  green__pg_notice_begin(pg);
  green__wire_failure(fields, GREEN__PG_REASON, pg, green__pg_notice_field);
  return green__copy_string(pg->notice.shown.message, SIZE_MAX);
}

static int opening_refused(struct green__pg_wired *self, int status) {
  green_pg *pg = &self->base;
  char fields[GREEN__PG_REASON];
  char *message = green__pg_wired_reason(self, fields);
  int known = green__pg_connect_status(pg->notice.shown.sqlstate);
  if (known) status = known;
  green__pg_fail(pg, status, "%s", message ? message : green_strerror(status));
  green__wire_failure(fields, GREEN__PG_REASON, pg, green__pg_failure_field);
  green__free(message);
  return status;
}

static int bytes_take(void *from, void *data, size_t size) {
  return green__js_pg_take(from, data, (int)size);
}

static void connection_forget(struct green__pg_wired *self) {
  struct green__pg_wired **link = &green__pg_wired_all;
  while (*link != self) link = &(*link)->next;
  *link = self->next;
  if (!self->gone) green__at_close_remove(self->base.runtime, &self->closer);
  green__wire_out_clear(&self->out);
  green__wire_in_clear(&self->in);
}

static void on_runtime_close(struct green__closer *closer) {
  struct green__pg_wired *self = green__container_of(closer, struct green__pg_wired, closer);
  green__js_pg_close(&self->base, GREEN__PG_ROLL_BACK, NULL, 0, NULL);
  self->base.lost = self->gone = true;
}

int green__pg_host_open(green_pg *pg) {
  struct green__pg_wired *self = green__pg_wired_of(pg);
  self->in.take = bytes_take;
  self->in.from = pg;
  self->busy = true;
  self->closer.close = on_runtime_close;
  self->next = green__pg_wired_all;
  green__pg_wired_all = self;
  green__at_close(pg->runtime, &self->closer);
  green__js_pg_open(pg, pg->place, pg->name);
  int rc = 0, opened;
  while ((opened = green__js_pg_opened(pg)) == GREEN_EAGAIN && rc == 0)
    rc = green__pg_wired_wait(self);
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
  green__wire_close_statement(out, name);
}

static bool is_alone(const struct green__pg_wired *self) {
  for (const struct green__pg_wired *other = green__pg_wired_all; other; other = other->next)
    if (other != self && green__pg_wired_is_same(&other->base, &self->base)) return false;
  return true;
}

/* Others use the same session, now or later: nothing is left there. Without memory for it the
 * server goes on knowing prepared statements. */
static enum green__pg_farewell say_farewell(struct green__pg_wired *self) {
  green_pg *pg = &self->base;
  enum green__pg_farewell farewell = 0;
  green__wire_out_clear(&self->out);
  if (!green__pg_wired_is_embedded(pg)) return 0;
  if (self->busy || pg->lost || pg->state != GREEN__PG_IDLE) farewell |= GREEN__PG_ROLL_BACK;
  if (pg->place == GREEN__PG_MEMORY && is_alone(self)) return farewell | GREEN__PG_DISCARD;
  green__pg_statements_each(pg, close_statement, &self->out);
  if (self->out.size) green__wire_bare(&self->out, 'S');
  if (self->out.failed) green__wire_out_clear(&self->out);
  return farewell;
}

green_future *green__pg_host_close(green_pg *pg) {
  struct green__pg_wired *self = green__pg_wired_of(pg);
  green_future *closed = NULL;
  enum green__pg_farewell farewell = say_farewell(self);
  bool writes = green__pg_wired_is_embedded(pg) && pg->place != GREEN__PG_MEMORY && !self->gone;
  if (writes && green_future_new(&closed) == 0) green_future_retain(closed);
  if (!self->gone) green__js_pg_close(pg, farewell, self->out.data, (int)self->out.size, closed);
  connection_forget(self);
  return closed;
}

/* ---- sending --------------------------------------------------------------------------------- */

static void send_out(struct green__pg_wired *self, bool more) {
  struct green__wire_out *out = &self->out;
  green__js_pg_send(&self->base, out->data, (int)out->size, more);
  out->size = 0;
  if (out->room > KEPT_MOST) green__wire_out_clear(out);
}

void green__pg_wired_sync(struct green__pg_wired *self) {
  static const char sync[] = {'S', 0, 0, 0, 4};
  self->unsynced = self->suspended = false;
  self->stage = GREEN__PG_OVER;
  green__js_pg_send(&self->base, sync, sizeof sync, false);
}

void green__pg_wired_execute(struct green__pg_wired *self) {
  char execute[] = {'E', 0, 0, 0, 9, 0, 0, 0, (char)(self->batch >> 8), (char)self->batch,
                    'H', 0, 0, 0, 4};
  self->suspended = false;
  green__js_pg_send(&self->base, execute, sizeof execute, false);
}

static void write_command(struct green__pg_wired *self, const struct green__pg_command *command) {
  struct green__wire_out *out = &self->out;
  bool prepares = command->what == GREEN__PG_PREPARE;
  bool closes = command->what == GREEN__PG_CLOSE;
  bool runs = command->what != GREEN__PG_SIMPLE && !closes;
  const char *statement = command->statement ? command->statement : "";
  if (command->what == GREEN__PG_SIMPLE) green__wire_query(out, command->sql);
  if (closes) green__wire_close_statement(out, statement);
  if (prepares || command->what == GREEN__PG_PLAIN)
    green__wire_parse(out, statement, command->sql, command->parameters, command->count);
  if (runs) green__wire_run(out, statement, command->parameters, command->count, command->batch);
  if (green__pg_wired_is_embedded(&self->base) && !self->deferred)
    green__wire_copy_fail(out, "COPY from stdin is for green_pg_copy_in()");
  if (!self->simple) green__wire_bare(out, command->batch ? 'H' : 'S');
}

static enum green__pg_wired_stage first_stage(enum green__pg_what what) {
  switch (what) {
  case GREEN__PG_SIMPLE:
    return GREEN__PG_RUNNING;
  case GREEN__PG_EXECUTE:
    return GREEN__PG_BINDING;
  case GREEN__PG_CLOSE:
    return GREEN__PG_CLOSING;
  default:
    return GREEN__PG_PARSING;
  }
}

/* On one PGlite the others must go on listening. */
static bool is_not_for_all(const struct green__pg_wired *self,
                           const struct green__pg_command *command) {
  return green__pg_wired_is_embedded(&self->base) && command->what == GREEN__PG_SIMPLE &&
         strncmp(command->sql, "unlisten \"", 10) == 0 && !is_alone(self);
}

int green__pg_host_send(green_pg *pg, const struct green__pg_command *command) {
  struct green__pg_wired *self = green__pg_wired_of(pg);
  self->ending = self->suspended = self->announced = self->begun = false;
  self->batch = command->batch;
  self->deferred = green__pg_wired_is_embedded(pg) && command->copy_in;
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
  struct green__pg_wired *self = green__pg_wired_of(pg);
  self->ending = true;
  if (self->suspended) {
    green__pg_wired_sync(self);
  } else if (green__pg_wired_is_embedded(pg)) {
    bool withdrawn = green__js_pg_withdraw(pg);
    if (withdrawn && self->begun)
      green__pg_wired_sync(self); /* in the place of what would have gone on */
    if (withdrawn && !self->begun) self->withdrawn = true;
  } else if (self->busy && !self->withdrawn) {
    green__js_pg_cancel(pg, later);
  }
  return 0;
}

/* ---- COPY ------------------------------------------------------------------------------------ */

static int write_piece(struct green__pg_wired *self, const char *data, size_t size) {
  while (!self->deferred && green__js_pg_is_full(&self->base)) {
    int rc = green__pg_wired_wait(self);
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
    rc = write_piece(green__pg_wired_of(pg), at, piece);
  }
  return rc;
}

int green__pg_host_copy_end(green_pg *pg, const char *failure_text) {
  struct green__pg_wired *self = green__pg_wired_of(pg);
  if (green__pg_wired_is_embedded(pg) && !self->deferred) return 0; /* the guard has ended it */
  if (failure_text)
    green__wire_copy_fail(&self->out, failure_text);
  else
    green__wire_bare(&self->out, 'c');
  if (self->deferred) green__wire_copy_fail(&self->out, "a second COPY");
  if (!self->simple) green__wire_bare(&self->out, 'S'); /* one before went to the COPY */
  if (self->out.failed) {
    green__wire_out_clear(&self->out);
    return GREEN_ENOMEM;
  }
  self->unsynced = false; /* each Sync has its ReadyForQuery */
  send_out(self, false);
  return 0;
}

int green__pg_host_attend(green_pg *pg) {
  return green__pg_wired_of(pg)->base.lost ? GREEN_ECONNRESET
                                           : 0; /* it is never asked: see green__pg_host_pushes */
}
