/* A libuv program that has its own loop and handles, and awaits green work without being green
 * itself.
 *
 *   embed
 *
 * The program ticks with a timer and listens for SIGINT, in callbacks as ever. One of its parts is
 * written as a green task, straight down; green_future_on_done() tells the program when it is done.
 * At the end the program closes all its handles by uv_walk(), as libuv programs do: first greenio
 * lets go of the loop, and its handles are not the program's.
 */
#include <stdio.h>
#include <greenio/greenio.h>
#include <greenio/uv.h>

struct program {
  uv_timer_t tick;
  uv_signal_t interrupt;
  green_future *work;
  int ticks, closed;
  bool failed;
};

/* ---- the green part: it may wait, and is not cut into callbacks ---- */

static int fetch_record(int number) {
  int rc = green_sleep(20); /* it would be a request */
  return rc < 0 ? rc : number * number;
}

static int fetch_all(void *arg) {
  (void)arg;
  int count = 0;
  for (int number = 1; number <= 3; number++) {
    int rc = fetch_record(number);
    if (rc < 0) return green_fail(rc, "record %d: %s", number, green_strerror(rc));
    printf("record %d is %d\n", number, rc);
    count++;
  }
  return count;
}

/* ---- the program's own callbacks ---- */

static void on_tick(uv_timer_t *timer) {
  struct program *program = timer->data;
  program->ticks++;
}

static void on_interrupt(uv_signal_t *signal, int number) {
  struct program *program = signal->data;
  (void)number;
  green_cancel(program->work);
}

/* On the loop, as any callback. */
static void on_fetched(green_future *work, void *arg) {
  struct program *program = arg;
  int rc = green_future_status(work);
  if (rc < 0)
    fprintf(stderr, "embed: %s\n", green_future_message(work));
  else
    printf("fetched %d records while the program ticked %s\n", rc,
           program->ticks ? "on" : "not at all");
  program->failed = rc < 0;
  uv_stop(program->tick.loop);
}

static void on_closed(uv_handle_t *handle) {
  struct program *program = handle->data;
  program->closed++;
}

static void close_handle(uv_handle_t *handle, void *arg) {
  (void)arg;
  if (!uv_is_closing(handle)) uv_close(handle, on_closed); /* greenio's are closing by themselves */
}

static int start(struct program *program, uv_loop_t *loop) {
  uv_timer_init(loop, &program->tick);
  uv_signal_init(loop, &program->interrupt);
  program->tick.data = program->interrupt.data = program;
  uv_timer_start(&program->tick, on_tick, 5, 5);
  uv_signal_start(&program->interrupt, on_interrupt, SIGINT);
  int rc = green_uv_attach(loop);
  if (rc < 0) return rc;
  program->work = green_spawn(fetch_all, NULL);
  return green_future_on_done(program->work, on_fetched, program);
}

int main(void) {
  struct program program = {.ticks = 0};
  uv_loop_t loop;
  uv_loop_init(&loop);
  int rc = start(&program, &loop);
  if (rc < 0) {
    fprintf(stderr, "embed: %s\n", green_strerror(rc));
    return 1;
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  green_future_release(program.work);
  rc = green_uv_detach(); /* before the walk */
  if (rc < 0) fprintf(stderr, "embed: detach: %s\n", green_strerror(rc));
  uv_walk(&loop, close_handle, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  printf("closed %d handles of the program\n", program.closed);
  if (uv_loop_close(&loop) == 0) printf("the loop is closed\n");
  return program.failed || rc < 0;
}
