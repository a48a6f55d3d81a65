/* The C side of ends.test.mjs: a program at a terminal, WAY [PATH ...]. It prints what it is at, and then waits for what is
 * done to it, or ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <emscripten.h>
#include <greenio/greenio.h>
#include <greenio/process.h>
#include <greenio/terminal.h>
#include <greenio/tls.h>

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
EM_JS(void, change_folder, (const char *name), { process.chdir(UTF8ToString(name)); })
/* What the package signal-exit does (4.1). */
EM_JS(void, listen_as_signal_exit, (void), {
  const emitter = { count: 1 };
  const heard = () => {
    if (process.listenerCount('SIGTERM') !== emitter.count) return;
    process.off('SIGTERM', heard);
    console.log('cleans up');
    process.kill(process.pid, 'SIGTERM');
  };
  globalThis[Symbol.for('signal-exit emitter')] = emitter;
  process.on('SIGTERM', heard);
})
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

static int close_at_term(void) {
  green_future *signal;
  int rc = green_signal(&signal, SIGTERM);
  if (rc < 0) return rc;
  if ((rc = green_hold()) < 0) return rc; /* a signal alone does not keep the program */
  say("listens");
  rc = green_wait(signal);
  green_unhold();
  green_future_release(signal);
  green_stream_close(terminal);
  say("closed");
  if (rc == 0) exit(5);
  return rc;
}

static int end(void) {
  if (strcmp(way, "exit") == 0) exit(7);
  if (strcmp(way, "return") == 0) return 0;
  if (strcmp(way, "abort") == 0) abort();
  if (strcmp(way, "trap") == 0) return trap_in_callback();
  if (strcmp(way, "throw") == 0) throw_later();
  if (strcmp(way, "heard") == 0) listen_to_term();
  if (strcmp(way, "closes") == 0) return close_at_term();
  if (strcmp(way, "signal-exit-last") == 0) listen_as_signal_exit(), say("listens");
  return green_sleep(1000000);
}

static int end_raw(void) {
  if (strcmp(way, "signal-exit-first") == 0) listen_as_signal_exit();
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

static int write_much(void *arg) {
  static char much[200000];
  (void)arg;
  memset(much, 'x', sizeof much);
  return green_stream_write(terminal, much, sizeof much, NULL);
}

/* What is typed then waits for whoever reads next. */
static int run_child_reader(void) {
  green_process_result *result;
  say("child");
  int rc = green_sleep(100); /* this program would read it meanwhile */
  if (rc == 0)
    rc = green_process_run(
        &result, (const char *const[]){"sh", "-c", "read line </dev/tty; echo child $line", NULL},
        NULL, NULL, 0);
  if (rc < 0) return rc;
  printf("%s", result->output);
  green_process_result_release(result);
  return 0;
}

/* Between two lines a child has the terminal. */
static int child_reads(void) {
  char line[64];
  int rc = green_terminal_open(&terminal, NULL);
  if (rc == 0) rc = say("line");
  if (rc == 0) rc = green_stream_read(terminal, line, sizeof line);
  if (rc < 0) return rc;
  printf("own %.*s", rc, line);
  rc = run_child_reader();
  green_stream_release(terminal);
  return rc;
}

static int read_key(void *arg) {
  (void)arg;
  char key;
  return green_stream_read(terminal, &key, 1);
}

static int cancel_read(void) {
  green_future *reader = green_spawn(read_key, NULL);
  int rc = green_yield();
  green_cancel(reader);
  int ended = green_wait(reader);
  green_future_release(reader);
  return rc < 0 ? rc : ended == GREEN_ECANCELED ? 0 : GREEN_EIO;
}

/* Nobody reads any more. */
static int canceled(void) {
  int rc = green_terminal_open(&terminal, NULL);
  if (rc == 0) rc = cancel_read();
  if (rc == 0) rc = run_child_reader();
  green_stream_release(terminal);
  return rc;
}

/* A writer waits for room meanwhile, behind a first key. */
static int beside_writer(int (*reads)(void)) {
  int rc = open_raw(NULL);
  if (rc == 0) rc = say("opened");
  if (rc == 0) rc = read_key(NULL);
  green_future *writer = green_spawn(write_much, NULL);
  for (int i = 0; i < 3; i++) green_sleep(1);
  say(green_future_status(writer) == GREEN_EAGAIN ? "full" : "wrote");
  if (rc == 1) rc = reads();
  if (rc < 0) return rc;
  say("goes on");
  rc = green_wait(writer);
  green_future_release(writer);
  green_stream_release(terminal);
  return rc;
}

static int read_two_keys(void) {
  int rc = 0;
  for (int i = 0; rc >= 0 && i < 2; i++) {
    rc = read_key(NULL);
    if (rc == 1) say("key");
  }
  return rc;
}

static int two_keys(void) {
  return beside_writer(read_two_keys);
}

static int cancel_and_run(void) {
  int rc = cancel_read();
  return rc < 0 ? rc : run_child_reader();
}

static int canceled_beside(void) {
  return beside_writer(cancel_and_run);
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

/* By a name that says nothing any more. */
static int moved(void) {
  change_folder("/dev/pts");
  int rc = green_terminal_open(&terminal, strrchr(paths[0], '/') + 1);
  if (rc < 0) return rc;
  change_folder("/");
  rc = green_terminal_set_raw(terminal, true);
  say("raw");
  if (rc == 0) rc = read_key(NULL);
  green_stream_release(terminal);
  return rc < 0 ? rc : 0;
}

static int tls(void) {
  int rc = green_terminal_open(&terminal, NULL);
  if (rc < 0) return rc;
  printf("%d\n", green_stream_start_tls(terminal, NULL, "localhost"));
  green_stream_release(terminal);
  return 0;
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
  } ways[] = {{"keys", keys},         {"window", window},     {"child", child_reads},
              {"canceled", canceled}, {"two_keys", two_keys}, {"canceled_beside", canceled_beside},
              {"slow", slow},         {"moved", moved},       {"tls", tls},
              {"none", none}};
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
