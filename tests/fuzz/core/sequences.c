/* Random sequences of the core's operations, checked against the model.
 *
 *   fuzz_sequences [--seed FIRST] [--count N]    the sequences of those numbers
 *   fuzz_sequences --bytes HEX [--verbose]       one, as a failure prints it
 *   fuzz_sequences --seed NUMBER --print         prints it, runs nothing
 *
 * A failure is printed with its sequence; shrink.mjs makes that smaller. The exit status is 1 then.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "run.h"
#include "virtual_host.h"

static struct sequence sequence;
static unsigned long long seed;
static bool seeded;

void run_failed(void) {
  if (seeded) printf("--seed %llu\n", seed);
  fflush(stdout);
  _exit(1); /* no exit handlers: tasks are in the middle of their functions */
}

static int digit(char c) {
  const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

static bool read_bytes(const char *hex) {
  uint8_t bytes[SEQUENCE_BYTES];
  size_t size = 0;
  for (; hex[0] && hex[1] && size < sizeof bytes; hex += 2) {
    if (digit(hex[0]) < 0 || digit(hex[1]) < 0) return false;
    bytes[size++] = (uint8_t)(digit(hex[0]) * 16 + digit(hex[1]));
  }
  sequence_decode(&sequence, bytes, size);
  return !*hex;
}

static void run_seeds(unsigned long long first, unsigned long long count) {
  seeded = true;
  for (seed = first; seed < first + count; seed++) {
    sequence_random(&sequence, seed);
    run_sequence(&sequence, false);
  }
  printf("%llu passed, 0 failed\n", count);
}

static int usage(const char *name) {
  printf("usage: %s [--seed FIRST] [--count N]\n       %s --bytes HEX [--verbose]\n", name, name);
  return 2;
}

int main(int argc, char **argv) {
  unsigned long long first = 1, count = 1;
  const char *hex = NULL;
  bool verbose = false, print = false;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--verbose") == 0)
      verbose = true;
    else if (strcmp(argv[i], "--print") == 0)
      print = true;
    else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
      first = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
      count = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--bytes") == 0 && i + 1 < argc)
      hex = argv[++i];
    else
      return usage(argv[0]);
  }
  if (hex && !read_bytes(hex)) return usage(argv[0]);
  if (print) {
    sequence_random(&sequence, first);
    sequence_print(&sequence, stdout);
    return 0;
  }
  test_allocator_install();
  virtual_quiet();
  if (hex)
    run_sequence(&sequence, verbose);
  else
    run_seeds(first, count);
  return 0;
}
