/* Transactions as scopes: the outer one a transaction, inner ones savepoints.
 *
 * A scope is left by any road, and what has not been committed is rolled back then. It is that of
 * green_pg_transaction(), which commits where its function returns 0 or more, or the loop of
 * GREEN_PG_TRANSACTION, in which green_pg_commit() does so.
 *
 * On the connection stands what is true of the innermost scope: `depth`, from 1; `said`, it is a
 * block; `over`, it has been committed, or could not be, and is still to be left. `began`: the
 * outermost scope is a transaction and no savepoint in one of the program's own.
 *
 * A commit has three outcomes: done, not done, and not known, where the connection was lost with it
 * under way. The last one is said, and never repeated.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <greenio/status.h>
#include "log.h"
#include "pg.h"

#define BACK_OFF      10   /* ms at most before the first repetition; then twice as long */
#define BACK_OFF_MOST 1000 /* ms */

/* Runs `format` with the savepoint's number.
 *   0: it came to that tag. GREEN_EPROTO: to another one, and the connection is lost. */
static int run_tagged(green_pg *pg, const char *format, unsigned depth, const char *tag) {
  char sql[80];
  green_pg_result *result = NULL;
  snprintf(sql, sizeof sql, format, depth, depth);
  struct green__pg_command command = {.what = GREEN__PG_SIMPLE, .sql = sql};
  int rc = green__pg_perform(pg, &command, &result);
  const char *got = result ? green_pg_command(result) : "";
  if (rc == 0 && strcmp(got, tag) != 0)
    rc = green__pg_lost(pg, GREEN_EPROTO, "the server answered \"%s\" to \"%s\"", got, sql);
  green_pg_result_release(result);
  return rc;
}

static bool is_savepoint(const green_pg *pg) {
  return pg->depth > 1 || !pg->began;
}

/* ---- rolling back ---------------------------------------------------------------------------- */

/* Within a call: the innermost one. What was said before of a failure stays. */
static void roll_back(green_pg *pg) {
  bool savepoint = is_savepoint(pg);
  int rc = 0;
  pg->due = green__due_in(GREEN__GRACE);
  if (!pg->ready && !pg->lost && !pg->released) green__pg_settle(pg);
  if (!pg->lost && !pg->released && pg->state != GREEN__PG_IDLE) {
    pg->settling = true;
    GREEN_SHIELD {
      rc = savepoint ? run_tagged(pg, "rollback to savepoint green_%u; release savepoint green_%u",
                                  pg->depth, "RELEASE")
                     : run_tagged(pg, "rollback", 0, "ROLLBACK");
    }
    bool done = rc == 0 || (rc == GREEN_ENOMEM && pg->ready); /* of what it said to it */
    if (rc == GREEN_ESQL && savepoint) done = true; /* none is there; the outer one fails */
    if (!done) green__pg_lost(pg, GREEN_ECONNRESET, "%s", green_strerror(GREEN_ECONNRESET));
    pg->settling = false;
  }
  pg->due = GREEN__NEVER;
}

/* ---- the beginning --------------------------------------------------------------------------- */

static int check_options(green_pg *pg, const green_pg_transaction_options *options) {
  if ((int)options->isolation < 0 || options->isolation > GREEN_PG_SERIALIZABLE)
    return green__pg_fail(pg, GREEN_EINVAL,
                          "a transaction's isolation is none of enum green_pg_isolation: %d",
                          (int)options->isolation);
  if (options->attempts < 0)
    return green__pg_fail(pg, GREEN_EINVAL, "a transaction's attempts are negative: %d",
                          options->attempts);
  if (options->deferrable && !(options->read_only && options->isolation == GREEN_PG_SERIALIZABLE))
    return green__pg_fail(pg, GREEN_EINVAL,
                          "a transaction that is deferrable has to be read_only, and its isolation "
                          "GREEN_PG_SERIALIZABLE: others never wait for that");
  return 0;
}

/* A savepoint cannot be of another kind than what it is in. */
static int check_inner(green_pg *pg, const green_pg_transaction_options *options) {
  const green_pg_transaction_options *outer = &pg->kind;
  if ((!options->isolation || options->isolation == outer->isolation) &&
      (!options->read_only || outer->read_only) && (!options->deferrable || outer->deferrable))
    return 0;
  return green__pg_fail(pg, GREEN_EINVAL,
                        "isolation, read_only and deferrable are the outermost transaction's, "
                        "which was not begun with these");
}

static int ended_by_program(green_pg *pg) {
  return green__pg_fail(pg, GREEN_EINVAL,
                        "the transaction is over already, by a statement of the program's own; it "
                        "is green_pg_transaction()'s, or GREEN_PG_TRANSACTION's, to end");
}

