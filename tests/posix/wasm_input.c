/* Reads standard input line by line in a task, beside another one: by fgets() to "there", then by
 * read() to the end. What it has read comes back; a line "tty" or "no tty" comes first. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

static int count_turns(void *arg) {
  for (;;) {
    int rc = green_sleep(1);
    if (rc < 0) return rc;
    ++*(int *)arg;
  }
}

static int echo(void) {
  char line[100];
  while (fgets(line, sizeof line, stdin)) {
    printf("fgets %s", line);
    fflush(stdout);
    if (strcmp(line, "there\n") == 0) break;
  }
  struct pollfd one = {.fd = 0, .events = POLLIN};
  for (;;) {
    if (poll(&one, 1, -1) != 1) return GREEN_EPROTO;
    ssize_t count = read(0, line, sizeof line - 1);
    if (count <= 0) return (int)count;
    line[count] = 0;
    printf("read %s", line);
    fflush(stdout);
  }
}

static int app(void *arg) {
  (void)arg;
  int turns = 0;
  puts(isatty(0) ? "tty" : "no tty");
  fflush(stdout);
  green_future *other = green_spawn(count_turns, &turns);
  bool refused = write(0, "x", 1) == -1 && errno == EBADF; /* it would never take it */
  int rc = refused ? echo() : GREEN_EPROTO;
  green_cancel(other);
  green_join(other);
  printf("end %s\n", rc < 0 ? green_strerror(rc) : turns > 0 ? "ok" : "others were held up");
  return rc;
}

int main(void) {
  return green_posix_enable() < 0 || green_run(app, NULL) < 0;
}
