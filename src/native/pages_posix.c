/* Pages by mmap(2). What is reserved is not committed, so that a stack costs the pages that it touches.
 *
 * Guards: MADV_GUARD_INSTALL (Linux 6.13) does not split the mapping; mprotect does, and the kernel has
 * a limit on the number of mappings (65,530 by default), so past GUARDS_BY_PROTECTION there are none.
 */
#include "pages.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include "valgrind.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define LEAST_PAGE           ((size_t)4096)
#define GUARDS_BY_PROTECTION 30000

static _Thread_local size_t protections;
static _Thread_local bool no_guard_install;

size_t green__page_size(void) {
  static size_t size; /* the same for all threads */
  size_t known = __atomic_load_n(&size, __ATOMIC_RELAXED);
  if (known) return known;
  known = (size_t)sysconf(_SC_PAGESIZE);
  if (known < LEAST_PAGE) known = LEAST_PAGE;
  __atomic_store_n(&size, known, __ATOMIC_RELAXED);
  return known;
}

size_t green__pages_below(void) {
  return green__page_size();
}

char *green__pages_reserve(size_t bytes, size_t head) {
  (void)head;
  char *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  return memory;
}

void green__pages_release(char *memory, size_t bytes) {
  munmap(memory, bytes);
}

/* For guard(), which tries whether its advice was heeded: qemu-user accepts advice that it does not
 * know and does nothing. (Not under Valgrind, where this would be an error of the program.) */
static bool readable(const char *page) {
  return access(page, F_OK) == 0 || errno != EFAULT;
}

static bool guard(char *page) {
  size_t size = green__page_size();
  if (!no_guard_install && !green__valgrind_here()) {
    static _Thread_local bool seen_to_work;
    if (madvise(page, size, MADV_GUARD_INSTALL) == 0 && (seen_to_work || !readable(page)))
      return seen_to_work = true;
    no_guard_install = true;
  }
  if (protections >= GUARDS_BY_PROTECTION || mprotect(page, size, PROT_NONE) != 0) return false;
  protections++;
  return true;
}

bool green__pages_open(char *base, size_t size, bool *guarded) {
  (void)size;
  *guarded = guard(base - green__page_size());
  return true;
}

bool green__pages_discard(char *base, size_t size) {
  return madvise(base, size, MADV_DONTNEED) == 0;
}

void green__pages_forget(void) {
  protections = 0;
}
