/* Results: their memory, and what they say about themselves. */
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg.h"

green_pg_result *green__pg_result_new(size_t columns, size_t rows, size_t room) {
  green_pg_result *result;
  size_t cells, size;
  if (__builtin_mul_overflow(rows, columns, &cells) ||
      __builtin_mul_overflow(cells, sizeof *result->cell, &size) ||
      __builtin_add_overflow(size, sizeof *result + columns * sizeof *result->column, &size) ||
      __builtin_add_overflow(size, room, &size) || !(result = green__alloc(size)))
    return NULL;
  memset(result, 0, size - room);
  result->rows = rows;
  result->columns = columns;
  result->column = (struct green__pg_column *)(result + 1);
  result->cell = (struct green__pg_cell *)(result->column + columns);
  result->bytes = (char *)(result->cell + cells);
  result->room = room;
  result->command = "";
  return result;
}

void green_pg_result_release(green_pg_result *result) {
  if (!result) return;
  green__handle_released(result, __func__);
  if (result->drop) result->drop(result->owned);
  green__free(result);
}

size_t green_pg_row_count(const green_pg_result *result) {
  return result->rows;
}

size_t green_pg_column_count(const green_pg_result *result) {
  return result->columns;
}

const char *green_pg_command(const green_pg_result *result) {
  return result->command;
}

/* The number at the end of the tag: of "INSERT 0 1" the second one. */
uint64_t green_pg_affected(const green_pg_result *result) {
  const char *last = strrchr(result->command, ' ');
  return last && last[1] >= '0' && last[1] <= '9' ? strtoull(last + 1, NULL, 10) : 0;
}

const char *green_pg_column_name(const green_pg_result *result, size_t column) {
  return column < result->columns ? result->column[column].name : NULL;
}

uint32_t green_pg_column_oid(const green_pg_result *result, size_t column) {
  return column < result->columns ? result->column[column].oid : 0;
}

enum green_pg_type green_pg_column_type(const green_pg_result *result, size_t column) {
  switch (green_pg_column_oid(result, column)) {
  case 16:
    return GREEN_PG_BOOL;
  case 17:
    return GREEN_PG_BYTES;
  case 20: /* bigint */
  case 21: /* smallint */
  case 23: /* integer */
  case 26: /* oid */
    return GREEN_PG_INT;
  case 18:   /* "char" */
  case 19:   /* name */
  case 25:   /* text */
  case 705:  /* unknown */
  case 1042: /* char(n) */
  case 1043: /* varchar */
    return GREEN_PG_TEXT;
  case 114:
  case 3802:
    return GREEN_PG_JSON;
  case 700:
  case 701:
    return GREEN_PG_DOUBLE;
  case 1082:
    return GREEN_PG_DATE;
  case 1083:
  case 1266:
    return GREEN_PG_TIME;
  case 1114:
    return GREEN_PG_TIMESTAMP;
  case 1184:
    return GREEN_PG_TIMESTAMPTZ;
  case 1186:
    return GREEN_PG_INTERVAL;
  case 1700:
    return GREEN_PG_NUMERIC;
  case 2950:
    return GREEN_PG_UUID;
  default:
    return GREEN_PG_OTHER;
  }
}

int green_pg_column(const green_pg_result *result, const char *name) {
  for (size_t i = 0; i < result->columns; i++)
    if (strcmp(result->column[i].name, name) == 0) return (int)i;
  return GREEN_ENOENT;
}
