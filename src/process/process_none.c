/* Where no other programs can be started yet: Windows. */
#include <greenio/status.h>
#include "process.h"

int green__process_start(green_process *process, const struct green__launch *start,
                         const char **where) {
  (void)process;
  *where = start->file;
  return GREEN_ENOTSUP;
}

/* None is ever there for these. */
int green__process_signal(const green_process *process, int signal) {
  (void)process, (void)signal;
  return GREEN_ENOTSUP;
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
