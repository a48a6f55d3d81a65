/* The report as a tree: who began whom, and which tasks belong together. */
#include "harness.h"

#include <string.h>

#define FOR_EVER (3600 * 1000)

static int sleep_long(void *arg) {
  (void)arg;
  return green_sleep(FOR_EVER);
}

static int spawn_named(green_group *group, const char *name, green_function function, void *arg) {
  green_future *future = NULL;
  green_spawn_options options = {.name = name};
  int rc = green_group_spawn_with(group, &future, function, arg, &options);
  if (rc == 0 && !green_future_name(future)) rc = GREEN_ENOMEM;
  green_future_release(future);
  return test_saw(rc);
}

/* Spawns a leaf, which belongs to no group, and one that belongs to that of its own spawner. */
static int be_branch(void *arg) {
  green_spawn_options options = {.name = "leaf"};
  green_future *leaf = green_spawn_with(sleep_long, NULL, &options);
  if (!green_future_name(leaf)) test_saw(GREEN_ENOMEM);
  int rc = spawn_named(arg, "sibling", sleep_long, NULL);
  if (rc == 0) rc = green_sleep(FOR_EVER);
  green_cancel(leaf);
  int rc2 = test_saw(green_join(leaf));
  return rc < 0 ? rc : rc2;
}

struct seen {
  unsigned long main, branch;
  struct test_trace trace;
};

static void see(const green_report_entry *entry, void *arg) {
  struct seen *seen = arg;
  if (strcmp(entry->name, "main") == 0) seen->main = entry->id;
  if (strcmp(entry->name, "branch") == 0) seen->branch = entry->id;
  test_trace(&seen->trace, "%s:%s:%s:%s", entry->name,
             entry->spawned_by == 0              ? "nobody"
             : entry->spawned_by == seen->main   ? "main"
             : entry->spawned_by == seen->branch ? "branch"
                                                 : "?",
             entry->group, entry->group_made_by == seen->main ? "main" : "");
}

static int name_main(void) {
  green_future_set_name(green_current(), "main");
  return green_future_name(green_current()) ? 0 : GREEN_ENOMEM;
}

/* Has a tree of tasks stand, and gives its group. */
static int plant(green_group *group) {
  int rc = spawn_named(group, "branch", be_branch, group);
  if (rc == 0) rc = spawn_named(group, "other", sleep_long, NULL);
  for (int i = 0; i < 3 && rc == 0; i++) rc = green_yield();
  return rc;
}

TEST(report_says_who_began_a_task_and_its_group) {
  struct seen seen = {0};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(name_main(), 0);
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.name = "trees"}), 0);
  CHECK_STATUS(plant(group), 0);
  if (green_report_each(see, &seen) < 5) test_saw(test_allocator_failed() ? GREEN_ENOMEM : 0);
  CHECK_STRING(seen.trace.text, "main:nobody:: branch:main:trees:main other:main:trees:main "
                                "leaf:branch:: sibling:branch:trees:main");
  return 0;
}

/* Cuts what differs from run to run out of a table: "main |  branch in trees |". Debug builds in WebAssembly
 * write what is on each stack below its row, without a number. */
static void read_rows(struct test_trace *trace, const char *table) {
  for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n') {
    const char *name = line + 8, *number = line + strspn(line, " ");
    if (number < name && *number >= '0' && *number <= '9') test_trace(trace, "%.20s|", name);
  }
}

TEST(report_is_written_as_a_tree) {
  struct test_trace trace = {0};
  AUTO_GROUP green_group *group = NULL;
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  CHECK_STATUS(name_main(), 0);
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.name = "trees"}), 0);
  CHECK_STATUS(plant(group), 0);
  if (green_report(capture.file) < 5) test_saw(test_allocator_failed() ? GREEN_ENOMEM : 0);
  read_rows(&trace, test_captured(&capture));
  CHECK_STRING(trace.text, "main                |   branch in trees   |     leaf            | "
                           "  other in trees    |   sibling in trees  |");
  return 0;
}

/* "main(branch(leaf()))" of the JSON. */
static void read_names(struct test_trace *trace, const char *json) {
  const char name[] = "\"name\":\"", tasks[] = "\"tasks\":[";
  for (const char *at = json; *at; at++) {
    size_t used = trace->length;
    if (strncmp(at, name, strlen(name)) == 0)
      snprintf(trace->text + used, sizeof trace->text - used, "%.*s",
               (int)strcspn(at + strlen(name), "\""), at + strlen(name));
    else if (strncmp(at, tasks, strlen(tasks)) == 0)
      snprintf(trace->text + used, sizeof trace->text - used, "(");
    else if (strncmp(at, "]}", 2) == 0)
      snprintf(trace->text + used, sizeof trace->text - used, ")%s", at[2] == ',' ? "," : "");
    trace->length = strlen(trace->text);
  }
}

