/* Rows as structs: statements from a table of fields, parameters from a struct, and back. It stands
 * on the public interface alone. */
#include <greenio/pg_row.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"

#define NAME_ROOM 200

/* ---- the text of a statement ----------------------------------------------------------------- */

struct text {
  char *at;
  size_t size, room;
  int failed;
};

static void text_append(struct text *text, const char *format, ...) GREEN_PRINTF(2, 3);
static void text_append(struct text *text, const char *format, ...) {
  va_list arguments;
  while (!text->failed) {
    va_start(arguments, format);
    int more = vsnprintf(text->at ? text->at + text->size : NULL, text->room - text->size, format,
                         arguments);
    va_end(arguments);
    if ((size_t)more < text->room - text->size) {
      text->size += (size_t)more;
      return;
    }
    size_t room = text->room * 2 + (size_t)more + 256;
    char *at = green__realloc(text->at, room);
    if (!at) text->failed = GREEN_ENOMEM;
    if (!at) return;
    text->at = at;
    text->room = room;
  }
}

static void append_name(struct text *text, const char *name) {
  char quoted[NAME_ROOM];
  int rc = green_pg_quote(quoted, sizeof quoted, name);
  if (rc < 0 && !text->failed) text->failed = green_fail(rc, "\"%s\" cannot be a name", name);
  if (rc >= 0) text_append(text, "%s", quoted);
}

/* A literal. */
static void append_literal(struct text *text, const char *value) {
  text_append(text, "'");
  for (; *value; value++) text_append(text, *value == '\'' ? "''" : "%c", *value);
  text_append(text, "'");
}

static void append_names(struct text *text, const green_pg_table *table) {
  for (size_t i = 0; i < table->count; i++) {
    if (i) text_append(text, ", ");
    append_name(text, table->fields[i].name);
  }
}

/* ---- the table of fields --------------------------------------------------------------------- */

static const struct {
  const char *column;
  size_t size;   /* of the member; 0: any */
  bool pointing; /* NULL is a NULL pointer */
} kinds[] = {[GREEN_PG_FIELD_INT32] = {"integer", sizeof(int32_t), false},
             [GREEN_PG_FIELD_INT64] = {"bigint", sizeof(int64_t), false},
             [GREEN_PG_FIELD_DOUBLE] = {"double precision", sizeof(double), false},
             [GREEN_PG_FIELD_BOOL] = {"boolean", sizeof(bool), false},
             [GREEN_PG_FIELD_TEXT] = {"text", sizeof(char *), true},
             [GREEN_PG_FIELD_CHARS] = {"text", 0, false},
             [GREEN_PG_FIELD_BYTES] = {"bytea", sizeof(green_pg_blob), true},
             [GREEN_PG_FIELD_TIME] = {"timestamptz", sizeof(int64_t), false},
             [GREEN_PG_FIELD_JSON] = {"jsonb", sizeof(char *), true},
             [GREEN_PG_FIELD_ENUM] = {"text", sizeof(int), false}};

static int wrong(const green_pg_table *table, const green_pg_field *field, const char *what) {
  return green_fail(GREEN_EINVAL, "%s.%s: %s", table->name, field->name, what);
}

static int check_field(const green_pg_table *table, const green_pg_field *field) {
  if (field->kind < GREEN_PG_FIELD_INT32 || field->kind > GREEN_PG_FIELD_ENUM)
    return wrong(table, field, "it has no kind");
  if (kinds[field->kind].size && field->size != kinds[field->kind].size)
    return wrong(table, field, "the member's size is not that of its kind");
  if (field->kind == GREEN_PG_FIELD_ENUM && !field->names)
    return wrong(table, field, "an enumeration needs its names");
  if (field->nullable && !kinds[field->kind].pointing && !field->null_at)
    return wrong(table, field, "it needs a bool that says whether it is NULL: GREEN_PG_NULL_IN");
  if (field->generated && field->kind > GREEN_PG_FIELD_INT64)
    return wrong(table, field, "an integer can be generated, and nothing else");
  return 0;
}

