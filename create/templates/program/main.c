/* {{name}} [NAME:PACE ...]   each runs three laps, of so many milliseconds */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include "race.h"

#define MOST 100

struct arguments {
  struct runner runners[MOST];
  int count;
};

/* "hare:100"; false if it is nothing of that kind. */
static int parse(struct runner *runner, char *text) {
  char *colon = strchr(text, ':'), *end;
  if (!colon || colon == text) return 0;
  unsigned long pace = strtoul(colon + 1, &end, 10);
  if (end == colon + 1 || *end || pace > 60000) return 0;
  *colon = 0;
  *runner = (struct runner){.name = text, .pace = (unsigned)pace, .laps = 3};
  return 1;
}

static int app(void *arg) {
  struct arguments *arguments = arg;
  int rc = race_run(arguments->runners, arguments->count);
  if (rc < 0) return rc; /* green_run() writes the message */
  for (int place = 1; place <= arguments->count; place++)
    for (int i = 0; i < arguments->count; i++)
      if (arguments->runners[i].place == place)
        printf("%d. %s\n", place, arguments->runners[i].name);
  return 0;
}

int main(int argc, char **argv) {
  struct arguments arguments = {.runners = {{.name = "hare", .pace = 100, .laps = 3},
                                            {.name = "tortoise", .pace = 250, .laps = 3}},
                                .count = 2};
  if (argc > 1) arguments.count = argc - 1;
  for (int i = 1; i < argc; i++) {
    if (i > MOST || !parse(&arguments.runners[i - 1], argv[i])) {
      fprintf(stderr, "{{name}}: %s is not NAME:MILLISECONDS, or one too many\n", argv[i]);
      return 2;
    }
  }
  return green_run(app, &arguments) < 0;
}
