/* An easy handle of the program's, on the multi handle of the runtime's own client. The record lies
 * on the stack of the waiting task, which does not leave before the handle is out of libcurl. */
#include <greenio/curl.h>
#include "http_curl.h"

#include <greenio/status.h>
#include <greenio/task.h>
#include "core/wait.h"

struct performing {
  struct green__curl_foreign foreign;
  green_http_client *client;
};

void green__curl_foreign_end(green_http_client *client, struct green__curl_foreign *foreign,
                             int outcome) {
  if (foreign->added) {
    green__list_remove(client->foreign, foreign, next, previous);
    foreign->added = false;
    green__curl_remove(client, foreign->easy);
  }
  foreign->outcome = outcome;
  if (foreign->waiters.head) green__wake(foreign->waiters.head, 0);
}

static struct performing *of_timer(struct green__timer *timer) {
  return green__container_of(timer, struct performing, foreign.to_host);
}

static void on_start(struct green__timer *timer) {
  struct performing *performing = of_timer(timer);
  struct green__curl_foreign *foreign = &performing->foreign;
  green_http_client *client = performing->client;
  int rc = green__curl_add(client, foreign->easy);
  if (rc < 0) {
    green__curl_foreign_end(client, foreign, rc);
    return;
  }
  green__list_add(client->foreign, foreign, next, previous);
  foreign->added = true;
  green__curl_drive(client);
}

/* Without QUICK_EXIT libcurl would wait here, on the loop, for the end of a name lookup. */
static void on_stop(struct green__timer *timer) {
  struct performing *performing = of_timer(timer);
  if (performing->foreign.outcome != GREEN_EAGAIN) return;
  curl_easy_setopt(performing->foreign.easy, CURLOPT_QUICK_EXIT, 1L);
  green__curl_foreign_end(performing->client, &performing->foreign, GREEN_ECANCELED);
}

static int wait_for(struct green__curl_foreign *foreign) {
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  green__wait_on(self, &foreign->waiters);
  return green__park(self, "libcurl", foreign->easy);
}

static void on_host(struct performing *performing, void (*fire)(struct green__timer *)) {
  performing->foreign.to_host.fire = fire;
  green__timer_set(green__runtime_own(), &performing->foreign.to_host, green_now());
}

static int handle_run(struct performing *performing) {
  struct green__curl_foreign *foreign = &performing->foreign;
  on_host(performing, on_start);
  int rc = wait_for(foreign);
  if (foreign->outcome != GREEN_EAGAIN) {
    green__wait_restore(green__running(), rc);
    return foreign->outcome;
  }
  on_host(performing, on_stop);
  GREEN_SHIELD {
    wait_for(foreign);
  }
  return rc;
}

int green_curl_perform(CURL *easy) {
  if (!green_current()) return GREEN_EMAIN;
  if (!easy) return GREEN_EINVAL;
  struct performing performing = {.foreign = {.easy = easy, .outcome = GREEN_EAGAIN},
                                  .client = green__http_client_take(NULL)};
  if (!performing.client) return GREEN_ENOMEM;
  int rc = handle_run(&performing);
  green__timer_clear(green__runtime_own(), &performing.foreign.to_host);
  green_http_client_release(performing.client);
  return rc;
}
