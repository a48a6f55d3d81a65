/* Values as PostgreSQL writes them, read as what they are. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "pg.h"

#define DAY INT64_C(86400000000) /* microseconds */

locale_t green__pg_locale(void) {
  static locale_t c;
  if (!c) c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  return c;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static struct green__pg_cell *cell_of(const green_pg_result *result, size_t row, size_t column) {
  if (row >= result->rows || column >= result->columns) return NULL;
  return &result->cell[row * result->columns + column];
}

/* A value of one of the types, a set of bits: 0 and *text, GREEN_PG_NULL, or a status. */
static int value_of(const green_pg_result *result, size_t row, size_t column, unsigned types,
                    const char **text) {
  const struct green__pg_cell *cell = cell_of(result, row, column);
  *text = NULL;
  if (!cell) return GREEN_ERANGE;
  if (!(types >> green_pg_column_type(result, column) & 1)) return GREEN_ETYPE;
  *text = cell->data;
  return cell->data ? 0 : GREEN_PG_NULL;
}

bool green_pg_is_null(const green_pg_result *result, size_t row, size_t column) {
  const struct green__pg_cell *cell = cell_of(result, row, column);
  return !cell || !cell->data;
}

const char *green_pg_text_at(const green_pg_result *result, size_t row, size_t column,
                             size_t *size) {
  const struct green__pg_cell *cell = cell_of(result, row, column);
  bool there = cell && cell->data && !cell->decoded;
  if (size) *size = there ? cell->size : 0;
  return there ? cell->data : NULL;
}

int green_pg_get_text(const green_pg_result *result, size_t row, size_t column, const char **out) {
  *out = green_pg_text_at(result, row, column, NULL);
  if (*out) return 0;
  return cell_of(result, row, column) ? GREEN_PG_NULL : GREEN_ERANGE;
}

/* ---- scalars --------------------------------------------------------------------------------- */

int green_pg_get_bool(const green_pg_result *result, size_t row, size_t column, bool *out) {
  const char *text;
  *out = false;
  int rc = value_of(result, row, column, 1u << GREEN_PG_BOOL | 1u << GREEN_PG_TEXT, &text);
  if (rc) return rc;
  if (strcmp(text, "t") == 0 || strcmp(text, "true") == 0) {
    *out = true;
    return 0;
  }
  return strcmp(text, "f") == 0 || strcmp(text, "false") == 0 ? 0 : GREEN_ETYPE;
}

/* Digits with a sign, and a fraction of noughts. */
static int read_integer(const char *text, int64_t *out) {
  char *end;
  const char *digits = *text == '-' ? text + 1 : text;
  if (*digits < '0' || *digits > '9') return GREEN_ETYPE;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  if (*end == '.') end += 1 + strspn(end + 1, "0");
  if (*end >= '1' && *end <= '9') return GREEN_ERANGE; /* a fraction */
  if (*end) return GREEN_ETYPE;
  if (errno == ERANGE) return GREEN_ERANGE;
  *out = number;
  return 0;
}

#define INTEGERS (1u << GREEN_PG_INT | 1u << GREEN_PG_NUMERIC | 1u << GREEN_PG_TEXT)

int green_pg_get_int64(const green_pg_result *result, size_t row, size_t column, int64_t *out) {
  const char *text;
  *out = 0;
  int rc = value_of(result, row, column, INTEGERS, &text);
  return rc ? rc : read_integer(text, out);
}

int green_pg_get_int32(const green_pg_result *result, size_t row, size_t column, int32_t *out) {
  int64_t number;
  *out = 0;
  int rc = green_pg_get_int64(result, row, column, &number);
  if (rc) return rc;
  if (number < INT32_MIN || number > INT32_MAX) return GREEN_ERANGE;
  *out = (int32_t)number;
  return 0;
}

int green_pg_get_double(const green_pg_result *result, size_t row, size_t column, double *out) {
  const char *text;
  char *end;
  *out = 0;
  int rc = value_of(result, row, column, INTEGERS | 1u << GREEN_PG_DOUBLE, &text);
  if (rc) return rc;
  errno = 0;
  locale_t before = uselocale(green__pg_locale());
  double number = strtod(text, &end);
  uselocale(before);
  if (end == text || *end) return GREEN_ETYPE;
  if (errno == ERANGE && isinf(number)) return GREEN_ERANGE;
  *out = number;
  return 0;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/* "0aff", in place. How many bytes, or GREEN_ETYPE. */
static int64_t decode_hex(char *out, const char *text, size_t size) {
  if (size % 2) return GREEN_ETYPE;
  for (size_t i = 0; i < size; i++)
    if (nibble(text[i]) < 0) return GREEN_ETYPE;
  for (size_t i = 0; i < size / 2; i++)
    out[i] = (char)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
  return (int64_t)size / 2;
}

/* "a\\b\000", as bytea_output = escape writes it, in place. */
static int64_t decode_escapes(char *out, const char *text) {
  char *start = out;
  for (; *text; text++) {
    bool octal = *text == '\\' && text[1] != '\\';
    if (octal && (strspn(text + 1, "01234567") < 3 || text[1] > '3')) return GREEN_ETYPE;
    if (*text == '\\') text++;
    *out++ = octal ? (char)((text[0] - '0') << 6 | (text[1] - '0') << 3 | (text[2] - '0')) : *text;
    if (octal) text += 2;
  }
  return out - start;
}

static int cell_decode(struct green__pg_cell *cell) {
  bool hex = strncmp(cell->data, "\\x", 2) == 0;
  int64_t count = hex ? decode_hex(cell->data, cell->data + 2, cell->size - 2)
                      : decode_escapes(cell->data, cell->data);
  if (count < 0) return (int)count;
  cell->data[count] = 0;
  cell->size = (uint32_t)count;
  cell->decoded = true;
  return 0;
}

int green_pg_get_bytes(green_pg_result *result, size_t row, size_t column, const void **out,
                       size_t *size) {
  const char *text;
  *out = NULL;
  *size = 0;
  int rc = value_of(result, row, column, 1u << GREEN_PG_BYTES, &text);
  if (rc) return rc;
  struct green__pg_cell *cell = cell_of(result, row, column);
  if (!cell->decoded && (rc = cell_decode(cell)) < 0) return rc;
  *out = cell->data;
  *size = cell->size;
  return 0;
}

/* ---- points in time -------------------------------------------------------------------------- */

/* Days since 1970 of a date of the Gregorian calendar, which is continued into the past, and back:
 * in eras of 400 years that begin with March. */
static int64_t days_of(int64_t year, int month, int day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
  int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
  int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
  int64_t shifted = (5 * of_year + 2) / 153;
  *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
  *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
  *year = years + era * 400 + (*month <= 2);
}

int green__pg_timestamp_write(char *out, int64_t microseconds) {
  int64_t days = microseconds / DAY, rest = microseconds % DAY, year;
  int month, day;
  if (rest < 0) {
    rest += DAY;
    days--;
  }
  date_of(days, &year, &month, &day);
  if (year < 1 || year > 294276) return GREEN_ERANGE;
  int seconds = (int)(rest / 1000000);
  snprintf(out, GREEN__PG_TEXT_SIZE, "%04d-%02d-%02d %02d:%02d:%02d.%06d+00", (int)year, month, day,
           seconds / 3600, seconds / 60 % 60, seconds % 60, (int)(rest % 1000000));
  return 0;
}

/* Digits of a number below 10^9, of which there are at least `least`. */
static bool read_digits(const char **text, int least, int *out) {
  const char *start = *text;
  int number = 0;
  while (**text >= '0' && **text <= '9' && *text - start < 9)
    number = number * 10 + *(*text)++ - '0';
  *out = number;
  return *text - start >= least;
}

static bool read_character(const char **text, char wanted) {
  if (**text != wanted) return false;
  ++*text;
  return true;
}

/* ".5": to microseconds. */
static bool read_fraction(const char **text, int *out) {
  const char *start = *text;
  *out = 0;
  if (!read_digits(text, 1, out) || *text - start > 6) return false;
  for (ptrdiff_t digits = *text - start; digits < 6; digits++) *out *= 10;
  return true;
}

/* "+05:30", "-08", "+01:02:03": to microseconds east. */
static bool read_zone(const char **text, int64_t *out) {
  int sign = **text == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;
  ++*text;
  if (!read_digits(text, 2, &hours)) return false;
  if (read_character(text, ':') && !read_digits(text, 2, &minutes)) return false;
  if (read_character(text, ':') && !read_digits(text, 2, &seconds)) return false;
  *out = sign * (hours * INT64_C(3600) + minutes * INT64_C(60) + seconds) * 1000000;
  return true;
}

static bool read_time(const char **text, int64_t *out) {
  int hours, minutes, seconds, fraction = 0;
  int64_t zone = 0;
  if (!read_digits(text, 2, &hours) || !read_character(text, ':') ||
      !read_digits(text, 2, &minutes) || !read_character(text, ':') ||
      !read_digits(text, 2, &seconds))
    return false;
  if (read_character(text, '.') && !read_fraction(text, &fraction)) return false;
  if ((**text == '+' || **text == '-') && !read_zone(text, &zone)) return false;
  *out = (hours * INT64_C(3600) + minutes * INT64_C(60) + seconds) * 1000000 + fraction - zone;
  return true;
}

int green__pg_timestamp_read(const char *text, int64_t *microseconds) {
  int year, month, day;
  int64_t time = 0;
  if (strcmp(text, "infinity") == 0 || strcmp(text, "-infinity") == 0) return GREEN_ERANGE;
  if (!read_digits(&text, 4, &year) || !read_character(&text, '-') ||
      !read_digits(&text, 2, &month) || !read_character(&text, '-') ||
      !read_digits(&text, 2, &day) || month < 1 || month > 12)
    return GREEN_ETYPE;
  if (*text == ' ' && strcmp(text, " BC") != 0 && (++text, !read_time(&text, &time)))
    return GREEN_ETYPE;
  if (strcmp(text, " BC") == 0) return GREEN_ERANGE;
  if (*text) return GREEN_ETYPE;
  if (year > 294276) return GREEN_ERANGE;
  *microseconds = days_of(year, month, day) * DAY + time;
  return 0;
}

int green_pg_get_timestamp(const green_pg_result *result, size_t row, size_t column, int64_t *out) {
  const char *text;
  *out = 0;
  int rc = value_of(result, row, column,
                    1u << GREEN_PG_DATE | 1u << GREEN_PG_TIMESTAMP | 1u << GREEN_PG_TIMESTAMPTZ |
                        1u << GREEN_PG_TEXT,
                    &text);
  return rc ? rc : green__pg_timestamp_read(text, out);
}
