/* Ways in which a program that the environment has traced ends: ends exit | quit | thread | fork | child | inner.
 * environment.test.mjs looks at what is left behind. */
#include <greenio/greenio.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t runs;

static int exit_at_once(void *arg) {
  (void)arg;
  exit(0);
}

static int quit_at_once(void *arg) {
  (void)arg;
  _exit(0);
}

static int sleep_long(void *arg) {
  (void)arg;
  sem_post(&runs);
  return green_sleep(3600 * 1000);
}

static void *run_in_thread(void *arg) {
  green_run(sleep_long, arg);
  return NULL;
}

static int exit_beside_thread(void) {
  pthread_t thread;
  sem_init(&runs, 0, 0);
  if (pthread_create(&thread, NULL, run_in_thread, NULL) != 0) return 1;
  while (sem_wait(&runs) != 0) continue;
  exit(0);
}

static int nap(void *arg) {
  (void)arg;
  return green_sleep(1);
}

/* The child ends by exit(), at which the parent's trace is none of its business. */
static int fork_and_exit(void *arg) {
  (void)arg;
  pid_t child = fork();
  if (child == 0) exit(0);
  while (waitpid(child, NULL, 0) < 0) continue;
  return green_sleep(1);
}

/* It starts itself once more, as a program. */
static int start_inner(void *program) {
  char command[4096];
  snprintf(command, sizeof command, "'%s' inner", (const char *)program);
  return system(command) == 0 ? 0 : GREEN_EIO;
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "";
  if (strcmp(how, "exit") == 0) return green_run(exit_at_once, NULL);
  if (strcmp(how, "quit") == 0) return green_run(quit_at_once, NULL);
  if (strcmp(how, "thread") == 0) return exit_beside_thread();
  if (strcmp(how, "fork") == 0) return green_run(fork_and_exit, NULL) < 0;
  if (strcmp(how, "child") == 0) return green_run(start_inner, argv[0]) < 0;
  printf("%s\n", getenv("GREENIO_TRACE") ? "asks for a trace" : "asks for none");
  return strcmp(how, "inner") == 0 ? green_run(nap, NULL) < 0 : 2;
}
