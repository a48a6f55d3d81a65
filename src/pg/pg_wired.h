/* A connection that speaks PostgreSQL's protocol itself, without libpq, in Node and browsers: what
 * pg_js.c and pg_js_answer.c share. */
#ifndef GREENIO_SRC_PG_PG_WIRED_H
#define GREENIO_SRC_PG_PG_WIRED_H

#include <stdbool.h>
#include <string.h>
#include "core/wait.h"
#include "pg.h"
#include "wire.h"

#define GREEN__PG_REASON 2000 /* bytes of a failure's fields */

/* How far the answer to a command has come: what may come next. Of plain statements, which have no
 * other stages, several may run. */
enum green__pg_wired_stage {
  GREEN__PG_PARSING,
  GREEN__PG_BINDING,
  GREEN__PG_DESCRIBING,
  GREEN__PG_RUNNING,
  GREEN__PG_CLOSING,
  GREEN__PG_OVER
};

struct green__pg_wired {
  struct green_pg base;
  struct green__closer closer;
  struct green__pg_wired *next; /* of all that are open */
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
  enum green__pg_wired_stage stage;
  bool described; /* the rows that may come */
  bool deferred, announced;
  bool gone; /* with its runtime */
};

static inline struct green__pg_wired *green__pg_wired_of(green_pg *pg) {
  return (struct green__pg_wired *)pg;
}

static inline bool green__pg_wired_is_embedded(const green_pg *pg) {
  return pg->place != GREEN__PG_SERVER;
}

/* Whether the two use one PGlite, or one server. */
static inline bool green__pg_wired_is_same(const green_pg *one, const green_pg *other) {
  return one->place == other->place && strcmp(one->name, other->name) == 0;
}

/* All that are open. */
extern struct green__pg_wired *green__pg_wired_all;

/* Parks until something has changed: 0, or a status. */
int green__pg_wired_wait(struct green__pg_wired *self);

/* Why it could not be opened, or was lost: the failure's fields, of which the message is given. */
char *green__pg_wired_reason(struct green__pg_wired *self, char fields[GREEN__PG_REASON]);

/* Ends what is unsynced; has the next batch sent, from memory that is there. */
void green__pg_wired_sync(struct green__pg_wired *self);
void green__pg_wired_execute(struct green__pg_wired *self);

/* Takes what has come while nothing is under way. A loss is left for the next call to find, which
 * then fails as it would natively, unless it is asked for. */
void green__pg_wired_look(struct green__pg_wired *self, bool at_loss);

#endif
