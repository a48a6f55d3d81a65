/* Parameters: from values to what is sent. Numbers become text in the locale of C, whatever the
 * program's is. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg.h"

#define TEXT_SIZE GREEN__PG_TEXT_SIZE
#define MOST      65535

static void write_double(char *out, double number) {
  if (isnan(number) || isinf(number)) {
    strcpy(out, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
    return;
  }
  locale_t before = uselocale(green__pg_locale());
  snprintf(out, TEXT_SIZE, "%.17g", number);
  uselocale(before);
}

/* Numbers; 0, GREEN_ERANGE. */
static int write_number(char *out, const green_pg_value *value) {
  switch (value->kind) {
  case GREEN__PG_INTEGER:
    snprintf(out, TEXT_SIZE, "%lld", (long long)value->number);
    return 0;
  case GREEN__PG_REAL:
    write_double(out, value->real);
    return 0;
  case GREEN__PG_BOOL:
    strcpy(out, value->number ? "t" : "f");
    return 0;
  default:
    return green__pg_timestamp_write(out, value->number);
  }
}

static int make_one(struct green__pg_parameter *out, char *text, char **copies,
                    const green_pg_value *value) {
  *out = (struct green__pg_parameter){value->type, NULL, 0, value->kind == GREEN__PG_BYTES};
  switch (value->kind) {
  case GREEN__PG_NULL:
    return 0;
  case GREEN__PG_BYTES:
    out->data = value->data ? value->data : "";
    out->size = value->size;
    return 0;
  case GREEN__PG_TEXT:
    if (value->number < 0) {
      out->data = value->data;
      out->size = strlen(value->data);
      return 0;
    }
    if (value->size && memchr(value->data, 0, value->size)) return GREEN_EINVAL;
    if (value->size) memcpy(*copies, value->data, value->size);
    out->data = *copies;
    out->size = value->size;
    (*copies)[value->size] = 0;
    *copies += value->size + 1;
    return 0;
  default:
    out->data = text;
    int rc = write_number(text, value);
    out->size = rc < 0 ? 0 : strlen(text);
    return rc;
  }
}

/* Bytes for texts that are not ended by a 0 byte. */
static size_t copies_size(const green_pg_value *values, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++)
    if (values[i].kind == GREEN__PG_TEXT && values[i].number >= 0) size += values[i].size + 1;
  return size;
}

int green__pg_parameters_make(green_pg *pg, struct green__pg_parameters *out,
                              const green_pg_value *values, size_t count) {
  size_t own = sizeof out->own / sizeof *out->own;
  char(*texts)[TEXT_SIZE] = out->text;
  out->at = out->own;
  out->count = count;
  out->memory = NULL;
  if (count > MOST)
    return green__pg_fail(pg, GREEN_EINVAL, "a query has at most %d parameters", MOST);
  size_t copies = copies_size(values, count), many = count > own ? count : 0;
  if (copies || many) {
    out->memory = green__alloc(many * (sizeof *out->at + TEXT_SIZE) + copies);
    if (!out->memory) return GREEN_ENOMEM;
  }
  if (many) {
    out->at = out->memory;
    texts = (char(*)[TEXT_SIZE])(out->at + many);
  }
  char *copy = (char *)out->memory + many * (sizeof *out->at + TEXT_SIZE);
  for (size_t i = 0; i < count; i++) {
    int rc = make_one(&out->at[i], texts[i], &copy, &values[i]);
    if (rc == 0) continue;
    green__pg_parameters_free(out);
    return green__pg_fail(pg, rc,
                          rc == GREEN_EINVAL ? "parameter $%zu: text may not have a 0 byte"
                                             : "parameter $%zu: out of range",
                          i + 1);
  }
  return 0;
}

void green__pg_parameters_free(struct green__pg_parameters *parameters) {
  green__free(parameters->memory);
  parameters->memory = NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

int green_pg_quote(char *out, size_t room, const char *name) {
  size_t size = 0;
  if (!*name) return GREEN_EINVAL;
  if (room < 3) return GREEN_ERANGE;
  out[size++] = '"';
  for (; *name; name++) {
    if (size + (*name == '"' ? 2 : 1) + 2 > room) return GREEN_ERANGE; /* the quote, the 0 */
    if (*name == '"') out[size++] = '"';
    out[size++] = *name;
  }
  out[size++] = '"';
  out[size] = 0;
  return (int)size;
}
