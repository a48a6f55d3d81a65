/* rinetd in a task; its main() is compiled as rinetd_main(). */
#include <stdio.h>
#include <greenio/greenio.h>
#include <greenio/posix.h>

int rinetd_main(int argc, char **argv);

struct arguments {
  int argc;
  char **argv;
};

static int app(void *arg) {
  struct arguments *arguments = arg;
  return rinetd_main(arguments->argc, arguments->argv);
}

int main(int argc, char **argv) {
  struct arguments arguments = {argc, argv};
  int rc = green_posix_enable();
  if (rc == 0) rc = green_run(app, &arguments);
  if (rc < 0) fprintf(stderr, "%s\n", green_strerror(rc));
  return rc < 0;
}
