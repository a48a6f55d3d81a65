/* Reads requests out of bytes as the native server does, and writes down what they are: for what is
 * compared with another parser, and for the fuzzer. */
#ifndef GREENIO_TESTS_RAW_READER_H
#define GREENIO_TESTS_RAW_READER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "grammar/grammar.h"

#define READER_HEAD    8192
#define READER_HEADERS 100

struct reader {
  char *out; /* "POST / 5 HASH SIZE\n" for each request, the size and hash of its body, and
                its own size; then "400 why\n", or nothing if more has to come */
  size_t at, room;
  uint64_t size; /* of the present body */
  unsigned hash;
};

static void reader_say(struct reader *reader, const char *text) {
  size_t size = strlen(text);
  if (reader->at + size < reader->room) {
    memcpy(reader->out + reader->at, text, size + 1);
    reader->at += size;
  }
}

static void reader_refuse(struct reader *reader, int status, const char *why) {
  char text[160];
  snprintf(text, sizeof text, "%d %s\n", status, why ? why : "");
  reader_say(reader, text);
}

static void reader_content(struct reader *reader, const char *data, size_t size) {
  reader->size += size;
  for (size_t i = 0; i < size; i++) reader->hash = reader->hash * 31 + (unsigned char)data[i];
}

static void reader_field(void *reader, const struct green__field *field) {
  (void)reader, (void)field;
}

/* The body behind a head, of `size` bytes that are there: how many it takes. < 0: it is malformed, or
 * not whole. `cut`: it comes in such pieces. */
static long reader_body(struct reader *reader, const struct green__head_check *check,
                        const char *data, size_t size, size_t cut) {
  if (check->body != GREEN__UNKNOWN) {
    if (size < check->body) return -1;
    reader_content(reader, data, (size_t)check->body);
    return (long)check->body;
  }
  struct green__chunks chunks = {.most = READER_HEAD};
  size_t at = 0, there = 0;
  for (;;) {
    size_t used, content;
    if (there == at && at < size) there = size - at < cut ? size : at + cut;
    enum green__chunks_read read = green__chunks_next(&chunks, data + at, there - at, &used);
    at += used;
    if (read == GREEN__CHUNK_END) return (long)at;
    if (read == GREEN__CHUNK_BAD) reader_refuse(reader, 400, "a body that is malformed");
    if (read == GREEN__CHUNK_BAD || (read == GREEN__CHUNK_LATER && at == size)) return -1;
    if (read != GREEN__CHUNK_CONTENT) continue;
    content = there - at < chunks.left ? there - at : (size_t)chunks.left;
    reader_content(reader, data + at, content);
    green__chunks_took(&chunks, content);
    at += content;
  }
}

/* One request; how many bytes it takes, or < 0: that was all. */
static long reader_request(struct reader *reader, char *data, size_t size, size_t cut) {
  struct green__head_search search = {0};
  struct green__head_check check = {0};
  struct green__first_line line;
  const char *fields;
  enum green__found found = GREEN__FOUND_LATER;
  size_t empty = green__empty_lines(data, size), there = 0;
  data += empty;
  size -= empty;
  if (size == 1 && *data == '\r') return -1;
  while (found == GREEN__FOUND_LATER && there < size) {
    there = size - there < cut ? size : there + cut;
    found = green__head_search(&search, data, there);
  }
  size_t head = found == GREEN__FOUND ? search.seen : size;
  if (found == GREEN__FOUND_BAD) reader_refuse(reader, 400, "a line that does not end with CR LF");
  if (found != GREEN__FOUND_BAD && head > READER_HEAD)
    reader_refuse(reader, 431, "a head that is too large");
  if (found != GREEN__FOUND || head > READER_HEAD) return -1;
  if (green__head_split(data, &line, &fields)) {
    green__head_line(&check, line.method, line.target, line.protocol);
    green__head_fields(&check, fields, data + head, READER_HEADERS, reader_field, reader);
    green__head_end(&check);
  } else {
    green__head_refuse(&check, 400, "a line that is no request");
  }
  if (check.status) {
    reader_refuse(reader, check.status, check.why);
    return -1;
  }
  reader->size = reader->hash = 0;
  long body = reader_body(reader, &check, data + head, size - head, cut);
  if (body < 0) return -1;
  char text[64];
  reader_say(reader, line.method);
  reader_say(reader, " ");
  reader_say(reader, line.target);
  snprintf(text, sizeof text, " %llu %u %zu\n", (unsigned long long)reader->size, reader->hash,
           empty + head + (size_t)body);
  reader_say(reader, text);
  return green__head_keeps(&check) ? (long)(empty + head) + body : -1;
}

/* `data` is changed. */
static void reader_read(struct reader *reader, char *data, size_t size, size_t cut) {
  long taken = 0;
  if (reader->room) *reader->out = 0;
  for (size_t at = 0; at < size && taken >= 0; at += taken > 0 ? (size_t)taken : 0)
    taken = reader_request(reader, data + at, size - at, cut);
}

#endif
