/* The driver: runs the registered tests one after the other, each in a runtime of its own, and
 * looks after each at what it left behind.
 *
 *   core_tests [--list] [--filter PART] [--except NAME] [--fail-alloc] [--every N] [--repeat N]
 *
 * A line a test; the last line is "N passed, N failed" or "N passed, N failed, N skipped". The exit
 * status is 0 when none failed.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ALLOCATIONS 20000

enum verdict { PASSED, FAILED, SKIPPED };

struct options {
  const char *filter, *except;
  bool list, fail_alloc;
  int repeat, every;
};

static struct test *tests;
static bool in_fail_alloc;

/* Tests run in the order of their files' names, then of their lines, whatever the linker did. */
void test_register(struct test *test) {
  struct test **link = &tests;
  while (*link) {
    int order = strcmp((*link)->file, test->file);
    if (order > 0 || (order == 0 && (*link)->line > test->line)) break;
    link = &(*link)->next;
  }
  test->next = *link;
  *link = test;
}

size_t test_scale(size_t normal, size_t scaled) {
  return in_fail_alloc ? scaled : normal;
}

static int nothing(void *arg) {
  (void)arg;
  return 0;
}

static int run_body(const struct test *test, size_t fail_at) {
  memset(&test_outcome, 0, sizeof test_outcome);
  test_allocator_begin(fail_at);
  if (!test->outside) return test_saw(green_run(test->function, NULL));
  int status = test->function(NULL);
  test_allocator_disarm();
  green_run(nothing, NULL);
  return status;
}

/* Runs the test once, with one allocation failing if fail_at is not 0. */
static enum verdict run_once(const struct test *test, size_t fail_at) {
  int status = run_body(test, fail_at);
  size_t bytes, blocks = test_allocator_outstanding(&bytes);
  if (blocks || bytes) {
    size_t used = strlen(test_outcome.failure);
    snprintf(test_outcome.failure + used, sizeof test_outcome.failure - used,
             "%sleaked %zu blocks, %zu bytes", used ? "; " : "", blocks, bytes);
    test_outcome.out_of_memory = false;
    return FAILED;
  }
  if (test_outcome.failures) return FAILED;
  if (status == TEST_SKIPPED) return SKIPPED;
  if (status == 0) return PASSED;
  snprintf(test_outcome.failure, sizeof test_outcome.failure, "the test returned %s (%d)",
           green_status_name(status), status);
  return FAILED;
}

/* Runs the test with its first allocation failing, then its second, until there are no more; or with
 * one of `every` in turn, the first of which is another one in each test, so that between them what all
 * begin with fails everywhere. A run that gave up is right if some status said GREEN_ENOMEM. */
static enum verdict run_failing(const struct test *test, size_t every, size_t *count) {
  static size_t tests_before;
  for (*count = 1 + tests_before++ % every; *count <= MOST_ALLOCATIONS; *count += every) {
    enum verdict verdict = run_once(test, *count);
    if (!test_allocator_failed()) return verdict;
    if (verdict == FAILED && !test_outcome.out_of_memory) return FAILED;
  }
  snprintf(test_outcome.failure, sizeof test_outcome.failure,
           "more than %d allocations: scale it down with test_scale()", MOST_ALLOCATIONS);
  return FAILED;
}

static enum verdict run_test(const struct test *test, const struct options *options) {
  enum verdict verdict = PASSED;
  size_t allocation = 0;
  printf("%s ", test->name);
  fflush(stdout);
  for (int i = 0; i < options->repeat && verdict == PASSED; i++)
    verdict = options->fail_alloc ? run_failing(test, (size_t)options->every, &allocation)
                                  : run_once(test, 0);
  switch (verdict) {
  case PASSED:
    if (options->fail_alloc)
      printf("passed, %zu allocations\n", allocation - 1);
    else
      printf("passed\n");
    break;
  case SKIPPED:
    printf("skipped: %s\n", test_outcome.skipped);
    break;
  case FAILED:
    printf("FAILED: %s", test_outcome.failure);
    if (allocation) printf(" (allocation %zu failing)", allocation);
    printf("\n");
  }
  fflush(stdout);
  return verdict;
}

static bool parse(struct options *options, int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    bool more = i + 1 < argc;
    if (strcmp(argv[i], "--list") == 0)
      options->list = true;
    else if (strcmp(argv[i], "--fail-alloc") == 0)
      options->fail_alloc = true;
    else if (strcmp(argv[i], "--every") == 0 && more)
      options->every = atoi(argv[++i]);
    else if (strcmp(argv[i], "--filter") == 0 && more)
      options->filter = argv[++i];
    else if (strcmp(argv[i], "--repeat") == 0 && more)
      options->repeat = atoi(argv[++i]);
    else if (strcmp(argv[i], "--except") == 0 && more)
      options->except = argv[++i];
    else
      return false;
  }
  return options->repeat > 0 && options->every > 0;
}

int test_main(int argc, char **argv) {
  struct options options = {.filter = "", .except = "", .repeat = 1, .every = 1};
  int counts[3] = {0, 0, 0};
  if (!parse(&options, argc, argv)) {
    fprintf(stderr,
            "usage: %s [--list] [--filter PART] [--except NAME] [--fail-alloc] [--every N] "
            "[--repeat N]\n",
            argv[0]);
    return 2;
  }
  test_allocator_install();
  in_fail_alloc = options.fail_alloc;
  for (struct test *test = tests; test; test = test->next) {
    if (!strstr(test->name, options.filter) || strcmp(test->name, options.except) == 0) continue;
    if (options.list)
      printf("%s\n", test->name);
    else
      counts[run_test(test, &options)]++;
  }
  if (options.list) return 0;
  printf("%d passed, %d failed", counts[PASSED], counts[FAILED]);
  if (counts[SKIPPED]) printf(", %d skipped", counts[SKIPPED]);
  printf("\n");
  return counts[FAILED] ? 1 : 0;
}
