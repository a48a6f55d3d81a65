/* libuv would leave a signal that nobody watches any more with the default action; the program's own comes
 * back here. */
#include "signal_watch.h"

#include <pthread.h>
#include <signal.h>
#include "native.h"
#include "core/list.h"

/* The program's own handler of each signal, from before it was watched; for all threads. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct meaning {
  int signal;
  struct green__signal *watches;
  struct sigaction before;
} meanings[] = {{.signal = SIGINT},
                {.signal = SIGTERM},
                {.signal = SIGHUP},
                {.signal = SIGQUIT},
                {.signal = SIGWINCH}};

const int green__signal_quit = SIGQUIT;
void (*green__at_default)(void);

static struct meaning *meaning_find(int signal) {
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (meanings[i].signal == signal) return &meanings[i];
  return NULL;
}

int green__signal_start(struct green__signal *signal, uv_signal_cb on_signal, int number) {
  struct meaning *meaning = meaning_find(number);
  struct sigaction before, now;
  pthread_mutex_lock(&mutex);
  sigaction(meaning->signal, NULL, &before);
  int rc = uv_signal_start(&signal->handle, on_signal, number);
  sigaction(meaning->signal, NULL, &now);
  if (rc == 0 && !meaning->watches) {
    meaning->before = before;
    if (now.sa_handler == before.sa_handler) /* libuv's, for a handle of the program's */
      meaning->before = (struct sigaction){.sa_handler = SIG_DFL};
  }
  if (rc == 0) green__list_add(meaning->watches, signal, next, previous);
  pthread_mutex_unlock(&mutex);
  return rc;
}

void green__signal_stop(struct green__signal *signal) {
  struct meaning *meaning = meaning_find(signal->handle.signum);
  if (!meaning) return;
  struct sigaction now;
  pthread_mutex_lock(&mutex);
  uv_signal_stop(&signal->handle);
  green__list_remove(meaning->watches, signal, next, previous);
  sigaction(meaning->signal, NULL, &now);
  if (!meaning->watches && now.sa_handler == SIG_DFL)
    sigaction(meaning->signal, &meaning->before, NULL);
  if (!meaning->watches && green__at_default) green__at_default();
  pthread_mutex_unlock(&mutex);
}

void green__signals_fork_begin(void) {
  pthread_mutex_lock(&mutex);
}

/* libuv's handler would tell the parent, and a watch of the child's would not bring it back while libuv knows of
 * the parent's. */
static void meaning_restore(struct meaning *meaning) {
  if (!meaning->watches) return;
  for (struct green__signal *one = meaning->watches; one; one = one->next)
    uv_signal_stop(&one->handle);
  meaning->watches = NULL;
  sigaction(meaning->signal, &meaning->before, NULL);
}

/* In the child the signals mean what they did before. */
void green__signals_fork_end(bool child) {
  for (size_t i = 0; child && i < sizeof meanings / sizeof *meanings; i++)
    meaning_restore(&meanings[i]);
  if (child) green__report_forget();
  pthread_mutex_unlock(&mutex);
}
