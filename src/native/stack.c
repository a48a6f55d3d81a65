/* Stacks, cut from regions. See stack.h.
 *
 * A region is one mapping that is reserved and not committed, so that a stack costs the pages that
 * it touches. Guards: MADV_GUARD_INSTALL (Linux 6.13) does not split the mapping; mprotect does,
 * and the kernel has a limit on the number of mappings (65,530 by default), so past
 * GUARDS_BY_PROTECTION stacks get a canary instead.
 *
 * Free stacks are linked through their last word, the page of which is resident anyhow; those given
 * back to the kernel are listed apart, since a link in them would touch a page again.
 */
#include "stack.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>
#include <greenio/status.h>
#include "memory.h"
#include "poison.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define PAGE                 ((size_t)4096)
#define FINE_LIMIT           ((size_t)256 << 10) /* sizes up to here go by pages, above by doubling */
#define FINE_CLASSES         (FINE_LIMIT / PAGE)
#define CLASSES              (FINE_CLASSES + 14)
#define FIRST_REGION         64 /* stacks */
#define LARGEST_REGION       4096
#define REGION_BYTES         ((size_t)1 << 30) /* no more for large stacks */
#define GUARDS_BY_PROTECTION 30000
#define WARM_BYTES           ((size_t)64 << 20) /* a class */
#define CANARY               UINT64_C(0x6e6565726763616e)

struct region {
  struct region *next;
  size_t bytes;
};

struct class {
  char *cut, *end; /* what is left of the newest region */
  size_t stacks;   /* in the newest region */
  char **warm;     /* the last word of the first free stack */
  size_t warm_count;
  char **cold; /* bases */
  size_t cold_count, cold_room;
};

static _Thread_local struct class classes[CLASSES];
static _Thread_local struct region *regions;
static _Thread_local size_t protections;
static _Thread_local bool no_guard_install;

static size_t class_of(size_t *size) {
  if (*size <= FINE_LIMIT) {
    *size = (*size + PAGE - 1) & ~(PAGE - 1);
    return *size / PAGE - 1;
  }
  size_t index = FINE_CLASSES, rounded = FINE_LIMIT * 2;
  while (rounded < *size) {
    rounded *= 2;
    index++;
  }
  *size = rounded;
  return index;
}

static bool region_add(struct class *class, size_t slot) {
  size_t stacks = class->stacks ? class->stacks * 2 : FIRST_REGION;
  if (stacks > LARGEST_REGION) stacks = LARGEST_REGION;
  while (stacks > 1 && stacks * slot > REGION_BYTES) stacks /= 2;
  size_t bytes = PAGE + stacks * slot;
  char *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  madvise(memory, bytes, MADV_NOHUGEPAGE);
  struct region *region = (struct region *)memory;
  region->next = regions;
  region->bytes = bytes;
  regions = region;
  class->stacks = stacks;
  class->cut = memory + PAGE;
  class->end = memory + bytes;
  return true;
}

static bool guard(char *page) {
  if (sysconf(_SC_PAGESIZE) != (long)PAGE) return false; /* it would reach into the stack */
  if (!no_guard_install) {
    if (madvise(page, PAGE, MADV_GUARD_INSTALL) == 0) return true;
    no_guard_install = true;
  }
  if (protections >= GUARDS_BY_PROTECTION || mprotect(page, PAGE, PROT_NONE) != 0) return false;
  protections++;
  return true;
}

static char **link_of(char *base, size_t size) {
  return (char **)(base + size) - 1;
}

/* Whether the stack at base was guarded when it was cut is kept in the last but one word. */
static bool *guarded_of(char *base, size_t size) {
  return (bool *)(link_of(base, size) - 1);
}

int green__stack_take(struct green__stack *stack, size_t size) {
  struct class *class = &classes[class_of(&size)];
  size_t slot = PAGE + size;
  stack->size = size;
  if (class->warm) {
    stack->base = (char *)(class->warm + 1) - size;
    class->warm = (char **)*class->warm;
    class->warm_count--;
    stack->guarded = *guarded_of(stack->base, size);
    green__unpoison(stack->base, size);
  } else if (class->cold_count) {
    stack->base = class->cold[--class->cold_count];
    stack->guarded = true;
  } else {
    if (class->cut == class->end && !region_add(class, slot)) return GREEN_ENOMEM;
    stack->guarded = guard(class->cut);
    stack->base = class->cut + PAGE;
    class->cut += slot;
  }
  if (!stack->guarded) *(uint64_t *)(void *)stack->base = CANARY;
  return 0;
}

/* To the kernel, if the list of such stacks has room. */
static bool cool(struct class *class, const struct green__stack *stack) {
  if (class->cold_count == class->cold_room) {
    size_t room = class->cold_room ? class->cold_room * 2 : 256;
    char **cold = green__realloc(class->cold, room * sizeof *cold);
    if (!cold) return false;
    class->cold = cold;
    class->cold_room = room;
  }
  if (madvise(stack->base, stack->size, MADV_DONTNEED) != 0) return false;
  class->cold[class->cold_count++] = stack->base;
  return true;
}

void green__stack_give(const struct green__stack *stack) {
  size_t size = stack->size;
  struct class *class = &classes[class_of(&size)];
  green__unpoison(stack->base, size);
  if (stack->guarded && (class->warm_count + 1) * PAGE > WARM_BYTES && cool(class, stack)) return;
  char **link = link_of(stack->base, size);
  *guarded_of(stack->base, size) = stack->guarded;
  *link = (char *)class->warm;
  class->warm = link;
  class->warm_count++;
  green__poison(stack->base, size - 2 * sizeof(char *));
}

bool green__stack_broken(const struct green__stack *stack) {
  return !stack->guarded && *(uint64_t *)(void *)stack->base != CANARY;
}

bool green__stack_in_guard(const struct green__stack *stack, const void *address) {
  const char *at = address;
  return at >= stack->base - PAGE && at < stack->base;
}

void green__stacks_unmap(void) {
  for (size_t i = 0; i < CLASSES; i++) {
    static const struct class none;
    green__free(classes[i].cold);
    classes[i] = none;
  }
  while (regions) {
    struct region *region = regions;
    regions = region->next;
    green__unpoison(region, region->bytes);
    munmap(region, region->bytes);
  }
  protections = 0;
}
