/* The other sides of wasm.asyncify; what bench_wait() does is the file's that stands beside it.
 * Usage: PROGRAM ROWS. Prints milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include "../sqlite.h"

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (bench_waiting(50)) return 1;
  double elapsed = bench_queries(atoi(argv[1]));
  printf("%.3f\n", elapsed);
  return elapsed < 0;
}
