/* The same for libFuzzer, which finds its sequences by what code they reach. */
#include <stdarg.h>
#include <stdlib.h>

#include "harness.h"
#include "model.h"
#include "run.h"
#include "virtual_host.h"

static struct sequence sequence;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

void model_diverged(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("FAILED: ");
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
  sequence_print(&sequence, stdout);
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
  sequence_decode(&sequence, data, size);
  run_sequence(&sequence, false);
  return 0;
}
