/* Before green_posix_enable() all is Emscripten's own, in a task too; from then on it is greenio's.
 * Prints "ok". */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/fd.h>
#include <greenio/posix.h>

#define MUST(condition)                                                                            \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                      \
      exit(1);                                                                                     \
    }                                                                                              \
  } while (0)

static int turns;

static int count(void *arg) {
  (void)arg;
  for (;;) {
    int rc = green_yield();
    if (rc < 0) return rc;
    turns++;
  }
}

static int file_of(const char *text) {
  FILE *file = fopen("/tmp/before", "w+");
  char line[16] = "";
  MUST(file && fputs(text, file) >= 0);
  rewind(file);
  MUST(fgets(line, sizeof line, file) && fclose(file) == 0);
  return 0;
}

static int app(void *arg) {
  (void)arg;
  char byte;
  green_future *other = green_spawn(count, NULL);
  int before = socket(AF_INET, SOCK_STREAM, 0);
  MUST(before >= 0 && usleep(1000) == 0 && turns == 0);
  MUST(green_read(before, &byte, 1) == GREEN_ENOTSUP);
  MUST(file_of("before\n") == 0);
  MUST(green_posix_enable() == 0 && green_posix_enable() == 0);
  while (turns == 0) MUST(usleep(1000) == 0); /* others run meanwhile */
  MUST(file_of("behind\n") == 0);
  struct sockaddr_in port1 = {.sin_family = AF_INET, .sin_port = htons(1)};
  port1.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int behind = socket(AF_INET, SOCK_STREAM, 0);
  MUST(connect(behind, (struct sockaddr *)&port1, sizeof port1) == -1 && errno == ECONNREFUSED);
  MUST(close(behind) == 0 && close(before) == 0);
  green_cancel(other);
  green_join(other);
  puts("ok");
  return 0;
}

int main(void) {
  return green_run(app, NULL) < 0;
}
