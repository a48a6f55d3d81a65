/* Prepared statements that a connection keeps: a list, those used last first.
 *
 * A name is given out once, by one connection: a pooler may have prepared statements of many
 * programs in one session of the server, and sends what a connection says to one session and then
 * to another. So a name is the right statement or none.
 *
 * A statement is parsed, bound and run in one go the first time, which poolers give to one session.
 * Later the session may not know it: "26000", before anything has run. Outside a transaction it is
 * then run once more; within one that has failed the transaction.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg.h"

struct green__pg_statement {
  struct green__pg_statement *next;
  uint32_t hash;
  char name[48];
  size_t count;
  uint32_t *types;
  char sql[];
};

/* ---- the list -------------------------------------------------------------------------------- */

/* FNV-1a of the text and the types. */
static uint32_t hash_of(const char *sql, const struct green__pg_parameters *parameters) {
  uint32_t hash = 2166136261u;
  for (; *sql; sql++) hash = (hash ^ (unsigned char)*sql) * 16777619u;
  for (size_t i = 0; i < parameters->count; i++) hash = (hash ^ parameters->at[i].type) * 16777619u;
  return hash;
}

static bool is(const struct green__pg_statement *statement, uint32_t hash, const char *sql,
               const struct green__pg_parameters *parameters) {
  if (statement->hash != hash || statement->count != parameters->count) return false;
  for (size_t i = 0; i < statement->count; i++)
    if (statement->types[i] != parameters->at[i].type) return false;
  return strcmp(statement->sql, sql) == 0;
}

/* The statement, which is then the first one, or NULL. */
static struct green__pg_statement *statement_find(green_pg *pg, const char *sql,
                                                  const struct green__pg_parameters *parameters) {
  uint32_t hash = hash_of(sql, parameters);
  for (struct green__pg_statement **link = &pg->statements; *link; link = &(*link)->next) {
    struct green__pg_statement *found = *link;
    if (!is(found, hash, sql, parameters)) continue;
    *link = found->next;
    found->next = pg->statements;
    return pg->statements = found;
  }
  return NULL;
}

/* What the connection's names begin with: 96 bits of chance. */
static void begin_names(green_pg *pg) {
  uint32_t chance[3];
  if (getentropy(chance, sizeof chance) < 0) { /* a system without it */
    chance[0] = (uint32_t)green_now();
    chance[1] = (uint32_t)getpid();
    chance[2] = (uint32_t)(uintptr_t)pg;
  }
  snprintf(pg->statement_names, sizeof pg->statement_names, "greenio_%08x%08x%08x",
           (unsigned)chance[0], (unsigned)chance[1], (unsigned)chance[2]);
}

static struct green__pg_statement *statement_make(green_pg *pg, const char *sql,
                                                  const struct green__pg_parameters *parameters) {
  size_t size = strlen(sql) + 1, pad = -(sizeof(struct green__pg_statement) + size) % 4;
  struct green__pg_statement *made =
      green__alloc(sizeof *made + size + pad + parameters->count * sizeof *made->types);
  if (!made) return NULL;
  if (!*pg->statement_names) begin_names(pg);
  made->next = NULL;
  made->hash = hash_of(sql, parameters);
  made->count = parameters->count;
  made->types = (uint32_t *)(made->sql + size + pad);
  memcpy(made->sql, sql, size);
  for (size_t i = 0; i < made->count; i++) made->types[i] = parameters->at[i].type;
  snprintf(made->name, sizeof made->name, "%s_%u", pg->statement_names, ++pg->statement_number);
  return made;
}

/* Forgets it here; the server goes on knowing it. */
static void statement_forget(green_pg *pg, struct green__pg_statement *statement) {
  struct green__pg_statement **link = &pg->statements;
  while (*link != statement) link = &(*link)->next;
  *link = statement->next;
  pg->statement_count--;
  green__free(statement);
}

void green__pg_statements_free(green_pg *pg) {
  while (pg->statements) statement_forget(pg, pg->statements);
}

void green__pg_statements_each(const green_pg *pg, void (*each)(const char *name, void *arg),
                               void *arg) {
  for (const struct green__pg_statement *statement = pg->statements; statement;
       statement = statement->next)
    each(statement->name, arg);
}

void green__pg_statements_done(green_pg *pg, const char *tag) {
  if (strcmp(tag, "DEALLOCATE ALL") != 0 && strcmp(tag, "DISCARD ALL") != 0) return;
  green__pg_statements_free(pg);
  pg->parsed = false; /* with the one that has just done so */
}

/* ---- the server ------------------------------------------------------------------------------ */

/* Forgets it here and there. */
static int deallocate(green_pg *pg, struct green__pg_statement *statement) {
  char name[sizeof statement->name];
  struct green__pg_command command = {.what = GREEN__PG_CLOSE, .statement = name};
  memcpy(name, statement->name, sizeof name);
  statement_forget(pg, statement);
  int rc = green__pg_perform(pg, &command, NULL);
  return rc == GREEN_ESQL ? 0 : rc; /* it was gone */
}

/* Has the server forget those that were not used for longest, until there is room for one. Within a
 * transaction, which a statement that is gone already would fail, that waits. */
