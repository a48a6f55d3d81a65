/* Prepared statements that a connection keeps: a list, those used last first. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg.h"

#define MOST 256

/* Of all connections of the thread: on one PGlite there may be several. */
static _Thread_local unsigned long last_number;

struct green__pg_statement {
  struct green__pg_statement *next;
  uint32_t hash;
  bool used; /* it has worked */
  char name[16];
  size_t count;
  uint32_t *types;
  char sql[];
};

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
static struct green__pg_statement *
find(green_pg *pg, const char *sql, const struct green__pg_parameters *parameters, uint32_t hash) {
  for (struct green__pg_statement **link = &pg->statements; *link; link = &(*link)->next) {
    struct green__pg_statement *found = *link;
    if (!is(found, hash, sql, parameters)) continue;
    *link = found->next;
    found->next = pg->statements;
    return pg->statements = found;
  }
  return NULL;
}

static struct green__pg_statement *
make(const char *sql, const struct green__pg_parameters *parameters, uint32_t hash) {
  size_t size = strlen(sql) + 1, pad = -(sizeof(struct green__pg_statement) + size) % 4;
  struct green__pg_statement *made =
      green__alloc(sizeof *made + size + pad + parameters->count * sizeof *made->types);
  if (!made) return NULL;
  made->next = NULL;
  made->hash = hash;
  made->used = false;
  made->count = parameters->count;
  made->types = (uint32_t *)(made->sql + size + pad);
  memcpy(made->sql, sql, size);
  for (size_t i = 0; i < made->count; i++) made->types[i] = parameters->at[i].type;
  snprintf(made->name, sizeof made->name, "g%lu", ++last_number);
  return made;
}

/* Forgets it here; the server goes on knowing it. */
static void forget(green_pg *pg, struct green__pg_statement *statement) {
  struct green__pg_statement **link = &pg->statements;
  while (*link != statement) link = &(*link)->next;
  *link = statement->next;
  pg->statement_count--;
  green__free(statement);
}

void green__pg_statements_free(green_pg *pg) {
  while (pg->statements) forget(pg, pg->statements);
}

void green__pg_statements_each(const green_pg *pg, void (*each)(const char *name, void *arg),
                               void *arg) {
  for (const struct green__pg_statement *statement = pg->statements; statement;
       statement = statement->next)
    each(statement->name, arg);
}

/* Forgets it here and there. */
static int deallocate(green_pg *pg, struct green__pg_statement *statement) {
  char sql[40];
  snprintf(sql, sizeof sql, "deallocate %s", statement->name);
  forget(pg, statement);
  int rc = green__pg_simple(pg, sql);
  return rc == GREEN_ESQL ? 0 : rc; /* it was gone */
}

/* Has the server forget the one that was not used for longest, if there is no room. */
static int make_room(green_pg *pg) {
  if (pg->statement_count < MOST) return 0;
  struct green__pg_statement *last = pg->statements;
  while (last->next) last = last->next;
  return deallocate(pg, last);
}

static int prepare(green_pg *pg, const char *sql, const struct green__pg_parameters *parameters,
                   uint32_t hash) {
  int rc = make_room(pg);
  if (rc < 0) return rc;
  struct green__pg_statement *made = make(sql, parameters, hash);
  if (!made) return GREEN_ENOMEM;
  struct green__pg_command command = {.what = GREEN__PG_PREPARE,
                                      .sql = sql,
                                      .statement = made->name,
                                      .parameters = parameters->at,
                                      .count = parameters->count};
  rc = green__pg_perform(pg, &command, NULL);
  if (rc < 0) {
    green__free(made);
    return rc;
  }
  made->next = pg->statements;
  pg->statements = made;
  pg->statement_count++;
  return 0;
}

/* Whether a failure was the prepared statement's: the server has forgotten it, or its tables have
 * changed. Then nothing was done, and outside a transaction it can be tried anew. */
static bool is_stale(const green_pg *pg) {
  return green_pg_failed_with(pg, "26000") || green_pg_failed_with(pg, "0A000");
}

static int execute(green_pg *pg, const char *sql, const struct green__pg_parameters *parameters,
                   green_pg_result **out) {
  struct green__pg_command command = {.what = GREEN__PG_PLAIN,
                                      .sql = sql,
                                      .parameters = parameters->at,
                                      .count = parameters->count};
  uint32_t hash = hash_of(sql, parameters);
  struct green__pg_statement *found = find(pg, sql, parameters, hash);
  bool used = found && found->used;
  if (!found && pg->state != GREEN__PG_FAILED) {
    int rc = prepare(pg, sql, parameters, hash);
    if (rc < 0) return rc;
    found = pg->statements;
  }
  if (!found) return green__pg_perform(pg, &command, out);
  command.what = GREEN__PG_EXECUTE;
  command.statement = found->name;
  int rc = green__pg_perform(pg, &command, out);
  if (rc == 0) found->used = true;
  if (rc != GREEN_ESQL || !used || !is_stale(pg)) return rc;
  if (pg->state != GREEN__PG_IDLE) {
    forget(pg, found);
    return rc;
  }
  rc = deallocate(pg, found);
  return rc < 0 ? rc : execute(pg, sql, parameters, out);
}

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

size_t green_pg_prepared(const green_pg *pg) {
  return pg->statement_count;
}

int green_pg_forget_prepared(green_pg *pg) {
  int rc = green__pg_enter(pg, GREEN__PG_NOTHING);
  if (rc < 0) return rc;
  rc = green__pg_simple(pg, "deallocate all");
  if (rc == 0) green__pg_statements_free(pg);
  return green__pg_leave(pg, rc);
}
