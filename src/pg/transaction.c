/* Transactions as scopes: the outer one a transaction, inner ones savepoints.
 *
 * A scope is the loop of GREEN_PG_TRANSACTION: entered, `begun`; its end commits, and on failure
 * the loop runs once more, for the `else`; left in another way while `begun`, it is rolled back.
 */
#include <stdio.h>
#include <greenio/status.h>
#include "pg.h"

#define GRACE ((uint64_t)5000) /* ms for rolling back */

/* Runs `format` with the savepoint's number. */
static int run(green_pg *pg, const char *format, unsigned depth) {
  char sql[80];
  snprintf(sql, sizeof sql, format, depth, depth);
  return green__pg_simple(pg, sql);
}

/* ---- rolling back ---------------------------------------------------------------------------- */

/* Within a call. What was said before of a failure stays. */
static void roll_back(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  scope->begun = false;
  int rc = 0;
  pg->due = green__due_in(GRACE);
  if (!pg->ready && !pg->lost && !pg->released) green__pg_settle(pg);
  if (!pg->lost && !pg->released && pg->state != GREEN__PG_IDLE) {
    pg->settling = true;
    GREEN_SHIELD {
      rc = scope->savepoint
               ? run(pg, "rollback to savepoint green_%u; release savepoint green_%u", scope->depth)
               : run(pg, "rollback", 0);
    }
    bool done = rc == 0 || (rc == GREEN_ENOMEM && pg->ready); /* of what it said to it */
    if (rc == GREEN_ESQL && scope->savepoint) done = true; /* none is there; the outer one fails */
    if (!done) green__pg_lost(pg, GREEN_ECONNRESET, "%s", green_strerror(GREEN_ECONNRESET));
    pg->settling = false;
  }
  pg->due = GREEN__NEVER;
  pg->depth = scope->depth - 1;
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* Interrupted, a transaction may have begun; a savepoint does no harm. */
static int begin(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  scope->savepoint = pg->state != GREEN__PG_IDLE;
  scope->depth = pg->depth + 1;
  rc = run(pg, scope->savepoint ? "savepoint green_%u" : "begin", scope->depth);
  if (rc == 0 && pg->depth++ == 0) pg->owner = green_current();
  if (rc < 0 && !scope->savepoint) roll_back(scope);
  return green__pg_leave(pg, rc);
}

struct green__pg_transaction green__pg_transaction_enter(green_pg *pg) {
  struct green__pg_transaction scope = {.pg = pg};
  pg->references++;
  scope.begun = begin(&scope) == 0;
  return scope;
}

/* ---- the end --------------------------------------------------------------------------------- */

static int commit(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  if (pg->state == GREEN__PG_FAILED) {
    green__pg_failure_begin(pg);
    green__pg_failure_field(pg, 'V', "ERROR");
    green__pg_failure_field(pg, 'C', "25P02");
    green__pg_failure_field(pg, 'M',
                            "the transaction was rolled back, since a statement in it had failed");
    return green__pg_refused(pg);
  }
  return scope->savepoint ? run(pg, "release savepoint green_%u", scope->depth)
                          : run(pg, "commit", 0);
}

void green__pg_transaction_end(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  if (!scope->begun) { /* the else has run */
    scope->over = true;
    return;
  }
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) {
    green__pg_take(pg);
    roll_back(scope);
    green__pg_pass(pg);
    return;
  }
  rc = commit(scope);
  if (rc == 0) {
    pg->depth = scope->depth - 1;
    scope->begun = false;
    scope->over = true;
  } else {
    roll_back(scope);
  }
  green__pg_leave(pg, rc);
}

void green__pg_transaction_leave(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  if (!pg) return;
  if (scope->begun) {
    green__pg_take(pg);
    roll_back(scope);
    green__pg_pass(pg);
  }
  scope->pg = NULL;
  green__pg_drop(pg);
}