static int send_begin(green_pg *pg, const green_pg_transaction_options *options) {
  static const char *const isolation[] = {"", " isolation level read committed",
                                          " isolation level repeatable read",
                                          " isolation level serializable"};
  char sql[80];
  snprintf(sql, sizeof sql, "begin%s%s%s", isolation[options->isolation],
           options->read_only ? " read only" : "", options->deferrable ? " deferrable" : "");
  return run_tagged(pg, sql, 0, "BEGIN");
}

/* Interrupted, a transaction may have begun; a savepoint does no harm. */
static int transaction_begin(green_pg *pg, const green_pg_transaction_options *options) {
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  bool savepoint = pg->state != GREEN__PG_IDLE;
  if (!pg->depth) {
    pg->began = !savepoint;
    pg->kind = savepoint ? (green_pg_transaction_options){0} : *options;
  }
  rc = check_options(pg, options);
  if (rc == 0 && pg->depth && !savepoint) rc = ended_by_program(pg);
  if (rc == 0 && savepoint) rc = check_inner(pg, options);
  if (rc < 0) return green__pg_leave(pg, rc);
  if (savepoint) {
    rc = run_tagged(pg, "savepoint green_%u", pg->depth + 1, "SAVEPOINT");
  } else {
    rc = send_begin(pg, options);
    if (rc < 0) roll_back(pg);
  }
  if (rc == 0 && pg->depth++ == 0) pg->owner = green_current();
  return green__pg_leave(pg, rc);
}

/* Whatever it was, the connection has it as its failure. */
static struct green__pg_transaction
transaction_enter(green_pg *pg, const green_pg_transaction_options *options, bool said) {
  struct green__pg_transaction scope = {.pg = pg};
  pg->references++;
  scope.status = transaction_begin(pg, options);
  if (scope.status < 0) {
    if (pg->failure.shown.status != scope.status)
      green__pg_fail(pg, scope.status, "%s", green_strerror(scope.status));
    return scope;
  }
  scope.begun = true;
  scope.depth = pg->depth;
  scope.outer_said = pg->said;
  pg->said = said;
  return scope;
}

