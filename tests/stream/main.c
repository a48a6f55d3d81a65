/* The stream test program:
 *
 *   stream_tests [--browser] [the harness's arguments]
 */
#include "stream_test.h"

#include <string.h>

static bool browser;

bool without_sockets(void) {
  return browser;
}

int main(int argc, char **argv) {
  int kept = 1;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--browser") == 0)
      browser = true;
    else
      argv[kept++] = argv[i];
  }
  return test_main(kept, argv);
}