/* The key's field, or NULL; the whole table is looked at. */
static int check_table(const green_pg_table *table, const green_pg_field **key) {
  const green_pg_field *found = NULL;
  for (size_t i = 0; i < table->count; i++) {
    int rc = check_field(table, &table->fields[i]);
    if (rc < 0) return rc;
    if (!table->fields[i].key) continue;
    if (found) return wrong(table, &table->fields[i], "a second key");
    found = &table->fields[i];
  }
  if (!found) return green_fail(GREEN_EINVAL, "%s: no field is its key", table->name);
  *key = found;
  return 0;
}

static const green_pg_field *field_of(const green_pg_table *table, const char *name) {
  for (size_t i = 0; i < table->count; i++)
    if (strcmp(table->fields[i].name, name) == 0) return &table->fields[i];
  return NULL;
}

/* ---- from a struct --------------------------------------------------------------------------- */

static const void *member_of(const green_pg_field *field, const void *row) {
  return (const char *)row + field->offset;
}

static bool is_null(const green_pg_field *field, const void *row) {
  if (!field->nullable || kinds[field->kind].pointing) return false;
  return *(const bool *)((const char *)row + field->null_at);
}

static int enum_value(const green_pg_field *field, int number, green_pg_value *out) {
  int count = 0;
  while (field->names[count]) count++;
  if (number < 0 || number >= count)
    return green_fail(GREEN_ERANGE, "%s: %d has no name", field->name, number);
  *out = green_pg_text(field->names[number]);
  return 0;
}

static int value_of(const green_pg_field *field, const void *row, green_pg_value *out) {
  const void *member = member_of(field, row);
  const green_pg_blob *blob = member;
  *out = green_pg_null();
  if (is_null(field, row)) return 0;
  switch (field->kind) {
  case GREEN_PG_FIELD_INT32:
    *out = green_pg_int32(*(const int32_t *)member);
    break;
  case GREEN_PG_FIELD_INT64:
    *out = green_pg_int64(*(const int64_t *)member);
    break;
  case GREEN_PG_FIELD_DOUBLE:
    *out = green_pg_double(*(const double *)member);
    break;
  case GREEN_PG_FIELD_BOOL:
    *out = green_pg_bool(*(const bool *)member);
    break;
  case GREEN_PG_FIELD_TEXT:
    *out = green_pg_text(*(char *const *)member);
    break;
  case GREEN_PG_FIELD_CHARS:
    *out = green_pg_text_of(member, strnlen(member, field->size));
    break;
  case GREEN_PG_FIELD_BYTES:
    if (blob->data) *out = green_pg_bytes(blob->data, blob->size);
    break;
  case GREEN_PG_FIELD_TIME:
    *out = green_pg_timestamp(*(const int64_t *)member);
    break;
  case GREEN_PG_FIELD_JSON:
    *out = green_pg_json(*(char *const *)member);
    break;
  case GREEN_PG_FIELD_ENUM:
    return enum_value(field, *(const int *)member, out);
  }
  return 0;
}

/* Whether the database is to make the value. */
static bool is_made(const green_pg_field *field, const void *row) {
  if (!field->generated) return false;
  return field->kind == GREEN_PG_FIELD_INT32 ? *(const int32_t *)member_of(field, row) == 0
                                             : *(const int64_t *)member_of(field, row) == 0;
}

/* ---- into a struct --------------------------------------------------------------------------- */

static int copy_text(const char *text, char **out) {
  *out = green__copy_string(text, SIZE_MAX);
  return *out ? 0 : GREEN_ENOMEM;
}

static int copy_bytes(green_pg_result *result, size_t row, size_t column, green_pg_blob *out) {
  const void *data;
  int rc = green_pg_get_bytes(result, row, column, &data, &out->size);
  if (rc) return rc;
  if (!(out->data = green__alloc(out->size + 1))) return GREEN_ENOMEM;
  memcpy(out->data, data, out->size);
  return 0;
}

static int read_enum(const green_pg_field *field, const char *text, int *out) {
  for (int i = 0; field->names[i]; i++) {
    if (strcmp(field->names[i], text) != 0) continue;
    *out = i;
    return 0;
  }
  return GREEN_ERANGE;
}

static int read_text(const green_pg_field *field, const char *text, void *member) {
  if (field->kind == GREEN_PG_FIELD_ENUM) return read_enum(field, text, member);
  if (field->kind != GREEN_PG_FIELD_CHARS) return copy_text(text, member);
  if (strlen(text) >= field->size) return GREEN_ERANGE;
  strcpy(member, text);
  return 0;
}

