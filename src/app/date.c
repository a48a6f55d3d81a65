/* Dates of HTTP, in UTC without the C library's time zones. */
#include <stdio.h>
#include <string.h>
#include "app.h"

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

bool green__date_parse(const char *text, int64_t *seconds) {
  char name[4];
  int year, taken = 0;
  unsigned day, hour, minute, second;
  if (strlen(text) != 29 || memcmp(text + 3, ", ", 2) != 0) return false;
  int got = sscanf(text + 5, "%2u %3[A-Za-z] %4d %2u:%2u:%2u GMT%n", &day, name, &year, &hour,
                   &minute, &second, &taken);
  const char *month = got == 6 && taken == 24 && strlen(name) == 3 ? strstr(months, name) : NULL;
  if (!month || (month - months) % 3 || year < 1970 || !day || day > 31 || hour > 23 ||
      minute > 59 || second > 60)
    return false;
  int64_t number = days_of(year, (unsigned)((month - months) / 3 + 1), day);
  *seconds = number * DAY + hour * 3600 + minute * 60 + second;
  return true;
}
