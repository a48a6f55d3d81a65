/* What the page calls; each call is a task. Answers are JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include "weather.h"

#define ROWS_MOST 200 /* of the visitor's own statement */

static green_pg *database; /* the visitor's connection */
static char *conninfo;

/* ---- JSON ---- */

static void put_string(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      fprintf(out, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      fprintf(out, "\\u%04x", *text);
    else
      fputc(*text, out);
  }
  fputc('"', out);
}

static void put_value(FILE *out, const char *text) {
  if (text)
    put_string(out, text);
  else
    fputs("null", out);
}

static void put_result(FILE *out, const green_pg_result *result) {
  size_t rows = green_pg_row_count(result), columns = green_pg_column_count(result);
  fputs("{\"columns\":[", out);
  for (size_t i = 0; i < columns; i++) {
    enum green_pg_type type = green_pg_column_type(result, i);
    bool number = type == GREEN_PG_INT || type == GREEN_PG_DOUBLE || type == GREEN_PG_NUMERIC;
    fputs(i ? ",{\"name\":" : "{\"name\":", out);
    put_string(out, green_pg_column_name(result, i));
    fprintf(out, ",\"number\":%s}", number ? "true" : "false");
  }
  fprintf(out, "],\"total\":%zu,\"rows\":[", rows);
  for (size_t row = 0; row < rows && row < ROWS_MOST; row++) {
    fputs(row ? ",[" : "[", out);
    for (size_t i = 0; i < columns; i++) {
      if (i) fputc(',', out);
      put_value(out, green_pg_text_at(result, row, i, NULL));
    }
    fputc(']', out);
  }
  fputs("],\"command\":", out);
  put_string(out, green_pg_command(result));
  fputc('}', out);
}

static void put_failure(FILE *out, const green_pg_failure *failure) {
  fputs("{\"error\":", out);
  put_string(out, failure->message);
  fputs(",\"detail\":", out);
  put_string(out, failure->detail);
  fputs(",\"hint\":", out);
  put_string(out, failure->hint);
  fprintf(out, ",\"sqlstate\":\"%s\",\"position\":%d}", failure->sqlstate, failure->position);
}

/* ---- exports ---- */

/* The titles of the questions. */
EMSCRIPTEN_KEEPALIVE char *stations_titles(void) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  for (size_t i = 0; i < QUERIES; i++) {
    fputc(i ? ',' : '[', out);
    put_string(out, queries[i].title);
  }
  fputc(']', out);
  fclose(out);
  return text;
}

/* Runs a statement of the visitor's: its result, or why there is none. */
EMSCRIPTEN_KEEPALIVE char *stations_run(const char *sql) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  green_pg_result *result;
  if (!out) return NULL;
  if (green_pg_query(database, &result, sql, GREEN_PG_NONE) == 0) {
    put_result(out, result);
    green_pg_result_release(result);
  } else {
    put_failure(out, green_pg_error(database));
    green_fail(0, "told to the visitor"); /* so that the promise does not reject */
  }
  fclose(out);
  return text;
}

/* Opens a database, which is filled if it is new. */
EMSCRIPTEN_KEEPALIVE int stations_open(const char *name) {
  int rc = database ? green_pg_close(database) : 0;
  database = NULL;
  free(conninfo);
  conninfo = strdup(name);
  if (rc < 0 || !conninfo) return rc < 0 ? rc : GREEN_ENOMEM;
  rc = green_pg_connect(&database, conninfo);
  return rc < 0 ? rc : weather_prepare(database);
}

/* The answer to one of the questions. */
EMSCRIPTEN_KEEPALIVE char *stations_ask(int index) {
  struct answer answer;
  int rc = weather_ask(conninfo, (size_t)index, &answer);
  if (rc < 0) return NULL; /* the message that was left rejects the promise */
  return strdup(answer.text);
}
