/* The example on a terminal: opens the database that the argument names, and asks all at once.
 *
 *   stations [CONNINFO]     natively a server: postgres://..., or as the environment says: ""
 *                           in Node also memory: (taken if none is given) and file:PATH
 */
#include <stdio.h>
#include <stdlib.h>
#include <greenio/greenio.h>
#include "weather.h"

struct question {
  const char *conninfo;
  size_t index;
  struct answer answer;
};

static int ask(void *arg) {
  struct question *question = arg;
  return weather_ask(question->conninfo, question->index, &question->answer);
}

static int ask_all(const char *conninfo) {
  struct question questions[QUERIES];
  green_future *asked[QUERIES];
  int failed = 0;
  for (size_t i = 0; i < QUERIES; i++) {
    questions[i] = (struct question){.conninfo = conninfo, .index = i};
    asked[i] = green_spawn(ask, &questions[i]);
  }
  for (size_t i = 0; i < QUERIES; i++) {
    int rc = green_wait(asked[i]);
    if (rc < 0) {
      failed = rc;
      printf("%-30s failed: %s\n", queries[i].title, green_future_message(asked[i]));
    } else {
      printf("%-30s %6.0f ms  %s\n", queries[i].title, questions[i].answer.milliseconds,
             questions[i].answer.text);
    }
    green_future_release(asked[i]);
  }
  return failed;
}

static int app(void *conninfo) {
  green_pg *pg;
  int rc = green_pg_connect(&pg, conninfo);
  if (rc < 0) return rc;
  rc = weather_prepare(pg);
  if (rc == 0) rc = ask_all(conninfo);
  int closed = green_pg_close(pg);
  return rc < 0 ? rc : closed;
}

int main(int argc, char **argv) {
  char *conninfo = argc > 1 ? argv[1] : STATIONS_DATABASE;
  return green_run(app, conninfo) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
