/* Standard output and standard error that are no terminals: what has no line's end goes too, exit() in a task loses nothing,
 * and a reader that has gone is EPIPE (output.mjs). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

static int ends(void) {
  char line[10];
  fputs("prompt: ", stdout);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin)) return GREEN_EIO;
  fputs("error: ", stderr);
  printf("%s %d %d", strtok(line, "\n"), isatty(1), isatty(2));
  exit(7); /* with what stdio has kept */
}

static int breaks(void) {
  char bytes[4096] = "x";
  for (;;) {
    if (write(1, bytes, sizeof bytes) > 0) continue;
    fprintf(stderr, "%s\n", errno == EPIPE ? "EPIPE" : strerror(errno));
    return 0;
  }
}

static int app(void *arg) {
  return arg ? breaks() : ends();
}

int main(int argc, char **argv) {
  fputs("main ", stdout);
  fflush(stdout); /* Emscripten keeps it, until it is not Emscripten's any more */
  if (green_posix_enable() < 0) return 1;
  return green_run(app, argc > 1 ? argv : NULL) < 0;
}
