/* Resident bytes. */
#include "footprint.h"
#include <windows.h>
#include <psapi.h>

size_t footprint(void) {
  PROCESS_MEMORY_COUNTERS counters;
  return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters)
             ? counters.WorkingSetSize
             : 0;
}
