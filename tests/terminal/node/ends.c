/* The C side of ends.test.mjs: a program at a terminal, WAY [PATH ...]. It prints what it is at, and then waits for what is
 * done to it, or ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/process.h>
#include <greenio/terminal.h>

static const char *way, **paths;
static green_stream *terminal;

static int say(const char *text) {
  printf("%s\n", text);
  return fflush(stdout);
}

static int open_raw(const char *path) {
  int rc = green_terminal_open(&terminal, path);
  if (rc < 0) return green_fail(rc, "%s", green_message());
  return green_terminal_set_raw(terminal, true);
}

/* ---- ways to end ----------------------------------------------------------------------------- */

static void trap_on_done(green_future *future, void *arg) {
  (void)future, (void)arg;
  __builtin_trap();
}

static int trap_in_callback(void) {
  green_future *future;
  int rc = green_future_new(&future);
  if (rc == 0) rc = green_future_on_done(future, trap_on_done, NULL);
  if (rc == 0) rc = green_resolve(future, NULL, NULL);
  return rc < 0 ? rc : green_sleep(1000000);
}

/* clang-format off */
EM_JS(void, throw_later, (void), { setTimeout(() => { throw new Error('nobody catches it'); }, 1); })
EM_JS(void, listen_to_term, (void), {
  process.on('SIGTERM', () => { console.log('heard'); setTimeout(() => process.exit(5), 1); });
  console.log('listens');
})
/* clang-format on */

/* It is watched, and no more: Node's own handler is gone then. */
static int watch_once(void) {
  green_future *signal;
  int rc = green_signal(&signal, SIGTERM);
  if (rc < 0) return rc;
  green_cancel(signal);
  green_future_status(signal);
  green_future_release(signal);
  return green_yield();
}

static int end(void) {
  if (strcmp(way, "exit") == 0) exit(7);
  if (strcmp(way, "return") == 0) return 0;
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "trap") == 0) return trap_in_callback();
  if (strcmp(way, "throw") == 0) throw_later();
  if (strcmp(way, "heard") == 0) listen_to_term();
  return green_sleep(1000000);
}

static int end_raw(void) {
  int rc = strcmp(way, "watched") == 0 ? watch_once() : 0;
  do {
    if (rc == 0) rc = open_raw(*paths); /* each of them; NULL: its own */
  } while (rc == 0 && *paths && *++paths);
  if (rc < 0) return rc;
  say("raw");
  char key;
  rc = green_stream_read(terminal, &key, 1);
  return rc < 0 ? rc : end();
}

/* ---- ways to go on --------------------------------------------------------------------------- */

/* Each key: r, raw once more; q, the end. */
static int keys(void) {
  int rc = open_raw(NULL);
  for (char key = 0; rc == 0 && key != 'q';) {
    say("waits");
    rc = green_stream_read(terminal, &key, 1);
    if (rc == 1) printf("key %d\n", key);
    rc = rc == 1 && key == 'r' ? green_terminal_set_raw(terminal, true) : rc < 0 ? rc : 0;
  }
  green_stream_release(terminal);
  return rc;
}

static int window(void) {
  green_terminal_window size;
  int rc = green_terminal_open(&terminal, NULL);
  if (rc == 0) rc = green_terminal_size(terminal, &size);
  if (rc == 0) rc = say("looks");
  if (rc == 0) rc = green_terminal_wait_size(terminal, &size);
  if (rc == 0) printf("%u %u\n", size.columns, size.rows);
  green_stream_release(terminal);
  return rc;
}

/* Between two lines a child has the terminal. */
static int child_reads(void) {
  char line[64];
  green_process_result *result;
  int rc = green_terminal_open(&terminal, NULL);
  if (rc == 0) rc = say("line");
  if (rc == 0) rc = green_stream_read(terminal, line, sizeof line);
  if (rc < 0) return rc;
  printf("own %.*s", rc, line);
  say("child");
  rc = green_process_run(
      &result, (const char *const[]){"sh", "-c", "read line </dev/tty; echo child $line", NULL},
      NULL, NULL, 0);
  if (rc < 0) return rc;
  printf("%s", result->output);
  green_process_result_release(result);
  green_stream_release(terminal);
  return 0;
}

static int write_much(void *arg) {
  static char much[200000];
  (void)arg;
  memset(much, 'x', sizeof much);
  return green_stream_write(terminal, much, sizeof much, NULL);
}

/* A terminal that takes nothing holds up the task that writes. */
static int slow(void) {
  int rc = green_terminal_open(&terminal, NULL);
  if (rc < 0) return rc;
  say("opened");
  char key;
  rc = green_stream_read(terminal, &key, 1);
  green_future *writer = green_spawn(write_much, NULL);
  for (int i = 0; i < 3; i++) green_sleep(1);
  say(green_future_status(writer) == GREEN_EAGAIN ? "ticked" : "wrote");
  rc = green_wait(writer);
  green_future_release(writer);
  green_stream_release(terminal);
  say("written");
  return rc;
}

/* ---- none ------------------------------------------------------------------------------------ */

static int none(void) {
  int rc = green_terminal_open(&terminal, NULL);
  printf("%d %s\n", rc, rc < 0 ? green_message() : "");
  return 0;
}

static int run(void *arg) {
  static const struct {
    const char *name;
    int (*run)(void);
  } ways[] = {
      {"keys", keys}, {"window", window}, {"child", child_reads}, {"slow", slow}, {"none", none}};
  (void)arg;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (strcmp(ways[i].name, way) == 0) return ways[i].run();
  return end_raw();
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  way = argv[1], paths = (const char **)argv + 2;
  int rc = green_run(run, NULL);
  if (rc < 0) fprintf(stderr, "%s\n", green_message());
  return rc < 0;
}
