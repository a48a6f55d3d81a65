/* Natively alone, and not under Windows: what the client leaves in the loop, name lookups that take long, SIGPIPE, and a watchdog
 * that tells meanwhile. */
#include "http_test.h"

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Lookups of slow-lookup.invalid wait until the test lets them go; the C library does the others.
 */
static pthread_mutex_t lookup_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lookup_changed = PTHREAD_COND_INITIALIZER;
static green_runtime *lookup_runtime;
static green_future *lookup_begun;
static bool lookup_released, lookup_ended;

static void note_lookup(void *arg) {
  green_resolve(arg, NULL, NULL);
}

static int slow_lookup(void) {
  pthread_mutex_lock(&lookup_mutex);
  green_post(lookup_runtime, note_lookup, lookup_begun);
  while (!lookup_released) pthread_cond_wait(&lookup_changed, &lookup_mutex);
  lookup_ended = true;
  pthread_cond_broadcast(&lookup_changed);
  pthread_mutex_unlock(&lookup_mutex);
  return EAI_NONAME;
}

typedef int (*lookup_function)(const char *, const char *, const struct addrinfo *,
                               struct addrinfo **);

GREEN_API int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                          struct addrinfo **out) {
  if (node && strcmp(node, "slow-lookup.invalid") == 0) return slow_lookup();
  union {
    void *object;
    lookup_function function;
  } next = {dlsym(RTLD_NEXT, "getaddrinfo")};
  return next.function(node, service, hints, out);
}

static void release_lookup(void) {
  pthread_mutex_lock(&lookup_mutex);
  lookup_released = true;
  pthread_cond_broadcast(&lookup_changed);
  while (!lookup_ended) pthread_cond_wait(&lookup_changed, &lookup_mutex);
  pthread_mutex_unlock(&lookup_mutex);
}

static int get_slowly(void *arg) {
  green_http_response *response;
  return green_http_get(arg, &response, "http://slow-lookup.invalid/");
}

TEST(a_cancel_does_not_wait_for_the_name) {
  if (test_scale(0, 1)) SKIP("a lookup without its thread would wait for ever");
  AUTO_FUTURE green_future *begun = NULL;
  CHECK_STATUS(green_future_new(&begun), 0);
  lookup_released = lookup_ended = false;
  lookup_runtime = green_runtime_current();
  lookup_begun = begun;
  AUTO_JOIN green_future *task = green_spawn(get_slowly, NULL);
  CHECK_STARTED(task);
  CHECK_STATUS(green_hold(), 0);
  CHECK_STATUS(green_wait(begun), 0);
  green_unhold();
  CHECK_STATUS(green_cancel(task), 0);
  CHECK_STATUS(green_wait(task), GREEN_ECANCELED);
  CHECK(!lookup_ended);
  release_lookup();
  return 0;
}

/* With a connection kept open, nothing of the client's may keep the loop alive. */
static int get_then_hang(void *arg) {
  AUTO_FUTURE green_future *never = NULL;
  CHECK_GET(*(struct address *)arg, "hello\n");
  CHECK_STATUS(green_future_new(&never), 0);
  return green_wait(never);
}

TEST_OUTSIDE(an_idle_client_keeps_nothing_alive) {
  struct address address = at("/hello");
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_run(get_then_hang, &address), GREEN_EDEADLK);
  CHECK_CONTAINS(test_captured(&capture), "parked");
  return 0;
}

static void *get_in_a_thread(void *arg) {
  struct address address = at("/hello");
  *(int *)arg = green_run(get_then_hang, &address);
  return NULL;
}

TEST_OUTSIDE(a_thread_has_connections_of_its_own) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  pthread_t threads[2];
  int statuses[2];
  if (test_scale(0, 1)) SKIP("which thread's allocation fails is chance");
  for (int i = 0; i < 2; i++)
    CHECK_NUMBER(pthread_create(&threads[i], NULL, get_in_a_thread, &statuses[i]), 0);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; i++) CHECK_STATUS(statuses[i], GREEN_EDEADLK);
  test_captured(&capture);
  return 0;
}

/* A TLS connection that the other side has closed meanwhile must not kill the process. */
TEST(the_signal_mask_is_left_alone) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  CHECK_GET(at("/hello"), "hello\n");
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  for (int signal = 1; signal < 32; signal++)
    CHECK(sigismember(&before, signal) == sigismember(&after, signal));
  return 0;
}

#define HELD "watchdog: a callback has held the loop"

/* Holds the loop until the watchdog has told so; of others it may have told before. */
static void hold_in_note(const green_http_progress *progress, void *arg) {
  static char told[65536];
  uint64_t until = green_now() + UINT64_C(20000000000);
  ssize_t size = 0;
  (void)progress, (void)arg;
  do {
    size = pread(STDERR_FILENO, told, sizeof told - 1, 0); /* the file of the capture */
    told[size > 0 ? size : 0] = '\0';
  } while (!strstr(told, HELD) && green_now() < until);
}

TEST(the_watchdog_tells_of_a_note) {
  AUTO_CAPTURE struct test_capture capture = test_capture_stderr();
  CHECK_STATUS(green_set_watchdog(5), 0);
  AUTO_RESPONSE green_http_response *response = NULL;
  struct address address = at("/bytes/1000");
  green_http_request request = {.url = address.text, .progress = hold_in_note};
  int rc = test_saw(green_http_perform(NULL, &response, &request));
  green_set_watchdog(0);
  CHECK_STATUS(rc, 0);
  CHECK_CONTAINS(test_captured(&capture), HELD);
  return 0;
}

#define FEW_MOST 256

/* No server has refused anything. */
TEST(without_a_descriptor_left) {
  struct address server;
  struct rlimit usual, few;
  int taken[FEW_MOST], count = 0;
  CHECK_STATUS(find_server("dying", &server), 0);
  getrlimit(RLIMIT_NOFILE, &usual);
  few = usual;
  few.rlim_cur = FEW_MOST;
  CHECK_NUMBER(setrlimit(RLIMIT_NOFILE, &few), 0);
  while (count < FEW_MOST && (taken[count] = dup(STDERR_FILENO)) >= 0) count++;
  AUTO_RESPONSE green_http_response *response = NULL;
  int rc = test_saw(green_http_get(NULL, &response, server.text));
  while (count) close(taken[--count]);
  setrlimit(RLIMIT_NOFILE, &usual);
  CHECK_STATUS(rc, GREEN_EMFILE);
  return 0;
}
