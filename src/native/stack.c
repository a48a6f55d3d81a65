/* Stacks, cut from regions. See stack.h.
 *
 * A region is one reservation of addresses (pages.h), of which a stack costs the memory that it touches.
 * Below each is its guard. Where the system has no more guards to give, stacks get a canary instead.
 *
 * Where pages have 64 KiB, as under some aarch64 kernels, guards and stacks are whole such pages.
 *
 * What a free stack has resident is not known, so it counts with what it may have. Three kinds are
 * kept, and taken in this order: whole ones, as their tasks left them; trimmed ones, of which the top
 * is left and the rest was given to the kernel; cold ones, all of which was. The first two are linked
 * at their tops, which are resident anyhow; cold ones are listed apart, since a link in them would
 * touch a page again.
 */
#include "stack.h"

#include <stdint.h>
#include <string.h>
#include <greenio/status.h>
#include "memory.h"
#include "pages.h"
#include "poison.h"
#include "valgrind.h"

#define LEAST_PAGE     ((size_t)4096)
#define FINE_LIMIT     ((size_t)256 << 10) /* sizes up to here go by pages, above by doubling */
#define FINE_CLASSES   (FINE_LIMIT / LEAST_PAGE)
#define CLASSES        (FINE_CLASSES + 14)
#define FIRST_REGION   64 /* stacks */
#define LARGEST_REGION 4096
#define REGION_BYTES   ((size_t)1 << 30)  /* a region of large stacks is no larger */
#define WARM_BYTES     ((size_t)64 << 20) /* of each class, for whole stacks; for trimmed ones */
#define TOP_PAGES      2                  /* that are left of a trimmed one */
#define CANARY         UINT64_C(0x6e6565726763616e)

struct region {
  struct region *next;
  size_t bytes;
  struct green__valgrind_ids valgrind;
};

/* At the top of a free stack. */
struct idle {
  struct idle *next;
  bool guarded;
};

struct idle_list {
  struct idle *first;
  size_t count;
};

struct class {
  char *cut, *end; /* what is left of the newest region */
  size_t stacks;   /* in the newest region */
  struct idle_list whole, trimmed;
  char **cold; /* bases */
  size_t cold_count, cold_room;
};

static _Thread_local struct class classes[CLASSES];
static _Thread_local struct region *regions;

static size_t class_of(size_t *size) {
  size_t page = green__page_size();
  *size = (*size + page - 1) & ~(page - 1);
  if (*size <= FINE_LIMIT) return *size / LEAST_PAGE - 1;
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
  while (stacks > 1 && stacks > REGION_BYTES / slot) stacks /= 2; /* no product: 32 bits */
  size_t head = green__page_size(), bytes = head + stacks * slot;
  char *memory = green__pages_reserve(bytes, head);
  if (!memory) return false;
  struct region *region = (struct region *)memory;
  region->next = regions;
  region->bytes = bytes;
  green__valgrind_register(&region->valgrind, memory + head, slot, stacks, green__pages_below());
  regions = region;
  class->stacks = stacks;
  class->cut = memory + head;
  class->end = memory + bytes;
  return true;
}

void green__stack_mark(const struct green__stack *stack) {
  if (!stack->guarded) *(uint64_t *)(void *)stack->base = CANARY;
}

static void idle_push(struct idle_list *list, const struct green__stack *stack) {
  struct idle *idle = (struct idle *)(void *)(stack->base + stack->size) - 1;
  *idle = (struct idle){list->first, stack->guarded};
  list->first = idle;
  list->count++;
  green__poison(stack->base, stack->size - sizeof *idle);
}

static bool idle_pop(struct idle_list *list, struct green__stack *stack) {
  struct idle *idle = list->first;
  if (!idle) return false;
  list->first = idle->next;
  list->count--;
  stack->base = (char *)(idle + 1) - stack->size;
  stack->guarded = idle->guarded;
  green__unpoison(stack->base, stack->size);
  return true;
}

int green__stack_take(struct green__stack *stack, size_t size) {
  struct class *class = &classes[class_of(&size)];
  size_t below = green__pages_below(), slot = below + size;
  stack->size = size;
  if (idle_pop(&class->whole, stack) || idle_pop(&class->trimmed, stack)) {
    /* as it was left */
  } else if (class->cold_count) {
    stack->base = class->cold[--class->cold_count];
    stack->guarded = true;
  } else {
    if (class->cut == class->end && !region_add(class, slot)) return GREEN_ENOMEM;
    stack->base = class->cut + below;
    if (!green__pages_open(stack->base, size, &stack->guarded)) return GREEN_ENOMEM;
    class->cut += slot;
  }
  green__stack_mark(stack);
  return 0;
}

/* Gives all but the top to the kernel; false: there is no more than that, or it does not take it. */
static bool trim(const struct green__stack *stack) {
  size_t top = TOP_PAGES * green__page_size();
  return stack->size > top && green__pages_discard(stack->base, stack->size - top);
}

/* Gives the stack's memory to the kernel and keeps its addresses; false: no memory for the list. */
static bool cool(struct class *class, const struct green__stack *stack) {
  if (class->cold_count == class->cold_room) {
    size_t room = class->cold_room ? class->cold_room * 2 : 256;
    char **cold = green__realloc(class->cold, room * sizeof *cold);
    if (!cold) return false;
    class->cold = cold;
    class->cold_room = room;
  }
  if (!green__pages_discard(stack->base, stack->size)) return false;
  class->cold[class->cold_count++] = stack->base;
  return true;
}

void green__stack_give(const struct green__stack *given) {
  struct green__stack stack = *given;
  struct class *class = &classes[class_of(&stack.size)];
  size_t top = TOP_PAGES * green__page_size();
  bool trims = (class->trimmed.count + 1) * top <= WARM_BYTES || !stack.guarded;
  green__unpoison(stack.base, stack.size);
  if ((class->whole.count + 1) * stack.size <= WARM_BYTES)
    idle_push(&class->whole, &stack);
  else if (trims && trim(&stack))
    idle_push(&class->trimmed, &stack);
  else if (!stack.guarded || !cool(class, &stack))
    idle_push(&class->whole, &stack);
}

bool green__stack_broken(const struct green__stack *stack) {
  return !stack->guarded && *(uint64_t *)(void *)stack->base != CANARY;
}

bool green__stack_in_guard(const struct green__stack *stack, const void *address) {
  const char *at = address;
  return at >= stack->base - green__pages_below() && at < stack->base;
}

void green__stacks_forget(void) {
  memset(classes, 0, sizeof classes);
  regions = NULL;
  green__pages_forget();
}

void green__stacks_unmap(void) {
  for (size_t i = 0; i < CLASSES; i++) green__free(classes[i].cold);
  while (regions) {
    struct region *region = regions;
    regions = region->next;
    green__unpoison(region, region->bytes);
    green__valgrind_deregister(&region->valgrind);
    green__pages_release((char *)region, region->bytes);
  }
  green__stacks_forget();
}
