/* A body in chunks (RFC 9112, 7.1), a byte after the other, however it is cut.
 *
 * Strict: sizes are hexadecimal digits and nothing else; extensions are names with values that are
 * tokens or quoted, with no blank before or behind them; a trailer is a header like others, and none
 * that says how a message is read. Extensions and trailers are passed over, and have a limit together,
 * as have zeros before a size: with each of them a client could send without end what is no body.
 */
#include "grammar.h"

#include <string.h>

enum state {
  SIZE_FIRST, /* a digit must come */
  SIZE,
  EXTENSION_FIRST, /* behind ';' */
  EXTENSION,
  VALUE_FIRST, /* behind '=' */
  VALUE,
  QUOTED,
  ESCAPED, /* behind '\' in quotes */
  QUOTED_END,
  SIZE_LF, /* behind the CR */
  CONTENT,
  CONTENT_CR,
  CONTENT_LF,
  TRAILER_FIRST,
  TRAILER,
  TRAILER_VALUE,
  TRAILER_LF,
  END_LF,
  ENDED,
  BAD,
};

/* More would be taken for something else somewhere. */
#define MOST_SIZE (UINT64_MAX >> 8)

static bool is_token_byte(char c) {
  return green__is_of(c, GREEN__IN_TOKEN);
}

/* A trailer that must not say such a thing. */
static bool is_forbidden(const struct green__chunks *chunks) {
  static const char *const names[] = {"content-length", "transfer-encoding", "host"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (green__is_word(chunks->name, chunks->name_size, names[i])) return true;
  return false;
}

static enum state take_digit(struct green__chunks *chunks, char c) {
  int digit = green__hex(c);
  if (digit < 0 || chunks->left > MOST_SIZE >> 4) return BAD;
  if (!chunks->left && !digit) chunks->passed++;
  chunks->left = chunks->left << 4 | (unsigned)digit;
  return SIZE;
}

/* What may follow a size, an extension's name or its value. */
static enum state extension_behind(char c) {
  return c == ';' ? EXTENSION_FIRST : c == '\r' ? SIZE_LF : BAD;
}

static enum state name_byte(struct green__chunks *chunks, char c) {
  if (!is_token_byte(c)) return BAD;
  if (chunks->name_size < sizeof chunks->name) chunks->name[chunks->name_size] = c;
  if (chunks->name_size <= sizeof chunks->name) chunks->name_size++;
  return TRAILER;
}

/* In the line of a size. */
static enum state line_byte(struct green__chunks *chunks, char c) {
  switch (chunks->state) {
  case SIZE_FIRST:
    return take_digit(chunks, c);
  case SIZE:
    return green__hex(c) < 0 ? extension_behind(c) : take_digit(chunks, c);
  case EXTENSION_FIRST:
    return is_token_byte(c) ? EXTENSION : BAD;
  case EXTENSION:
    if (is_token_byte(c)) return EXTENSION;
    return c == '=' ? VALUE_FIRST : extension_behind(c);
  case VALUE_FIRST:
    if (c == '"') return QUOTED;
    return is_token_byte(c) ? VALUE : BAD;
  case VALUE:
    return is_token_byte(c) ? VALUE : extension_behind(c);
  case QUOTED:
    if (c == '"') return QUOTED_END;
    return c == '\\' ? ESCAPED : green__is_of(c, GREEN__IN_VALUE) ? QUOTED : BAD;
  case ESCAPED:
    return green__is_of(c, GREEN__IN_VALUE) ? QUOTED : BAD;
  case QUOTED_END:
    return extension_behind(c);
  default: /* SIZE_LF */
    return c != '\n' ? BAD : chunks->left ? CONTENT : TRAILER_FIRST;
  }
}

/* Behind the content, and in trailers. */
static enum state rest_byte(struct green__chunks *chunks, char c) {
  switch (chunks->state) {
  case CONTENT_CR:
    return c == '\r' ? CONTENT_LF : BAD;
  case CONTENT_LF:
    return c == '\n' ? SIZE_FIRST : BAD;
  case TRAILER_FIRST:
    chunks->name_size = 0;
    return c == '\r' ? END_LF : name_byte(chunks, c);
  case TRAILER:
    if (c != ':') return name_byte(chunks, c);
    return is_forbidden(chunks) ? BAD : TRAILER_VALUE;
  case TRAILER_VALUE:
    return c == '\r' ? TRAILER_LF : green__is_of(c, GREEN__IN_VALUE) ? TRAILER_VALUE : BAD;
  case TRAILER_LF:
    return c == '\n' ? TRAILER_FIRST : BAD;
  default: /* END_LF */
    return c == '\n' ? ENDED : BAD;
  }
}

static bool is_passed_over(unsigned state) {
  return (state >= EXTENSION_FIRST && state <= QUOTED_END) ||
         (state >= TRAILER && state <= TRAILER_LF);
}

enum green__chunks_read green__chunks_next(struct green__chunks *chunks, const char *data,
                                           size_t size, size_t *used) {
  size_t at = 0;
  while (chunks->state < ENDED && chunks->state != CONTENT && at < size) {
    char c = data[at++];
    chunks->state = chunks->state <= SIZE_LF ? line_byte(chunks, c) : rest_byte(chunks, c);
    if (is_passed_over(chunks->state)) chunks->passed++;
    if (chunks->passed > chunks->most) chunks->state = BAD;
  }
  *used = at;
  if (chunks->state == BAD) return GREEN__CHUNK_BAD;
  if (chunks->state == ENDED) return GREEN__CHUNK_END;
  return chunks->state == CONTENT && at < size ? GREEN__CHUNK_CONTENT : GREEN__CHUNK_LATER;
}

void green__chunks_took(struct green__chunks *chunks, size_t size) {
  chunks->left -= size;
  if (!chunks->left) chunks->state = CONTENT_CR;
}
