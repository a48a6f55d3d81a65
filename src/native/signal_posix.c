/* libuv would leave a signal that nobody watches any more with the default action; the program's own comes
 * back here. */
#include "signal_watch.h"

#include <pthread.h>
#include <signal.h>
#include "native.h"

/* The program's own handler of each signal, from before it was watched; for all threads. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct meaning {
  int signal, watches;
  struct sigaction before;
} meanings[] = {{.signal = SIGINT}, {.signal = SIGTERM}, {.signal = SIGHUP}, {.signal = SIGQUIT}};

const int green__signal_quit = SIGQUIT;

static struct meaning *meaning_find(int signal) {
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (meanings[i].signal == signal) return &meanings[i];
  return NULL;
}

int green__signal_start(uv_signal_t *handle, uv_signal_cb on_signal, int number) {
  struct meaning *meaning = meaning_find(number);
  struct sigaction before, now;
  pthread_mutex_lock(&mutex);
  sigaction(meaning->signal, NULL, &before);
  int rc = uv_signal_start(handle, on_signal, number);
  sigaction(meaning->signal, NULL, &now);
  if (rc == 0 && meaning->watches++ == 0) {
    meaning->before = before;
    if (now.sa_handler == before.sa_handler) /* libuv's, for a handle of the program's */
      meaning->before = (struct sigaction){.sa_handler = SIG_DFL};
  }
  pthread_mutex_unlock(&mutex);
  return rc;
}

void green__signal_stop(uv_signal_t *handle) {
  struct meaning *meaning = meaning_find(handle->signum);
  if (!meaning) return;
  struct sigaction now;
  pthread_mutex_lock(&mutex);
  uv_signal_stop(handle);
  sigaction(meaning->signal, NULL, &now);
  if (--meaning->watches == 0 && now.sa_handler == SIG_DFL)
    sigaction(meaning->signal, &meaning->before, NULL);
  pthread_mutex_unlock(&mutex);
}

void green__signals_fork_begin(void) {
  pthread_mutex_lock(&mutex);
}

/* In the child the signals mean what they did before: libuv's handler would tell the parent. */
void green__signals_fork_end(bool child) {
  for (size_t i = 0; child && i < sizeof meanings / sizeof *meanings; i++) {
    if (meanings[i].watches) sigaction(meanings[i].signal, &meanings[i].before, NULL);
    meanings[i].watches = 0;
  }
  pthread_mutex_unlock(&mutex);
}
