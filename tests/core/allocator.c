/* The counting allocator: malloc with a header that knows the block's size, counters, and one
 * failure on request. Threads may use it, since greenio's post does.
 *
 * In WebAssembly, which has no sanitizer here, blocks that were released last are kept until the
 * test's end, and it shows if something was written to them. */
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

#define FILL_LIVE  0xa5
#define FILL_FREED 0x5a

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

static void free_block(struct header *header) {
  const unsigned char *at = (const unsigned char *)header->memory;
  for (size_t i = 0; TEST_KEPT && i < header->size; i++) {
    if (at[i] == FILL_FREED) continue;
    fprintf(stderr, "allocator: byte %zu of %zu was written after the release\n", i, header->size);
    abort();
  }
  free(header);
}

#if TEST_KEPT
static struct header *kept[TEST_KEPT];

static void keep(struct header *header) {
  static size_t next;
  struct header *oldest = kept[next];
  kept[next] = header;
  next = (next + 1) % TEST_KEPT;
  if (oldest) free_block(oldest);
}

static void free_kept(void) {
  for (size_t i = 0; i < TEST_KEPT; i++) {
    if (kept[i]) free_block(kept[i]);
    kept[i] = NULL;
  }
}
#else
static void keep(struct header *header) {
  free_block(header);
}

static void free_kept(void) {}
#endif

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
  memset(header->memory, FILL_LIVE, size);
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
  memset(header->memory, FILL_FREED, header->size);
  header->mark = MARK_FREED;
  keep(header);
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
  free_kept();
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
