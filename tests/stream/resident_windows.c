#include "resident.h"

#include <stdlib.h>
#include <windows.h>
#include <psapi.h>

const size_t resident_slack = (size_t)32 << 20;

size_t resident(void) {
  PROCESS_MEMORY_COUNTERS counters;
  if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters)) abort();
  return counters.WorkingSetSize;
}