static int make_room(green_pg *pg) {
  int rc = 0;
  while (rc == 0 && pg->statement_count >= pg->statement_most && pg->state == GREEN__PG_IDLE) {
    struct green__pg_statement *last = pg->statements;
    while (last->next) last = last->next;
    rc = deallocate(pg, last);
  }
  return rc;
}

void green__pg_statement_prepared(green_pg *pg) {
  struct green__pg_statement *made = pg->preparing;
  pg->preparing = NULL;
  if (!made) return;
  if (!pg->parsed) {
    green__free(made);
    return;
  }
  made->next = pg->statements;
  pg->statements = made;
  pg->statement_count++;
}

/* Prepares it and runs it; what the server knows then is kept, however that ended. Interrupted, it
 * is known only when that has been settled: it says so with the end of the run. */
static int run_first(green_pg *pg, struct green__pg_command *command,
                     const struct green__pg_parameters *parameters, green_pg_result **out,
                     char *name) {
  int rc = make_room(pg);
  if (rc < 0) return rc;
  struct green__pg_statement *made = statement_make(pg, command->sql, parameters);
  if (!made) return GREEN_ENOMEM;
  command->what = GREEN__PG_PREPARE;
  command->statement = memcpy(name, made->name, sizeof made->name);
  pg->parsed = false;
  pg->preparing = made;
  rc = green__pg_perform(pg, command, out);
  if (pg->ready) green__pg_statement_prepared(pg);
  return rc;
}

/* Whether a failure was the prepared statement's own, so that nothing of it has run: the session
 * does not know it, or its tables have changed. What runs may fail with the same SQLSTATEs; but it
 * knows no name of ours, and the server says where it was.  1, 0, GREEN_ENOMEM: it is not known. */
static int is_stale(const green_pg *pg, const char *name) {
  const green_pg_failure *failure = &pg->failure.shown;
  bool changed = green_pg_failed_with(pg, "0A000");
  if (!changed && !green_pg_failed_with(pg, "26000") && !green_pg_failed_with(pg, "42P05"))
    return 0;
  if (pg->failure.missed) return GREEN_ENOMEM;
  if (*failure->where) return 0;
  return changed ? strstr(failure->source, "RevalidateCachedQuery") != NULL
                 : strstr(failure->message, name) != NULL;
}

/* The statement has gone stale: whether it may be run once more, 1. */
static int drop_stale(green_pg *pg, struct green__pg_statement *statement) {
  bool changed = green_pg_failed_with(pg, "0A000");
  bool again = pg->state == GREEN__PG_IDLE;
  int rc = 0;
  if (statement && changed && again)
    rc = deallocate(pg, statement);
  else if (statement)
    statement_forget(pg, statement);
  if (!changed && pg->place == GREEN__PG_SERVER) { /* nobody has told it to: a pooler */
    pg->forgetful = true;
    green__pg_statements_free(pg);
  }
  return rc < 0 ? rc : again;
}

/* Runs it under the name that it has, or gets. */
static int run_named(green_pg *pg, struct green__pg_command *command,
                     const struct green__pg_parameters *parameters, green_pg_result **out,
                     char *name) {
  const char *sql = command->sql;
  struct green__pg_statement *found = statement_find(pg, sql, parameters);
  if (!found) return run_first(pg, command, parameters, out, name);
  command->what = GREEN__PG_EXECUTE;
  command->statement = memcpy(name, found->name, sizeof found->name);
  return green__pg_perform(pg, command, out);
}

static bool keeps(const green_pg *pg) {
  return pg->statement_most && !pg->forgetful && pg->state != GREEN__PG_FAILED;
}

static int execute(green_pg *pg, const char *sql, const struct green__pg_parameters *parameters,
                   green_pg_result **out) {
  struct green__pg_command command = {
      .sql = sql, .parameters = parameters->at, .count = parameters->count};
  char name[sizeof pg->statements->name];
  for (int tries = 0; tries < 2 && keeps(pg); tries++) {
    int rc = run_named(pg, &command, parameters, out, name);
    int stale = rc == GREEN_ESQL ? is_stale(pg, name) : 0;
    if (stale <= 0) return stale ? stale : rc;
    rc = drop_stale(pg, statement_find(pg, sql, parameters));
    if (rc <= 0) return rc < 0 ? rc : GREEN_ESQL;
  }
  command.what = GREEN__PG_PLAIN;
  command.statement = NULL;
  return green__pg_perform(pg, &command, out);
}

/* ---- calls ----------------------------------------------------------------------------------- */

int green_pg_query_prepared(green_pg *pg, green_pg_result **out, const char *sql,
                            const green_pg_value *values, size_t count) {
  struct green__pg_parameters parameters;
  if (out) *out = NULL;
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  rc = green__pg_parameters_make(pg, &parameters, values, count);
  if (rc == 0) {
    rc = execute(pg, sql, &parameters, out);
    green__pg_parameters_free(&parameters);
  }
  return green__pg_leave_with(pg, rc, out);
}

size_t green_pg_prepared_count(const green_pg *pg) {
  return pg->statement_count;
}

void green_pg_set_max_prepared(green_pg *pg, size_t most) {
  pg->statement_most = most;
}

int green_pg_forget_prepared(green_pg *pg) {
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  rc = green__pg_simple(pg, "deallocate all");
  if (rc == 0) green__pg_statements_free(pg);
  if (rc == 0) pg->forgetful = false;
  return green__pg_leave(pg, rc);
}
