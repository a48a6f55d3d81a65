/* The test program's entry; apart, so that a test program may have another one. */
#include "harness.h"

int main(int argc, char **argv) {
  return test_main(argc, argv);
}
