/* A host without processes yet: Windows, whose pipes are no descriptors. */
#include <greenio/status.h>
#include "process.h"

int green__process_start(green_process *process, const struct green__launch *launch,
                         const char **where) {
  (void)process, (void)launch, (void)where;
  return GREEN_ENOTSUP;
}

/* There is none. */
int green__process_signal(const green_process *process, int signal) {
  (void)process, (void)signal;
  return GREEN_EALREADY;
}

void green__process_sweep(const green_process *process) {
  (void)process;
}

void green__process_leave(green_process *process) {
  (void)process;
}

void green__process_forget(green_process *process, bool killed) {
  (void)process, (void)killed;
}
