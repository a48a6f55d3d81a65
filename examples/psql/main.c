/* psql in a green task, on every host that WebAssembly has; its main() is compiled as psql_main() (build_psql). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

#define STACK_SIZE (1024 * 1024)

int psql_main(int argc, char **argv);

struct arguments {
  int count;
  char **values;
};

/* It looks for its own file, beside which others would be. */
static char *program_file(void) {
  static char file[] = "/usr/local/bin/psql";
  mkdir("/usr", 0755);
  mkdir("/usr/local", 0755);
  mkdir("/usr/local/bin", 0755);
  int fd = open(file, O_CREAT | O_WRONLY, 0755);
  if (fd >= 0) close(fd);
  return file;
}

/* In front of the user's own arguments: there is no pager, the terminal scrolls. */
static int psql(void *arg) {
  struct arguments *given = arg;
  char **values = calloc((size_t)given->count + 3, sizeof *values);
  if (!values) return green_fail(GREEN_ENOMEM, "no memory for %d arguments", given->count);
  values[0] = program_file();
  values[1] = "--pset=pager=off";
  for (int i = 1; i < given->count; i++) values[i + 1] = given->values[i];
  return psql_main(given->count + 1, values);
}

int main(int argc, char **argv) {
  struct arguments arguments = {argc, argv};
  int rc = green_posix_enable();
  green_set_stack_size(STACK_SIZE);
  if (rc == 0) rc = green_run(psql, &arguments);
  if (rc < 0) fprintf(stderr, "psql: %s\n", green_message());
  return rc < 0 ? EXIT_FAILURE : rc;
}
