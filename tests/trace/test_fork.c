/* Traces and fork(): the parent's goes on in the parent, and the child may have one of its own. */
#include <sys/wait.h>
#include <greenio/trace.h>
#include "../native/child.h"
#include "harness.h"

static int add_size(const char *data, size_t size, void *arg) {
  (void)data;
  *(size_t *)arg += size;
  return 0;
}

static int trace_sizes(size_t *written) {
  return green_trace_start(&(green_trace_options){.write = add_size, .arg = written});
}

/* Each thing that goes wrong is a bit. */
static int trace_in_child(void *arg) {
  size_t written = 0;
  (void)arg;
  int wrong = green_trace_stop() == GREEN_EINVAL ? 0 : 1;
  if (trace_sizes(&written) != 0) wrong |= 2;
  if (green_trace_stop() != 0) wrong |= 4;
  return written ? wrong : wrong | 8;
}

TEST(trace_of_a_forked_child_is_its_own) {
  static struct child child;
  size_t written = 0;
  CHECK_STATUS(trace_sizes(&written), 0);
  int rc = child_run(&child, trace_in_child, NULL);
  int stopped = green_trace_stop();
  CHECK_STATUS(rc, 0);
  CHECK_STATUS(stopped, 0);
  CHECK(written > 0);
  CHECK(WIFEXITED(child.ended));
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM);
  CHECK_NUMBER(WEXITSTATUS(child.ended), 0);
  return 0;
}
