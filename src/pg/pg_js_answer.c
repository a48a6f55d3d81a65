/* What a server or PGlite sends: which messages may come when, and the events that query.c takes of
 * them.
 *
 * Rows in batches come by a portal: Execute and Flush for each, and Sync at the end, with which
 * the server is ready again.
 */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "pg_js.h"
#include "pg_wired.h"

#define UNEXPECTED "a message that may not come there"
#define IMPOSSIBLE "a message of an impossible length"

/* ---- failures -------------------------------------------------------------------------------- */

static int lost(struct green__pg_wired *self, int status) {
  char fields[GREEN__PG_REASON];
  char *message = green__pg_wired_reason(self, fields);
  green__pg_lost(&self->base, status, "%s", message ? message : green_strerror(status));
  green__free(message);
  return status;
}

/* What has come is no answer: there is no telling what comes next. A PGlite that does so may never
 * return from its next call. */
static int answer_broken(struct green__pg_wired *self, const char *what) {
  bool embedded = green__pg_wired_is_embedded(&self->base);
  char type = self->in.type;
  if (type <= ' ' || type > '~') type = '?';
  if (embedded) green__js_pg_distrust(&self->base);
  return green__pg_lost(&self->base, GREEN_EPROTO,
                        "the answer of %s makes no sense, and the connection is closed: %s ('%c')",
                        embedded ? "PGlite" : "the server", what, type);
}

/* ---- messages -------------------------------------------------------------------------------- */

static void notify(green_pg *pg, const char *channel, const char *payload, int process) {
  if (!green__pg_wired_is_embedded(pg)) {
    green__pg_notified(pg, channel, payload, process);
    return;
  }
  for (struct green__pg_wired *other = green__pg_wired_all; other; other = other->next)
    if (green__pg_wired_is_same(&other->base, pg))
      green__pg_notified(&other->base, channel, payload, process);
}

/* What may come at any time.  False: it is something else. */
static bool take_aside(struct green__pg_wired *self) {
  const char *channel, *payload, *name, *value;
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
    if (!green__wire_parameter(&self->in, &name, &value)) return false;
    if (strcmp(name, "client_encoding") == 0) green__pg_encoded(&self->base, value);
    return true;
  default:
    return false;
  }
}

void green__pg_wired_look(struct green__pg_wired *self, bool at_loss) {
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
  green__pg_wired_look(green__pg_wired_of(pg), true);
}

/* To the next stage.  False: the message may not come now. */
static bool advance(struct green__pg_wired *self) {
  enum green__pg_wired_stage stage = self->stage;
  bool simple = self->simple;
  switch (self->in.type) {
  case '1':
    self->stage = GREEN__PG_BINDING;
    return stage == GREEN__PG_PARSING;
  case '2':
    self->stage = GREEN__PG_DESCRIBING;
    return stage == GREEN__PG_BINDING;
  case '3':
    self->stage = GREEN__PG_OVER;
    return stage == GREEN__PG_CLOSING;
  case 'n':
    self->stage = GREEN__PG_RUNNING;
    return stage == GREEN__PG_DESCRIBING;
  case 'T':
    self->stage = GREEN__PG_RUNNING;
    if (self->described) return false;
    self->described = true;
    return stage == GREEN__PG_DESCRIBING || (simple && stage == GREEN__PG_RUNNING);
  case 'D':
    return stage == GREEN__PG_RUNNING && self->described;
  case 's':
    return stage == GREEN__PG_RUNNING && self->batch;
  case 'G':
  case 'H':
    return stage == GREEN__PG_RUNNING && green__wire_is_copy(&self->in);
  case 'd':
  case 'c':
    return stage == GREEN__PG_RUNNING;
  case 'C':
  case 'I':
    if (!simple) self->stage = GREEN__PG_OVER;
    self->described = false;
    return stage == GREEN__PG_RUNNING;
  case 'E':
    self->stage = GREEN__PG_OVER;
    return true;
  case 'Z':
    return stage == GREEN__PG_OVER || simple; /* which has answered: query.c looks */
  default:
    return false;
  }
}

/* The next message that belongs to the command. */
static int next_message(struct green__pg_wired *self) {
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
    rc = green__pg_wired_wait(self);
    if (rc < 0) return rc;
  }
}

static int result_event(struct green__pg_wired *self, const char *tag, int event,
                        green_pg_result **out) {
  int rc = green__wire_result(&self->in, tag, out);
  if (event == GREEN__PG_RESULT) green__wire_drop(&self->in);
  if (rc == GREEN_EPROTO) return answer_broken(self, "rows that are not as they were described");
  return rc < 0 ? rc : event;
}

/* A statement is over, with a tag that ends within the message. */
static int complete(struct green__pg_wired *self, green_pg_result **out) {
  const struct green__wire_in *in = &self->in;
  if (in->type == 'C' && (!in->size || in->body[in->size - 1]))
    return answer_broken(self, UNEXPECTED);
  if (self->unsynced) green__pg_wired_sync(self);
  return result_event(self, in->type == 'C' ? in->body : "", GREEN__PG_RESULT, out);
}

static int failure(struct green__pg_wired *self) {
  green_pg *pg = &self->base;
  green__pg_failure_begin(pg);
  bool whole = green__wire_failure(self->in.body, self->in.size, pg, green__pg_failure_field);
  green__wire_drop(&self->in);
  self->described = false;
  if (!whole || (!pg->settling && !*pg->failure.shown.sqlstate))
    return answer_broken(self, "an error without a code");
  if (self->unsynced) green__pg_wired_sync(self);
  return GREEN__PG_ERROR;
}

/* A cancel that is still on its way would meet the next command. */
static int session_ready(struct green__pg_wired *self) {
  if (self->ending && !green__pg_wired_is_embedded(&self->base) &&
      green__js_pg_recall(&self->base)) {
    green__wire_keep(&self->in);
    int rc = green__pg_wired_wait(self);
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
static int suspended(struct green__pg_wired *self, green_pg_result **out) {
  if (self->ending) {
    green__pg_wired_sync(self);
    return GREEN_EAGAIN;
  }
  self->suspended = true;
  return result_event(self, "", GREEN__PG_ROWS, out);
}

/* What the message is for the caller; GREEN_EAGAIN: nothing. */
static int event_of(struct green__pg_wired *self, green_pg_result **out) {
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
  struct green__pg_wired *self = green__pg_wired_of(pg);
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
  if (self->suspended) green__pg_wired_execute(self);
  do {
    event = next_message(self);
    if (event == 0) event = event_of(self, out);
    if (event == GREEN_ENOMEM && self->in.type == 'E' && self->unsynced) green__pg_wired_sync(self);
    if (event == GREEN_ENOMEM && self->in.type == 'G') event = GREEN__PG_COPY_IN_BEGUN;
    if (event == GREEN_ENOMEM && self->in.type == 'H') event = GREEN__PG_COPY_OUT_BEGUN;
  } while (event == GREEN_EAGAIN);
  return event;
}

/* ---- COPY ------------------------------------------------------------------------------------ */

int green__pg_host_copy_read(green_pg *pg, const void **data, size_t *size) {
  struct green__pg_wired *self = green__pg_wired_of(pg);
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
