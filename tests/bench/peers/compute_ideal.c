/* The other side of wasm.compute: the same without greenio, which cannot wait. Usage: PROGRAM LOAD. Prints
 * milliseconds. */
#include <stdio.h>
#include "../compute.h"

void bench_pause(void) {}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  if (bench_waits()) return 1;
  double elapsed = bench_load(argv[1]);
  printf("%.3f\n", elapsed);
  return elapsed < 0;
}