/* One value: 0, 1: NULL, or a status. */
static int read_value(green_pg_result *result, size_t row, size_t column,
                      const green_pg_field *field, void *member) {
  const char *text;
  int rc;
  switch (field->kind) {
  case GREEN_PG_FIELD_INT32:
    return green_pg_get_int32(result, row, column, member);
  case GREEN_PG_FIELD_INT64:
    return green_pg_get_int64(result, row, column, member);
  case GREEN_PG_FIELD_DOUBLE:
    return green_pg_get_double(result, row, column, member);
  case GREEN_PG_FIELD_BOOL:
    return green_pg_get_bool(result, row, column, member);
  case GREEN_PG_FIELD_TIME:
    return green_pg_get_timestamp(result, row, column, member);
  case GREEN_PG_FIELD_BYTES:
    return copy_bytes(result, row, column, member);
  default:
    rc = green_pg_get_text(result, row, column, &text);
    return rc ? rc : read_text(field, text, member);
  }
}

static int read_row(const green_pg_table *table, green_pg_result *result, size_t row, void *out) {
  memset(out, 0, table->size);
  for (size_t i = 0; i < table->count; i++) {
    const green_pg_field *field = &table->fields[i];
    int rc = read_value(result, row, i, field, (char *)out + field->offset);
    if (rc == GREEN_PG_NULL && !field->nullable) rc = GREEN_ETYPE;
    if (rc < 0) {
      green_pg_row_clear(table, out);
      return green_fail(rc, "%s.%s: the value does not fit the member: %s", table->name,
                        field->name, green_strerror(rc));
    }
    if (rc == GREEN_PG_NULL && !kinds[field->kind].pointing)
      *(bool *)((char *)out + field->null_at) = true;
  }
  return 0;
}

void green_pg_row_clear(const green_pg_table *table, void *row) {
  for (size_t i = 0; i < table->count; i++) {
    void *member = (char *)row + table->fields[i].offset;
    if (kinds[table->fields[i].kind].pointing) green__free(*(void **)member);
  }
  memset(row, 0, table->size);
}

void green_pg_rows_release(const green_pg_table *table, void *rows, size_t count) {
  if (!rows) return;
  for (size_t i = 0; i < count; i++) green_pg_row_clear(table, (char *)rows + i * table->size);
  green__free(rows);
}

/* ---- statements ------------------------------------------------------------------------------ */

/* Runs what was written, and frees it. */
static int text_run(green_pg *pg, struct text *text, const green_pg_value *values, size_t count,
                    green_pg_result **out) {
  int rc = text->failed;
  if (rc == GREEN_ENOMEM) green_fail(rc, "%s", green_strerror(rc));
  if (!rc) rc = green_pg_query_prepared(pg, out, text->at, values, count);
  green__free(text->at);
  return rc;
}

/* The same of a statement that concerns the row with a key, if there is one. */
static int run_on_one(green_pg *pg, struct text *text, const green_pg_value *values, size_t count) {
  green_pg_result *result = NULL;
  int rc = text_run(pg, text, values, count, &result);
  if (rc == 0 && green_pg_affected(result) == 0)
    rc = green_fail(GREEN_ENOENT, "there is no row with that key");
  green_pg_result_release(result);
  return rc;
}

static void append_column(struct text *text, const green_pg_field *field) {
  append_name(text, field->name);
  text_append(text, " %s", kinds[field->kind].column);
  if (!field->nullable) text_append(text, " not null");
  if (field->key) text_append(text, " primary key");
  if (field->generated) text_append(text, " generated by default as identity");
  if (field->unique) text_append(text, " unique");
  if (field->kind == GREEN_PG_FIELD_ENUM) {
    text_append(text, " check (");
    append_name(text, field->name);
    for (size_t i = 0; field->names[i]; i++) {
      text_append(text, i ? ", " : " in (");
      append_literal(text, field->names[i]);
    }
    text_append(text, "))");
  }
  if (field->parent) {
    text_append(text, " references ");
    append_name(text, field->parent->name);
  }
}

