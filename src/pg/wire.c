/* PostgreSQL's protocol: see wire.h. */
#include "wire.h"

#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"

/* The longest message that makes sense, as libpq has it. */
#define MESSAGE_MOST ((size_t)0x3fffffff)

/* ---- numbers --------------------------------------------------------------------------------- */

static uint32_t number_at(const void *at) {
  const unsigned char *byte = at;
  return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static void put_number_at(void *at, uint32_t number) {
  unsigned char *byte = at;
  for (int i = 0; i < 4; i++) byte[i] = (unsigned char)(number >> (24 - 8 * i));
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static void put_bytes(struct green__wire_out *out, const void *data, size_t size) {
  if (out->failed) return;
  if (size > out->room - out->size) {
    bool sensible = size < MESSAGE_MOST && out->size < MESSAGE_MOST;
    size_t room = out->size + size < 256 ? 256 : (out->size + size) / 2 * 3;
    char *grown = sensible ? green__realloc(out->data, room) : NULL;
    if (!grown) {
      out->failed = true;
      return;
    }
    out->data = grown;
    out->room = room;
  }
  if (size) memcpy(out->data + out->size, data, size);
  out->size += size;
}

static void put32(struct green__wire_out *out, uint32_t number) {
  char bytes[4];
  put_number_at(bytes, number);
  put_bytes(out, bytes, sizeof bytes);
}

static void put16(struct green__wire_out *out, unsigned number) {
  const char bytes[2] = {(char)(number >> 8), (char)number};
  put_bytes(out, bytes, sizeof bytes);
}

static void put_text(struct green__wire_out *out, const char *text) {
  put_bytes(out, text, strlen(text) + 1);
}

static void message_begin(struct green__wire_out *out, char type) {
  out->start = out->size;
  put_bytes(out, &type, 1);
  put32(out, 0);
}

static void end(struct green__wire_out *out) {
  if (!out->failed)
    put_number_at(out->data + out->start + 1, (uint32_t)(out->size - out->start - 1));
}

void green__wire_bare(struct green__wire_out *out, char type) {
  message_begin(out, type);
  end(out);
}

void green__wire_query(struct green__wire_out *out, const char *sql) {
  message_begin(out, 'Q');
  put_text(out, sql);
  end(out);
}

void green__wire_parse(struct green__wire_out *out, const char *statement, const char *sql,
                       const struct green__pg_parameter *parameters, size_t count) {
  message_begin(out, 'P');
  put_text(out, statement);
  put_text(out, sql);
  put16(out, (unsigned)count);
  for (size_t i = 0; i < count; i++) put32(out, parameters[i].type);
  end(out);
}

void green__wire_run(struct green__wire_out *out, const char *statement,
                     const struct green__pg_parameter *parameters, size_t count, size_t rows) {
  message_begin(out, 'B');
  put_text(out, "");
  put_text(out, statement);
  put16(out, (unsigned)count);
  for (size_t i = 0; i < count; i++) put16(out, parameters[i].binary);
  put16(out, (unsigned)count);
  for (size_t i = 0; i < count; i++) {
    put32(out, parameters[i].data ? (uint32_t)parameters[i].size : UINT32_MAX);
    if (parameters[i].data) put_bytes(out, parameters[i].data, parameters[i].size);
  }
  put16(out, 0); /* all columns as text */
  end(out);
  message_begin(out, 'D');
  put_text(out, "P");
  end(out);
  green__wire_execute(out, rows);
}

void green__wire_execute(struct green__wire_out *out, size_t rows) {
  message_begin(out, 'E');
  put_text(out, "");
  put32(out, rows < INT32_MAX ? (uint32_t)rows : INT32_MAX);
  end(out);
}

void green__wire_close_statement(struct green__wire_out *out, const char *statement) {
  message_begin(out, 'C');
  put_bytes(out, "S", 1);
  put_text(out, statement);
  end(out);
}

void green__wire_copy_data(struct green__wire_out *out, const void *data, size_t size) {
  message_begin(out, 'd');
  put_bytes(out, data, size);
  end(out);
}

void green__wire_copy_fail(struct green__wire_out *out, const char *reason) {
  message_begin(out, 'f');
  put_text(out, reason);
  end(out);
}

void green__wire_out_clear(struct green__wire_out *out) {
  green__free(out->data);
  memset(out, 0, sizeof *out);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* Fills data[*there] up to `size`. */
static int message_fill(struct green__wire_in *in, char *data, size_t *there, size_t size) {
  while (*there < size) {
    int rc = in->take(in->from, data + *there, size - *there);
    if (rc < 0) return rc;
    *there += (size_t)rc;
  }
  return 0;
}

/* Room for `size` bytes at `*used` of a block that grows, and one more. */
static bool make_room(char **block, size_t *room, size_t used, size_t size) {
  if (*block && size < *room - used) return true;
  size_t least, wanted;
  if (__builtin_add_overflow(used, size, &least) ||
      __builtin_add_overflow(least, least / 2, &wanted) ||
      __builtin_add_overflow(wanted, (size_t)256, &wanted))
    return false;
  char *grown = green__realloc(*block, wanted);
  if (!grown) return false;
  *block = grown;
  *room = wanted;
  return true;
}

/* The header has come: where the body goes. */
static int begin_body(struct green__wire_in *in) {
  size_t size = number_at(in->header + 1);
  if (size < 4 || size > MESSAGE_MOST) return GREEN_EPROTO;
  in->type = (char)in->header[0];
  in->size = size - 4;
  in->there = 0;
  in->whole = true;
  if (in->type == 'D') {
    in->skipped = !make_room(&in->rows, &in->rows_room, in->rows_size, in->size);
    in->body = in->rows;
  } else if (in->size < sizeof in->small) {
    in->skipped = false;
    in->body = in->small;
  } else {
    in->skipped = !make_room(&in->block, &in->block_room, 0, in->size);
    in->body = in->block;
  }
  return 0;
}

static int skip_body(struct green__wire_in *in) {
  char drain[512];
  while (in->there < in->size) {
    size_t left = in->size - in->there;
    int rc = in->take(in->from, drain, left < sizeof drain ? left : sizeof drain);
    if (rc < 0) return rc;
    in->there += (size_t)rc;
  }
  return GREEN_ENOMEM;
}

int green__wire_next(struct green__wire_in *in) {
  if (in->kept) {
    in->kept = false;
    return 0;
  }
  if (!in->whole) {
    size_t there = in->header_size;
    int rc = message_fill(in, (char *)in->header, &there, sizeof in->header);
    in->header_size = (unsigned)there;
    if (rc == 0) rc = begin_body(in);
    if (rc < 0) return rc;
  }
  char *body = in->body + (in->type == 'D' ? in->rows_size : 0);
  int rc = in->skipped ? skip_body(in) : message_fill(in, body, &in->there, in->size);
  if (rc < 0 && rc != GREEN_ENOMEM) return rc;
  in->whole = false;
  in->header_size = 0;
  if (rc < 0) return rc;
  body[in->size] = 0;
  if (in->type == 'D') {
    in->rows_size += in->size;
    in->row_count++;
  }
  return 0;
}

void green__wire_keep(struct green__wire_in *in) {
  in->kept = true;
}

void green__wire_in_clear(struct green__wire_in *in) {
  green__free(in->block);
  green__free(in->fields);
  green__free(in->rows);
  memset(in, 0, sizeof *in);
}

/* ---- results --------------------------------------------------------------------------------- */

/* What is read of a body; `bad` once it has been asked for more than there is. */
struct cursor {
  char *at, *end;
  bool bad;
};

static char *get_bytes(struct cursor *cursor, size_t size) {
  if (cursor->bad || size > (size_t)(cursor->end - cursor->at)) {
    cursor->bad = true;
    return NULL;
  }
  cursor->at += size;
  return cursor->at - size;
}

static uint32_t get32(struct cursor *cursor) {
  const char *at = get_bytes(cursor, 4);
  return at ? number_at(at) : 0;
}

static unsigned get16(struct cursor *cursor) {
  const unsigned char *at = (unsigned char *)get_bytes(cursor, 2);
  return at ? (unsigned)at[0] << 8 | at[1] : 0;
}

static const char *get_text(struct cursor *cursor) {
  const char *stop = memchr(cursor->at, 0, (size_t)(cursor->end - cursor->at));
  if (!stop) cursor->bad = true;
  return stop ? get_bytes(cursor, (size_t)(stop - cursor->at) + 1) : "";
}

#define FIELD_LEAST 19u /* bytes of a column without a name */

int green__wire_fields(struct green__wire_in *in) {
  char *fields = green__alloc(in->size + 1);
  green__wire_drop(in);
  if (!fields) return GREEN_ENOMEM;
  memcpy(fields, in->body, in->size + 1);
  struct cursor cursor = {fields, fields + in->size, false};
  in->columns = get16(&cursor);
  in->fields = fields;
  in->fields_size = in->size;
  return cursor.bad || in->size - 2 < in->columns * FIELD_LEAST ? GREEN_EPROTO : 0;
}

void green__wire_drop_rows(struct green__wire_in *in) {
  in->rows_size = in->row_count = 0;
}

void green__wire_drop(struct green__wire_in *in) {
  green__free(in->fields);
  green__free(in->rows);
  in->fields = in->rows = NULL;
  in->fields_size = in->columns = in->rows_size = in->rows_room = in->row_count = 0;
}

/* Whether there may be so many cells in the rows; before there is memory for them. */
static bool has_cells(const struct green__wire_in *in) {
  return in->rows_size >= in->row_count * (uint64_t)(2 + 4 * in->columns);
}

/* Names and types; the names go to the result's room. */
static bool row_describe(const struct green__wire_in *in, green_pg_result *result) {
  if (!in->columns) return true;
  memcpy(result->bytes, in->fields, in->fields_size);
  struct cursor cursor = {result->bytes + 2, result->bytes + in->fields_size, false};
  for (size_t i = 0; i < in->columns; i++) {
    result->column[i].name = get_text(&cursor);
    get_bytes(&cursor, 4 + 2); /* table, number of the column */
    result->column[i].oid = get32(&cursor);
    get_bytes(&cursor, 2 + 4 + 2); /* size, modifier, format */
  }
  return !cursor.bad;
}

/* Cells point into the rows as they came; the 0 byte behind each one replaces the first of the next
 * length, when that has been read. */
static bool row_cut(const struct green__wire_in *in, green_pg_result *result) {
  struct cursor cursor = {in->rows, in->rows + in->rows_size, false};
  struct green__pg_cell *cell = result->cell;
  char *stop = NULL;
  for (size_t row = 0; row < in->row_count; row++) {
    if (get16(&cursor) != in->columns) return false;
    for (size_t i = 0; i < in->columns && !cursor.bad; i++, cell++) {
      uint32_t size = get32(&cursor);
      if (stop) *stop = 0;
      stop = NULL;
      if (size == UINT32_MAX) continue;
      cell->data = get_bytes(&cursor, size);
      cell->size = size;
      stop = cursor.at;
    }
  }
  if (stop && !cursor.bad) *stop = 0;
  return !cursor.bad && cursor.at == cursor.end;
}

int green__wire_result(struct green__wire_in *in, const char *tag, green_pg_result **out) {
  size_t tag_size = strlen(tag) + 1;
  if (in->row_count && !in->fields) { /* there was no memory for that */
    green__wire_drop(in);
    return GREEN_ENOMEM;
  }
  if (!has_cells(in)) {
    green__wire_drop(in);
    return GREEN_EPROTO;
  }
  green_pg_result *result =
      green__pg_result_new(in->columns, in->row_count, in->fields_size + tag_size);
  bool good = result && row_describe(in, result) && row_cut(in, result);
  if (good) {
    result->command = memcpy(result->bytes + in->fields_size, tag, tag_size);
    result->owned = in->rows;
    result->drop = green__free;
    in->rows = NULL;
    in->rows_size = in->rows_room = in->row_count = 0;
    *out = result;
    return 0;
  }
  int rc = result ? GREEN_EPROTO : GREEN_ENOMEM;
  green_pg_result_release(result);
  green__wire_drop(in);
  return rc;
}

/* ---- what comes beside results --------------------------------------------------------------- */

bool green__wire_failure(const char *body, size_t size, green_pg *pg,
                         void (*field)(green_pg *pg, char letter, const char *value)) {
  struct cursor cursor = {(char *)body, (char *)body + size, false};
  for (;;) {
    const char *letter = get_bytes(&cursor, 1);
    if (!letter || !*letter) return letter != NULL;
    const char *value = get_text(&cursor);
    if (!cursor.bad) field(pg, *letter, value);
  }
}

bool green__wire_parameter(const struct green__wire_in *in, const char **name, const char **value) {
  struct cursor cursor = {in->body, in->body + in->size, false};
  *name = get_text(&cursor);
  *value = get_text(&cursor);
  return !cursor.bad;
}

bool green__wire_is_copy(const struct green__wire_in *in) {
  struct cursor cursor = {in->body, in->body + in->size, false};
  get_bytes(&cursor, 1); /* text or binary */
  get_bytes(&cursor, 2 * (size_t)get16(&cursor));
  return !cursor.bad && cursor.at == cursor.end;
}

bool green__wire_notification(const struct green__wire_in *in, const char **channel,
                              const char **payload, int *process) {
  struct cursor cursor = {in->body, in->body + in->size, false};
  *process = (int)get32(&cursor);
  *channel = get_text(&cursor);
  *payload = get_text(&cursor);
  return !cursor.bad;
}
