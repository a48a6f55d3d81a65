/* The stream test program:
 *
 *   stream_tests [--browser] [--silent-names] [the harness's arguments]
 */
#include "stream_test.h"

#include <string.h>

static bool browser, silent_names;

bool without_sockets(void) {
  return browser;
}

bool names_are_silent(void) {
  return silent_names;
}

int main(int argc, char **argv) {
  int kept = 1;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--browser") == 0)
      browser = true;
    else if (strcmp(argv[i], "--silent-names") == 0)
      silent_names = true;
    else
      argv[kept++] = argv[i];
  }
  return test_main(kept, argv);
}