int green_pg_row_create_table(green_pg *pg, const green_pg_table *table) {
  const green_pg_field *key;
  struct text text = {NULL, 0, 0, 0};
  int rc = check_table(table, &key);
  if (rc < 0) return rc;
  text_append(&text, "create table if not exists ");
  append_name(&text, table->name);
  for (size_t i = 0; i < table->count; i++) {
    text_append(&text, i ? ", " : " (");
    append_column(&text, &table->fields[i]);
  }
  text_append(&text, ")");
  rc = text.failed ? text.failed : green_pg_query(pg, NULL, text.at, GREEN_PG_NONE);
  green__free(text.at);
  return rc;
}

/* The values of a row, in the order of the fields; those that the database makes left out of
 * *count. */
static int values_of(const green_pg_table *table, const void *row, bool insert,
                     green_pg_value **values, size_t *count) {
  *count = 0;
  *values = green__alloc(table->count * sizeof **values);
  if (!*values) return green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  for (size_t i = 0; i < table->count; i++) {
    if (insert && is_made(&table->fields[i], row)) continue;
    int rc = value_of(&table->fields[i], row, &(*values)[(*count)++]);
    if (rc == 0) continue;
    green__free(*values);
    return rc;
  }
  return 0;
}

static void append_insert(struct text *text, const green_pg_table *table, const void *row) {
  text_append(text, "insert into ");
  append_name(text, table->name);
  text_append(text, " (");
  append_names(text, table);
  for (size_t i = 0, number = 0; i < table->count; i++) {
    text_append(text, i ? ", " : ") values (");
    if (is_made(&table->fields[i], row))
      text_append(text, "default");
    else
      text_append(text, "$%zu", ++number);
  }
  text_append(text, ") returning ");
  append_names(text, table);
}

/* What the database has made. */
static int take_made(const green_pg_table *table, green_pg_result *result, void *row) {
  for (size_t i = 0; i < table->count; i++) {
    const green_pg_field *field = &table->fields[i];
    if (!is_made(field, row)) continue;
    int rc = read_value(result, 0, i, field, (char *)row + field->offset);
    if (rc)
      return green_fail(rc < 0 ? rc : GREEN_EPROTO, "%s.%s: the value that was made does not fit",
                        table->name, field->name);
  }
  return 0;
}

int green_pg_row_insert(green_pg *pg, const green_pg_table *table, void *row) {
  const green_pg_field *key;
  green_pg_result *result = NULL;
  struct text text = {NULL, 0, 0, 0};
  green_pg_value *values;
  size_t count;
  int rc = check_table(table, &key);
  if (rc == 0) rc = values_of(table, row, true, &values, &count);
  if (rc < 0) return rc;
  append_insert(&text, table, row);
  rc = text_run(pg, &text, values, count, &result);
  if (rc == 0) rc = take_made(table, result, row);
  green_pg_result_release(result);
  green__free(values);
  return rc;
}

static void append_key(struct text *text, const green_pg_field *key, size_t number) {
  text_append(text, " where ");
  append_name(text, key->name);
  text_append(text, " = $%zu", number);
}

int green_pg_row_update(green_pg *pg, const green_pg_table *table, const void *row) {
  const green_pg_field *key;
  struct text text = {NULL, 0, 0, 0};
  green_pg_value *values;
  size_t count;
  int rc = check_table(table, &key);
  if (rc == 0) rc = values_of(table, row, false, &values, &count);
  if (rc < 0) return rc;
  text_append(&text, "update ");
  append_name(&text, table->name);
  for (size_t i = 0; i < table->count; i++) {
    text_append(&text, i ? ", " : " set ");
    append_name(&text, table->fields[i].name);
    text_append(&text, " = $%zu", i + 1);
  }
  append_key(&text, key, (size_t)(key - table->fields) + 1);
  rc = run_on_one(pg, &text, values, count);
  green__free(values);
  return rc;
}

