/* Statements without what may be secret in them: see sql.h. It need not know SQL whole; what it does not
 * understand it takes for something that has to be hidden. */
#include "sql.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 200

static bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

static bool is_word(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         is_digit(character) || character == '_' || (unsigned char)character >= 0x80;
}

/* Behind a string in such quotes, in which a backslash may stand before one; or the end of the text. */
static const char *skip_quoted(const char *at, char quote, bool escapes) {
  for (at++; *at; at++) {
    if (escapes && *at == '\\' && at[1])
      at++;
    else if (*at == quote && at[1] == quote)
      at++;
    else if (*at == quote)
      return at + 1;
  }
  return at;
}

/* Behind $tag$ ... $tag$, or `at`: it is none. */
static const char *skip_dollars(const char *at) {
  const char *tag = at + 1;
  while (is_word(*tag)) tag++;
  if (*tag != '$' || is_digit(at[1])) return at;
  size_t length = (size_t)(tag + 1 - at);
  for (const char *end = tag + 1; (end = strchr(end, '$')) != NULL; end++)
    if (strncmp(end, at, length) == 0) return end + length;
  return at + strlen(at);
}

static const char *skip_number(const char *at) {
  while (is_word(*at) || *at == '.') at++;
  return at;
}

/* Behind a comment, or `at`. */
static const char *skip_comment(const char *at) {
  if (at[0] == '-' && at[1] == '-') return at + strcspn(at, "\r\n");
  if (at[0] != '/' || at[1] != '*') return at;
  int depth = 0;
  do {
    bool opens = at[0] == '/' && at[1] == '*', closes = at[0] == '*' && at[1] == '/';
    depth += opens - closes;
    at += opens || closes ? 2 : 1;
  } while (depth && *at);
  return at;
}

/* Behind a string. Whether a backslash escapes a quote in one without E is up to the server
 * (standard_conforming_strings): where that makes a difference, all that follows may be in a string. */
static const char *skip_string(const char *at, bool escapes) {
  const char *behind = skip_quoted(at, '\'', true);
  return escapes || behind == skip_quoted(at, '\'', false) ? behind : at + strlen(at);
}

/* Behind something to be hidden that begins at `at`, or `at`. `before`: the character before it; `escapes`:
 * the E of E'' is. */
static const char *skip_secret(const char *at, char before, bool escapes) {
  if (*at == '\'') return skip_string(at, escapes);
  if (*at == '$' && !is_word(before)) return skip_dollars(at);
  if (is_digit(*at) && !is_word(before) && before != '$') return skip_number(at);
  return at;
}

/* A name in double quotes, copied; behind it. */
static const char *copy_name(char *to, size_t *used, const char *at) {
  const char *end = skip_quoted(at, '"', false);
  size_t size = (size_t)(end - at), room = LONGEST - *used;
  memcpy(to + *used, at, size < room ? size : room);
  *used += size < room ? size : room;
  return end;
}

static void secrets_hide(char *to, const char *sql) {
  size_t used = 0;
  char before = ' ';
  bool escapes = false;
  while (*sql && used < LONGEST) {
    const char *behind = skip_comment(sql), *secret = skip_secret(sql, before, escapes);
    escapes = (*sql == 'E' || *sql == 'e') && !is_word(before) && before != '$';
    if (behind != sql) {
      sql = behind;
      before = ' ';
    } else if (secret != sql) {
      to[used++] = before = '?';
      sql = secret;
    } else if (*sql == '"') {
      sql = copy_name(to, &used, sql);
      before = '"';
    } else {
      before = *sql++;
      to[used++] = before == '\n' || before == '\t' || before == '\r' ? ' ' : before;
    }
  }
  to[used] = 0;
}

void green__sql_span_begin(green_span *span, const char *sql) {
  char hidden[LONGEST + 1] = "";
  *span = (green_span){0};
  if (!green_observed()) return;
  if (sql) secrets_hide(hidden, sql);
  green_span_begin(span, "SQL", hidden);
}
