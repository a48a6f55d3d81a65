/* RLIMIT_AS: what the kernel refuses then, it refuses with a status. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t mapped(void) {
  size_t pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (!statm || fscanf(statm, "%zu", &pages) != 1) abort();
  fclose(statm);
  return pages * (size_t)sysconf(_SC_PAGESIZE);
}

void memory_limit(size_t bytes) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) != 0) abort();
  limit.rlim_cur = bytes ? mapped() + bytes : limit.rlim_max;
  if (setrlimit(RLIMIT_AS, &limit) != 0) abort();
}
