/* With -pthread: other threads have functions called on the module's own by green_post(), while a task waits there. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <greenio/greenio.h>

struct post {
  green_runtime *runtime;
  green_future *done;
};

static void complete(void *future) {
  green_resolve(future, NULL, NULL);
}

static void *post_it(void *arg) {
  struct post *post = arg;
  return (void *)(intptr_t)green_post(post->runtime, complete, post->done);
}

static int wait_for_thread(void) {
  struct post post = {green_runtime_current(), NULL};
  pthread_t thread;
  void *posted = NULL;
  int rc = green_future_new(&post.done);
  if (rc < 0) return rc;
  if (pthread_create(&thread, NULL, post_it, &post)) return GREEN_EAGAIN;
  GREEN_TIMEOUT(30000) {
    rc = green_wait(post.done);
  }
  if (rc < 0) return rc; /* it may not even have begun */
  pthread_join(thread, &posted);
  green_future_release(post.done);
  return (int)(intptr_t)posted;
}

static int app(void *arg) {
  (void)arg;
  int rc = 0;
  for (int i = 0; i < 20 && rc == 0; i++) rc = wait_for_thread();
  return rc;
}

int main(void) {
  int rc = green_run(app, NULL);
  if (rc == 0) puts("ok");
  return rc < 0;
}