TEST(report_is_written_as_json) {
  struct test_trace trace = {0};
  AUTO_GROUP green_group *group = NULL;
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  CHECK_STATUS(name_main(), 0);
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.name = "trees"}), 0);
  CHECK_STATUS(plant(group), 0);
  if (green_report_json(capture.file) < 5) test_saw(test_allocator_failed() ? GREEN_ENOMEM : 0);
  const char *json = test_captured(&capture);
  read_names(&trace, json);
  CHECK_STRING(trace.text, "main(branch(leaf()),other(),sibling())");
  CHECK_CONTAINS(json, "[{\"id\":1,\"name\":\"main\",\"state\":\"running\",\"waitsFor\":\"\",");
  CHECK_CONTAINS(json, "\"spawnedBy\":0,\"group\":\"\",\"groupMadeBy\":0,\"tasks\":[");
  CHECK_CONTAINS(json, "\"spawnedBy\":2,\"group\":\"trees\",\"groupMadeBy\":1,\"tasks\":[]}]}]\n");
  return 0;
}

TEST(report_as_json_escapes_names) {
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  green_future_set_name(green_current(), "a\"\\\n\xc3\xa4\xff\xed\xa0\x80z\xe2\x82");
  CHECK_MEMORY(green_future_name(green_current()));
  CHECK_NUMBER(green_report_json(capture.file), 1);
  CHECK_CONTAINS(test_captured(&capture), "\"name\":\"a\\\"\\\\\\u000a\xc3\xa4\\ufffd\\ufffd\\ufffd"
                                          "\\ufffdz\\ufffd\\ufffd\",");
  return 0;
}

TEST_OUTSIDE(report_as_json_without_a_runtime) {
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  CHECK_NUMBER(green_report_json(capture.file), 0);
  CHECK_STRING(test_captured(&capture), "[]\n");
  return 0;
}

static int wait_for(void *arg) {
  return green_group_wait(arg);
}

static void see_waits(const green_report_entry *entry, void *trace) {
  test_trace(trace, "%s", *entry->waits_for ? entry->waits_for : "-");
}

static int spawn_two_into_one(void *arg) {
  green_group **group = arg;
  int rc = green_group_new(group, &(green_group_options){.max_tasks = 1});
  for (int i = 0; i < 2 && rc == 0; i++) rc = green_group_spawn(*group, sleep_long, NULL);
  return test_saw(rc);
}

TEST(report_names_the_group_that_is_waited_for) {
  struct test_trace trace = {0};
  AUTO_GROUP green_group *group = NULL;
  CHECK_STATUS(green_group_new(&group, &(green_group_options){.name = "pages"}), 0);
  CHECK_STATUS(green_group_spawn(group, sleep_long, NULL), 0);
  AUTO_JOIN green_future *waiter = green_spawn(wait_for, group);
  CHECK_STARTED(waiter);
  AUTO_GROUP green_group *second = NULL;
  AUTO_JOIN green_future *maker = green_spawn(spawn_two_into_one, &second);
  CHECK_STARTED(maker);
  for (int i = 0; i < 2; i++) CHECK_STATUS(green_yield(), 0);
  if (green_done(maker)) CHECK_STATUS(green_wait(maker), 0);
  green_report_each(see_waits, &trace);
  CHECK_STRING(trace.text, "- sleep group pages a place in group 2 sleep");
  return 0;
}

/* A pool's job stands under who has submitted it; its worker, while it idles, under nobody. */
static void see_workers(const green_report_entry *entry, void *trace) {
  test_trace(trace, "%lu<%lu", entry->id, entry->spawned_by);
}

TEST(report_says_who_submitted_a_job) {
  struct test_trace trace = {0};
  AUTO_POOL green_pool *pool = NULL;
  CHECK_STATUS(green_pool_new(&pool, NULL), 0);
  AUTO_JOIN green_future *job = green_pool_submit(pool, sleep_long, NULL);
  CHECK_STARTED(job);
  CHECK_STATUS(green_yield(), 0);
  green_report_each(see_workers, &trace);
  CHECK_STRING(trace.text, "1<0 2<1");
  CHECK_STATUS(green_cancel(job), 0);
  CHECK_STATUS(green_wait(job), GREEN_ECANCELED);
  CHECK_STATUS(green_yield(), 0);
  trace = (struct test_trace){0};
  green_report_each(see_workers, &trace);
  CHECK_STRING(trace.text, "1<0 2<0");
  return 0;
}

static int spawn_next(void *depth) {
  int left = *(int *)depth;
  if (!left) return green_sleep(FOR_EVER);
  int next = left - 1;
  green_future *future = green_spawn_copy(spawn_next, &next, sizeof next);
  return test_saw(green_join(future));
}

/* A tree that is deeper than the table shows, and of many tasks. */
TEST(report_of_a_deep_tree) {
  int depth = (int)test_scale(500, 20);
  AUTO_CAPTURE struct test_capture capture = test_capture_file();
  AUTO_JOIN green_future *top = green_spawn(spawn_next, &depth);
  CHECK_STARTED(top);
  for (int i = 0; i <= depth; i++) CHECK_STATUS(green_yield(), 0);
  if (green_done(top)) CHECK_STATUS(green_wait(top), GREEN_ECANCELED);
  CHECK_NUMBER(green_report(capture.file), depth + 2);
  CHECK_NUMBER(green_report_json(capture.file), depth + 2);
  return 0;
}
