/* The counting allocator: malloc with a header that knows the block's size, counters, and one
 * failure on request. Threads may use it, since greenio's post does. */
#include "harness.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct header {
  size_t size;
  size_t mark;
  max_align_t memory[];
};

#define MARK_LIVE  ((size_t)0x6c697665)
#define MARK_FREED ((size_t)0x66726565)

static atomic_size_t calls;
static atomic_size_t blocks, bytes;
static atomic_size_t allocations; /* since test_allocator_begin() */
static size_t fail_at;            /* the allocation that fails; 0: none */
static bool failed;
static size_t blocks_before, bytes_before;

static struct header *header_of(void *memory) {
  struct header *header =
      (struct header *)(void *)((char *)memory - offsetof(struct header, memory));
  if (header->mark == MARK_LIVE) return header;
  fprintf(stderr, "allocator: %s\n",
          header->mark == MARK_FREED ? "released twice" : "not a block of this allocator");
  abort();
}

static bool refused(void) {
  if (atomic_fetch_add(&allocations, 1) + 1 != fail_at) return false;
  return failed = true;
}

static void *counting_allocate(size_t size, void *arg) {
  (void)arg;
  atomic_fetch_add(&calls, 1);
  if (refused()) return NULL;
  struct header *header = malloc(sizeof *header + size);
  if (!header) return NULL;
  header->size = size;
  header->mark = MARK_LIVE;
  memset(header->memory, 0xa5, size);
  atomic_fetch_add(&blocks, 1);
  atomic_fetch_add(&bytes, size);
  return header->memory;
}

static void counting_release(void *memory, void *arg) {
  (void)arg;
  atomic_fetch_add(&calls, 1);
  if (!memory) return;
  struct header *header = header_of(memory);
  atomic_fetch_sub(&blocks, 1);
  atomic_fetch_sub(&bytes, header->size);
  memset(header->memory, 0x5a, header->size);
  header->mark = MARK_FREED;
  free(header);
}

static void *counting_reallocate(void *memory, size_t size, void *arg) {
  if (!memory) return counting_allocate(size, arg);
  struct header *header = header_of(memory);
  void *moved = counting_allocate(size, arg);
  if (!moved) return NULL;
  memcpy(moved, memory, size < header->size ? size : header->size);
  counting_release(memory, arg);
  return moved;
}

void test_allocator_install(void) {
  static const green_allocator allocator = {
      .allocate = counting_allocate,
      .reallocate = counting_reallocate,
      .release = counting_release,
  };
  green_set_allocator(&allocator);
}

void test_allocator_begin(size_t allocation_that_fails) {
  atomic_store(&allocations, 0);
  fail_at = allocation_that_fails;
  failed = false;
  blocks_before = blocks;
  bytes_before = bytes;
}

void test_allocator_disarm(void) {
  fail_at = 0;
}

size_t test_allocator_outstanding(size_t *outstanding_bytes) {
  *outstanding_bytes = bytes - bytes_before;
  return blocks - blocks_before;
}

size_t test_allocator_calls(void) {
  return calls;
}
size_t test_allocator_blocks(void) {
  return blocks;
}
bool test_allocator_failed(void) {
  return failed;
}
