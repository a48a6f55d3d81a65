/* Pages by VirtualAlloc(). A stack is committed whole when it is made: the system counts it then, and has
 * memory for what it touches alone.
 *
 * The guard is as below the system's own stacks, since the system tells of an overflow on the stack that
 * has overflowed: pages that are not there; then those that it opens for who handles that, as many as
 * overflow.c asks for (GREEN__FOR_HANDLERS), of which the uppermost is marked as a guard.
 */
#include "pages.h"

#include <stdint.h>
#include <windows.h>
#include "handlers.h"

size_t green__page_size(void) {
  return 4096;
}

size_t green__pages_below(void) {
  return green__page_size() + GREEN__FOR_HANDLERS;
}

char *green__pages_reserve(size_t bytes, size_t head) {
  char *memory = VirtualAlloc(NULL, bytes, MEM_RESERVE, PAGE_READWRITE);
  if (memory && VirtualAlloc(memory, head, MEM_COMMIT, PAGE_READWRITE)) return memory;
  if (memory) VirtualFree(memory, 0, MEM_RELEASE);
  return NULL;
}

void green__pages_release(char *memory, size_t bytes) {
  (void)bytes;
  VirtualFree(memory, 0, MEM_RELEASE);
}

bool green__pages_open(char *base, size_t size, bool *guarded) {
  char *guard = base - green__page_size();
  DWORD before;
  *guarded = true;
  return VirtualAlloc(guard, green__page_size() + size, MEM_COMMIT, PAGE_READWRITE) &&
         VirtualProtect(guard, green__page_size(), PAGE_READWRITE | PAGE_GUARD, &before);
}

bool green__pages_discard(char *base, size_t size) {
  return VirtualAlloc(base, size, MEM_RESET, PAGE_READWRITE) != NULL;
}

void green__pages_forget(void) {}
