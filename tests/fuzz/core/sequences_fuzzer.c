/* The same for libFuzzer, which finds its sequences by what code they reach. */
#include <stdlib.h>

#include "harness.h"
#include "run.h"
#include "virtual_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

void run_failed(void) {
  fflush(stdout);
  abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  test_allocator_install();
  virtual_quiet();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct sequence sequence;
  sequence_decode(&sequence, data, size);
  run_sequence(&sequence, false);
  return 0;
}
