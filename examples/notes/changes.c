/* Changes: one connection listens for the whole program, and each client that wants to know has a
 * channel with room for one thing, so that a slow one holds nobody up, and misses nothing but
 * repetitions. A stream holds no worker, so that so many open pages leave the site as it is; beyond
 * the application's max_streams it is 503, and its page asks again later. */
#include <stdio.h>
#include <greenio/greenio.h>
#include "notes.h"

#define AGAIN     2000  /* ms, after the database was lost */
#define HEARTBEAT 15000 /* ms */

static void tell_all(struct notes *notes) {
  for (struct notes_listener *listener = notes->listeners; listener; listener = listener->next)
    green_channel_try_send(listener->changed, NULL);
}

/* The signals that end green_server_wait(). A service worker has none, and ends without a word. */
int changes_end(void *arg) {
  const struct notes *notes = arg;
  green_future *signals[2] = {NULL, NULL};
  int rc = green_signal(&signals[0], SIGTERM);
  if (rc == 0) rc = green_signal(&signals[1], SIGINT);
  if (rc == 0) rc = green_wait_any(signals, 2);
  for (size_t i = 0; i < 2; i++) {
    if (signals[i]) green_cancel(signals[i]);
    green_future_release(signals[i]);
  }
  for (struct notes_listener *listener = notes->listeners; rc >= 0 && listener;
       listener = listener->next)
    green_channel_close(listener->changed);
  return rc == GREEN_ENOTSUP ? 0 : rc;
}

/* Until the connection is lost. */
static int listen_once(struct notes *notes) {
  green_pg *pg;
  green_pg_listener *listener = NULL;
  green_pg_notification notification;
  int rc = green_pg_connect(&pg, notes->database);
  if (rc == 0) rc = green_pg_listen(pg, &listener, "note");
  while (rc == 0 || rc == GREEN_ENOBUFS) {
    tell_all(notes); /* also at first: what happened before nobody has heard of */
    rc = green_pg_listener_next(listener, &notification);
  }
  green_pg_listener_release(listener);
  green_pg_release(pg);
  return rc;
}

int changes_listen(void *arg) {
  int rc = 0;
  while (!green_cancelled()) {
    rc = listen_once(arg);
    if (rc == GREEN_ECANCELED) break;
    fprintf(stderr, "notes: not listening for changes, trying again: %s\n", green_message());
    green_sleep(AGAIN);
  }
  return rc;
}

static int tell_client(green_response *response, green_channel *changed) {
  int rc = green_response_start_events(response, HEARTBEAT);
  while (rc == 0) {
    rc = green_channel_receive(changed, NULL);
    if (rc == 0)
      rc = green_response_send_event(response, &(green_response_event){"changed", .data = ""});
  }
  return rc == GREEN_ECLOSED ? 0 : rc; /* the program ends: so does the body, whole */
}

int changes_events(green_request *request, green_response *response, void *arg) {
  struct notes *notes = arg;
  struct notes_listener listener = {.next = notes->listeners, .link = &notes->listeners};
  if (guard_is_foreign(request)) return green_response_send_status(response, 403);
  int rc = green_channel_new(&listener.changed, 0, 1);
  if (rc < 0) return rc;
  if (listener.next) listener.next->link = &listener.next;
  notes->listeners = &listener;
  rc = tell_client(response, listener.changed);
  *listener.link = listener.next;
  if (listener.next) listener.next->link = listener.link;
  green_channel_release(listener.changed);
  return rc;
}
