/* Dates of HTTP, in UTC without the C library's time zones. */
#include "grammar.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400

static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* Days since 1970 of a date of the Gregorian calendar, counted in years that begin with March. */
static int64_t days_of(int64_t year, unsigned month, unsigned day) {
  year -= month < 3;
  int64_t era = year / 400;
  unsigned of_era = (unsigned)(year - era * 400);
  unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t number, int *year, unsigned *month, unsigned *day) {
  number += 719468;
  int64_t era = number / 146097;
  unsigned of_era = (unsigned)(number - era * 146097);
  unsigned years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  unsigned of_year = of_era - (365 * years + years / 4 - years / 100);
  unsigned from_march = (5 * of_year + 2) / 153;
  *day = of_year - (153 * from_march + 2) / 5 + 1;
  *month = from_march < 10 ? from_march + 3 : from_march - 9;
  *year = (int)(years + (unsigned)era * 400 + (*month < 3));
}

void green__date_split(int64_t seconds, struct green__date *out) {
  if (seconds < 0) seconds = 0;
  int64_t number = seconds / DAY;
  unsigned rest = (unsigned)(seconds % DAY);
  date_of(number, &out->year, &out->month, &out->day);
  out->hour = rest / 3600;
  out->minute = rest / 60 % 60;
  out->second = rest % 60;
  memcpy(out->weekday, days + number % 7 * 3, 3);
  memcpy(out->month_name, months + (out->month - 1) * 3, 3);
  out->weekday[3] = out->month_name[3] = 0;
}

void green__date_print(char out[GREEN__DATE_SIZE], int64_t seconds) {
  struct green__date date;
  green__date_split(seconds, &date);
  snprintf(out, GREEN__DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", date.weekday, date.day,
           date.month_name, (unsigned)date.year % 10000, date.hour, date.minute, date.second);
}

/* So many digits, and nothing else. */
static bool digits_take(const char *at, size_t digits, unsigned *number) {
  uint64_t value;
  if (!green__number(at, digits, 9999, &value)) return false;
  *number = (unsigned)value;
  return true;
}

/* The month of a name, or 0. */
static unsigned month_of(const char name[3]) {
  for (unsigned i = 0; i < 12; i++)
    if (memcmp(months + 3 * i, name, 3) == 0) return i + 1;
  return 0;
}

/* Each in its place. The name of the day is not looked at: it says nothing more. */
bool green__date_parse(const char *text, int64_t *seconds) {
  static const char form[] = "???, ?? ??? ???? ??:??:?? GMT";
  unsigned year, day, hour, minute, second;
  if (strlen(text) != sizeof form - 1) return false;
  for (size_t i = 0; form[i]; i++)
    if (form[i] != '?' && text[i] != form[i]) return false;
  unsigned month = month_of(text + 8);
  bool good = month && digits_take(text + 5, 2, &day) && digits_take(text + 12, 4, &year) &&
              digits_take(text + 17, 2, &hour) && digits_take(text + 20, 2, &minute) &&
              digits_take(text + 23, 2, &second);
  if (!good || year < 1970 || !day || day > 31 || hour > 23 || minute > 59 || second > 60)
    return false;
  *seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
  return true;
}
