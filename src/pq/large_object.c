/* Large objects, by the functions of the server that libpq's lo_*() call as well. */
#include "pq.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST (512u << 20)

/* Arguments of a function as texts; data may follow. */
struct arguments {
  char numbers[3][24];
  const char *values[4];
  int lengths[4], formats[4];
  int count;
};

static void argument_add(struct arguments *arguments, int64_t number) {
  char *text = arguments->numbers[arguments->count];
  snprintf(text, sizeof arguments->numbers[0], "%" PRId64, number);
  arguments->values[arguments->count++] = text;
}

static void add_data(struct arguments *arguments, const void *data, size_t size) {
  arguments->values[arguments->count] = data;
  arguments->lengths[arguments->count] = (int)size;
  arguments->formats[arguments->count++] = 1;
}

/* A server's answer is not trusted: it may have any form. */
static bool is_single_value(const PGresult *result) {
  return PQntuples(result) == 1 && PQnfields(result) == 1 && !PQgetisnull(result, 0, 0);
}

/* 0: *out has one value. */
static int object_call(PGconn *connection, const char *query, const struct arguments *arguments,
                       int result_format, PGresult **out) {
  int rc = green_pq_exec_params(connection, query, arguments->count, NULL, arguments->values,
                                arguments->lengths, arguments->formats, result_format, out);
  if (rc < 0) return rc;
  bool answered = PQresultStatus(*out) == PGRES_TUPLES_OK;
  if (answered && is_single_value(*out)) return 0;
  rc = green_fail(GREEN_EPROTO, "%s",
                  answered ? "the server's answer is no single value" : PQresultErrorMessage(*out));
  PQclear(*out);
  *out = NULL;
  return rc;
}

static int64_t object_number(PGconn *connection, const char *query,
                             const struct arguments *arguments) {
  PGresult *result;
  int rc = object_call(connection, query, arguments, 0, &result);
  if (rc < 0) return rc;
  int64_t answer = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
  PQclear(result);
  return answer;
}

int green_pq_lo_create(PGconn *connection, Oid *object) {
  struct arguments arguments = {0};
  argument_add(&arguments, *object);
  int64_t made = object_number(connection, "select pg_catalog.lo_create($1)", &arguments);
  if (made < 0) return (int)made;
  *object = (Oid)made;
  return 0;
}

int green_pq_lo_unlink(PGconn *connection, Oid object) {
  struct arguments arguments = {0};
  argument_add(&arguments, object);
  int64_t rc = object_number(connection, "select pg_catalog.lo_unlink($1)", &arguments);
  return rc < 0 ? (int)rc : 0;
}

int green_pq_lo_open(PGconn *connection, Oid object, int mode) {
  struct arguments arguments = {0};
  argument_add(&arguments, object);
  argument_add(&arguments, mode);
  return (int)object_number(connection, "select pg_catalog.lo_open($1, $2)", &arguments);
}

int green_pq_lo_close(PGconn *connection, int descriptor) {
  struct arguments arguments = {0};
  argument_add(&arguments, descriptor);
  return (int)object_number(connection, "select pg_catalog.lo_close($1)", &arguments);
}

int green_pq_lo_read(PGconn *connection, int descriptor, void *buffer, size_t size) {
  struct arguments arguments = {0};
  PGresult *result;
  argument_add(&arguments, descriptor);
  if (size > MOST) size = MOST;
  argument_add(&arguments, (int64_t)size);
  int rc = object_call(connection, "select pg_catalog.loread($1, $2)", &arguments, 1, &result);
  if (rc < 0) return rc;
  int count = PQgetlength(result, 0, 0);
  if ((size_t)count > size)
    rc = green_fail(GREEN_EPROTO,
                    "the server gave %d bytes of a large object where %zu were asked for", count,
                    size);
  else if (count)
    memcpy(buffer, PQgetvalue(result, 0, 0), (size_t)count);
  PQclear(result);
  return rc < 0 ? rc : count;
}

int green_pq_lo_write(PGconn *connection, int descriptor, const void *data, size_t size) {
  struct arguments arguments = {0};
  argument_add(&arguments, descriptor);
  add_data(&arguments, data, size < MOST ? size : MOST);
  return (int)object_number(connection, "select pg_catalog.lowrite($1, $2)", &arguments);
}

int64_t green_pq_lo_seek(PGconn *connection, int descriptor, int64_t offset, int whence) {
  struct arguments arguments = {0};
  argument_add(&arguments, descriptor);
  argument_add(&arguments, offset);
  argument_add(&arguments, whence);
  return object_number(connection, "select pg_catalog.lo_lseek64($1, $2, $3)", &arguments);
}

int green_pq_lo_truncate(PGconn *connection, int descriptor, int64_t size) {
  struct arguments arguments = {0};
  argument_add(&arguments, descriptor);
  argument_add(&arguments, size);
  return (int)object_number(connection, "select pg_catalog.lo_truncate64($1, $2)", &arguments);
}
