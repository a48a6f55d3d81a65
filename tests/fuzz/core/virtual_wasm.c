/* WebAssembly's contexts are made ready by the loop's open: the scratch area, the count of
 * JavaScript frames, the build's self-test. */
#include <stdio.h>

#include "host.h"
#include "virtual_host.h"

int __real_green__host_open(struct green__host **out, struct green_runtime *runtime);
void __real_green__host_close(struct green__host *host);

static struct green__host *real;

int virtual_contexts_open(void *runtime) {
  return __real_green__host_open(&real, runtime);
}

void virtual_contexts_close(void) {
  __real_green__host_close(real);
}

void virtual_quiet(void) {
  if (!freopen("/dev/null", "w", stderr)) printf("stderr stays\n");
}
