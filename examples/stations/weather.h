/* The database of the example: weather stations, what they measured, and twenty questions about it.
 */
#ifndef WEATHER_H
#define WEATHER_H

#include <greenio/pg.h>

struct query {
  const char *title;
  const char *sql; /* gives one line of text */
};

#define QUERIES 20
extern const struct query queries[QUERIES];

struct answer {
  char text[120];
  double milliseconds; /* from when it was asked, others' turns included */
};

/* Makes the tables and fills them, if they are not there, and notes that they were opened. Parks.
 */
int weather_prepare(green_pg *pg);

/* Asks one of the questions, on a connection of its own. Parks. */
int weather_ask(const char *conninfo, size_t index, struct answer *out);

#endif