struct green__pg_transaction green__pg_transaction_enter(green_pg *pg) {
  static const green_pg_transaction_options usual;
  return transaction_enter(pg, &usual, true);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* Nothing was sent, or it has no effect. */
static int check_commit(green_pg *pg) {
  if (pg->state == GREEN__PG_IN_TRANSACTION) return 0;
  if (pg->state == GREEN__PG_IDLE) return ended_by_program(pg);
  green__pg_failure_begin(pg);
  green__pg_failure_field(pg, 'V', "ERROR");
  green__pg_failure_field(pg, 'C', "25P02");
  green__pg_failure_field(pg, 'M',
                          "the transaction was rolled back, since a statement in it had failed");
  if (*pg->failed_by) {
    char detail[40];
    snprintf(detail, sizeof detail, "It failed with SQLSTATE %s.", pg->failed_by);
    green__pg_failure_field(pg, 'D', detail);
  }
  return green__pg_refused(pg);
}

/* What the server has answered counts, though an interruption, or the connection's end, came before
 * it was ready; the next wait, or the next call, hears of that. A savepoint is gone with its
 * connection. */
static int read_answer(green_pg *pg, int rc, const char *tag) {
  green_pg_failure *shown = &pg->failure.shown;
  if (!pg->ready && !pg->lost && !pg->released) green__pg_settle(pg);
  bool gone = pg->lost || pg->released;
  bool done = strcmp(pg->outcome, tag) == 0 && !(gone && is_savepoint(pg));
  bool refused = strcmp(pg->outcome, "ERROR") == 0;
  if (refused && shown->status == rc) memcpy(shown->sqlstate, pg->last_sqlstate, 6);
  if (!done && !(refused && shown->status == GREEN_ESQL)) return rc;
  green__wait_restore(green__running(), rc);
  return done ? 0 : GREEN_ESQL;
}

static int commit(green_pg *pg, bool *unknown) {
  bool savepoint = is_savepoint(pg);
  const char *tag = savepoint ? "RELEASE" : "COMMIT";
  int rc = check_commit(pg);
  if (rc < 0) return rc;
  *pg->outcome = 0;
  rc = savepoint ? run_tagged(pg, "release savepoint green_%u", pg->depth, tag)
                 : run_tagged(pg, "commit", 0, tag);
  if (rc < 0) rc = read_answer(pg, rc, tag);
  bool refused = strcmp(pg->outcome, "ERROR") == 0;
  bool gone = pg->lost || pg->released;
  *unknown = rc < 0 && !savepoint && !refused && (gone || pg->state == GREEN__PG_IDLE);
  return rc;
}

/* Commits the innermost one, or rolls it back; ends the call. That it was done stays true of a
 * connection that another task has released meanwhile. */
static int transaction_finish(green_pg *pg) {
  bool unknown = false;
  pg->references++;
  int rc = commit(pg, &unknown);
  if (rc < 0) roll_back(pg);
  pg->over = true;
  int left = green__pg_leave(pg, rc);
  if (rc < 0) rc = left;
  if (unknown) green__pg_outcome_unknown(pg);
  green__pg_drop(pg);
  return rc;
}

int green_pg_commit(green_pg *pg) {
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  if (pg->depth && pg->said) return transaction_finish(pg);
  return green__pg_leave(
      pg, green__pg_fail(pg, GREEN_EINVAL,
                         pg->depth ? "green_pg_transaction() commits by itself, when its function "
                                     "returns 0 or more"
                                   : "green_pg_commit() is for the block of GREEN_PG_TRANSACTION"));
}

/* Whether the connection is still where the scope began: it may have gone back to a pool. */
static bool is_innermost(const struct green__pg_transaction *scope) {
  const green_pg *pg = scope->pg;
  return scope->begun && pg->depth == scope->depth && pg->owner == green_current();
}

static void transaction_leave(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  if (is_innermost(scope)) {
    green__pg_take(pg);
    if (!pg->over) roll_back(pg);
    pg->over = false;
    pg->said = scope->outer_said;
    pg->depth--;
    green__pg_pass(pg);
  }
  scope->begun = false;
}

/* The end of the block, which may be `continue`; or of its else. What could have been committed was
 * forgotten, whatever became of the last call: a failure may have been dealt with. */
void green__pg_transaction_end(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  bool forgotten = is_innermost(scope) && !pg->over && !pg->released && !pg->lost &&
                   pg->state == GREEN__PG_IN_TRANSACTION;
  transaction_leave(scope);
  scope->over = true;
  if (!forgotten) return;
  green__pg_fail(pg, GREEN_EINVAL,
                 "the block of GREEN_PG_TRANSACTION came to its end without green_pg_commit(), and "
                 "was rolled back");
  green__say("greenio: %s; to roll back, leave it by break, return or goto",
             pg->failure.shown.message);
}

void green__pg_transaction_leave(struct green__pg_transaction *scope) {
  green_pg *pg = scope->pg;
  if (!pg) return;
  transaction_leave(scope);
  scope->pg = NULL;
  green__pg_drop(pg);
}

/* ---- as a function --------------------------------------------------------------------------- */

/* It might go well if it were done once more: others were in the way. */
static bool is_transient(const char *sqlstate) {
  return strcmp(sqlstate, "40001") == 0 || strcmp(sqlstate, "40P01") == 0;
}

/* Does it once. *again: it may be repeated, for what made the transaction fail, or the commit, or for
 * what fn hands on of an inner one; not for what fn has met and dealt with. */
static int transaction_attempt(green_pg *pg, const green_pg_transaction_options *options,
                               int (*fn)(green_pg *, void *), void *arg, bool *again) {
  __attribute__((cleanup(green__pg_transaction_leave))) struct green__pg_transaction scope =
      transaction_enter(pg, options, false);
  *again = false;
  if (!scope.begun) return scope.status;
  int rc = fn(pg, arg);
  if (!is_innermost(&scope))
    return rc < 0 ? rc
                  : green_fail(GREEN_EINVAL, "the connection of a transaction went back to its "
                                             "pool, which rolled it back");
  bool transient = pg->state == GREEN__PG_FAILED && is_transient(pg->failed_by);
  if (rc >= 0) {
    int status = green__pg_enter(pg, GREEN__PG_NOTHING);
    if (status == 0) status = transaction_finish(pg);
    if (status < 0) rc = status;
  }
  if (rc == pg->failure.shown.status) transient |= is_transient(pg->failure.shown.sqlstate);
  bool interrupted = rc == GREEN_ECANCELED || rc == GREEN_ETIMEDOUT; /* fn was, whatever else */
  *again = rc < 0 && transient && !interrupted && !is_savepoint(pg) && !pg->lost && !pg->released;
  return rc;
}

/* So that two that met do not meet again: a time by chance, up to one that grows. */
static int back_off(int attempts) {
  uint32_t chance;
  int most = BACK_OFF_MOST;
  if (attempts < 8 && BACK_OFF << (attempts - 1) < most) most = BACK_OFF << (attempts - 1);
  if (getentropy(&chance, sizeof chance) < 0) chance = (uint32_t)green_now();
  return green_sleep(chance % ((uint32_t)most + 1));
}

static void drop(green_pg **pg) {
  green__pg_drop(*pg);
}

int green_pg_transaction(green_pg *pg, const green_pg_transaction_options *options,
                         int (*fn)(green_pg *pg, void *arg), void *arg) {
  static const green_pg_transaction_options usual;
  __attribute__((cleanup(drop))) green_pg *held = pg;
  bool again;
  if (!options) options = &usual;
  held->references++;
  for (int attempts = 1;; attempts++) {
    int rc = transaction_attempt(pg, options, fn, arg, &again);
    if (!again || attempts >= options->attempts) return rc;
    if ((rc = back_off(attempts)) < 0) return rc;
  }
}