int green_pg_row_delete(green_pg *pg, const green_pg_table *table, const void *row) {
  const green_pg_field *key;
  struct text text = {NULL, 0, 0, 0};
  green_pg_value value;
  int rc = check_table(table, &key);
  if (rc == 0) rc = value_of(key, row, &value);
  if (rc < 0) return rc;
  text_append(&text, "delete from ");
  append_name(&text, table->name);
  append_key(&text, key, 1);
  return run_on_one(pg, &text, &value, 1);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void append_select(struct text *text, const green_pg_table *table) {
  text_append(text, "select ");
  append_names(text, table);
  text_append(text, " from ");
  append_name(text, table->name);
}

int green_pg_row_find(green_pg *pg, const green_pg_table *table, void *row, green_pg_value value) {
  const green_pg_field *key;
  green_pg_result *result = NULL;
  struct text text = {NULL, 0, 0, 0};
  memset(row, 0, table->size);
  int rc = check_table(table, &key);
  if (rc < 0) return rc;
  append_select(&text, table);
  append_key(&text, key, 1);
  rc = text_run(pg, &text, &value, 1, &result);
  if (rc == 0 && green_pg_row_count(result) == 0)
    rc = green_fail(GREEN_ENOENT, "%s: there is no row with that key", table->name);
  if (rc == 0) rc = read_row(table, result, 0, row);
  green_pg_result_release(result);
  return rc;
}

static int read_all(const green_pg_table *table, green_pg_result *result, void **rows,
                    size_t *count) {
  size_t most = green_pg_row_count(result), done = 0;
  if (!most) return 0;
  char *all = most <= SIZE_MAX / table->size ? green__alloc(most * table->size) : NULL;
  int rc = all ? 0 : green_fail(GREEN_ENOMEM, "%s", green_strerror(GREEN_ENOMEM));
  while (rc == 0 && done < most) {
    rc = read_row(table, result, done, all + done * table->size);
    if (rc == 0) done++;
  }
  if (rc < 0) {
    green_pg_rows_release(table, all, done);
    return rc;
  }
  *rows = all;
  *count = done;
  return 0;
}

static int rows_list(green_pg *pg, const green_pg_table *table, struct text *text,
                     const green_pg_value *values, size_t value_count, void *rows, size_t *count) {
  green_pg_result *result = NULL;
  void *all = NULL;
  int rc = text_run(pg, text, values, value_count, &result);
  if (rc == 0) rc = read_all(table, result, &all, count);
  memcpy(rows, &all, sizeof all);
  green_pg_result_release(result);
  return rc;
}

int green_pg_row_list(green_pg *pg, const green_pg_table *table, void *rows, const char *condition,
                      const green_pg_value *values, size_t value_count, size_t *count) {
  const green_pg_field *key;
  struct text text = {NULL, 0, 0, 0};
  memset(rows, 0, sizeof(void *));
  *count = 0;
  int rc = check_table(table, &key);
  if (rc < 0) return rc;
  append_select(&text, table);
  if (condition) text_append(&text, " where %s", condition);
  return rows_list(pg, table, &text, values, value_count, rows, count);
}

static int check_relation(const green_pg_table *table, const char *name,
                          const green_pg_field **field, const green_pg_field **parents_key) {
  *field = field_of(table, name);
  if (!*field || !(*field)->parent)
    return green_fail(GREEN_EINVAL, "%s.%s: %s", table->name, name,
                      *field ? "it has no parent" : "there is no such field");
  return check_table((*field)->parent, parents_key);
}

int green_pg_row_parent(green_pg *pg, const green_pg_table *table, const void *row, void *parent,
                        const char *name) {
  const green_pg_field *field, *key;
  green_pg_value value;
  int rc = check_relation(table, name, &field, &key);
  if (rc < 0) return rc;
  memset(parent, 0, field->parent->size);
  if ((rc = value_of(field, row, &value)) < 0) return rc;
  if (is_null(field, row)) return green_fail(GREEN_ENOENT, "%s.%s is NULL", table->name, name);
  return green_pg_row_find(pg, field->parent, parent, value);
}

int green_pg_row_children(green_pg *pg, const green_pg_table *table, void *rows, const char *name,
                          const void *parent, size_t *count) {
  const green_pg_field *field, *parents_key, *key;
  green_pg_value value;
  struct text text = {NULL, 0, 0, 0};
  memset(rows, 0, sizeof(void *));
  *count = 0;
  int rc = check_relation(table, name, &field, &parents_key);
  if (rc == 0) rc = check_table(table, &key);
  if (rc == 0) rc = value_of(parents_key, parent, &value);
  if (rc < 0) return rc;
  append_select(&text, table);
  append_key(&text, field, 1);
  text_append(&text, " order by ");
  append_name(&text, key->name);
  return rows_list(pg, table, &text, &value, 1, rows, count);
}
