#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "host.h"

static void changed(void *host) {
  struct client *client = host;
  client->told = true;
  if (client->changed) green_resolve(client->changed, NULL, NULL);
}

static void add_headers(struct client *client, const char *headers) {
  while (headers && *headers) {
    size_t size = strcspn(headers, "\n"), name = strcspn(headers, ":");
    green__exchange_header(client->exchange, headers, name, headers + name + 2, size - name - 2);
    headers += size + 1;
  }
}

/* What the host is told of comes from a loop that has looked for events, which renews the budget of
 * a turn: else a slow machine would have spent it here, and nothing would be answered at once. */
static void event(void) {
  if (!green_current() && green__runtime_own()) green__turn_renew(green__runtime_own());
}

int client_begin(struct client *client, green_app *app, const struct ask *ask) {
  static const green_address peer = {GREEN_IPV4, 50000, "127.0.0.1"};
  size_t size = ask->body && !ask->size ? strlen(ask->body) : ask->size;
  struct green__head head = {
      .method = ask->method              ? ask->method
                : ask->body || ask->open ? "POST"
                                         : "GET",
      .target = ask->target,
      .protocol = "HTTP/1.1",
      .peer = &peer,
      .body = ask->chunked ? GREEN__UNKNOWN
              : ask->claim ? ask->claim
                           : size,
  };
  client->exchange = green__exchange_open(app, changed, client);
  if (!client->exchange) return test_saw(GREEN_ENOMEM);
  client->to_send = ask->body;
  client->left = size;
  client->piece = ask->piece ? ask->piece : SIZE_MAX;
  client->end_due = head.body && !ask->open;
  add_headers(client, ask->headers);
  event();
  green__exchange_begin(client->exchange, &head);
  if (!test_allocator_failed()) return 0;
  const struct green__answer *answer = green__exchange_answer(client->exchange);
  return answer && answer->status == 503 ? test_saw(GREEN_ENOMEM) : 0;
}

/* ---- pumping --------------------------------------------------------------------------------- */

static void give(struct client *client) {
  while (client->left) {
    size_t room = green__exchange_room(client->exchange);
    size_t size = client->left < client->piece ? client->left : client->piece;
    if (!room) return;
    event();
    size_t taken = green__exchange_push(client->exchange, client->to_send, size);
    client->to_send += taken;
    client->left -= taken;
    if (taken < size) return;
  }
  if (!client->end_due) return;
  client->end_due = false;
  event();
  green__exchange_push_end(client->exchange, 0);
}

static void keep(struct client *client, const void *data, size_t size) {
  if (client->size + size + 1 > client->room) {
    client->room = (client->size + size + 1) * 2;
    client->body = realloc(client->body, client->room);
    if (!client->body) abort();
  }
  if (size) memcpy(client->body + client->size, data, size);
  client->size += size;
  client->body[client->size] = 0;
}

static void take_head(struct client *client, const struct green__answer *answer) {
  size_t at = 0, room = sizeof client->headers;
  client->status = answer->status;
  client->pieces = answer->pieces;
  client->bodiless = answer->bodiless;
  client->unread = answer->unread;
  client->announced = answer->size;
  for (size_t i = 0; i < answer->header_count && at < room; i++)
    at += (size_t)snprintf(client->headers + at, room - at, "%s: %s\n", answer->headers[i].name,
                           answer->headers[i].value);
  keep(client, answer->body, answer->body ? (size_t)answer->size : 0);
}

/* One piece at a time, and not all of a large one, as a slow client would. */
static bool take_pieces(struct client *client) {
  const void *data;
  size_t size;
  for (;;) {
    switch (green__exchange_output(client->exchange, &data, &size)) {
    case GREEN__OUTPUT_READY:
      if (size > 10000) size = 10000;
      keep(client, data, size);
      green__exchange_sent(client->exchange, size);
      break;
    case GREEN__OUTPUT_LATER:
      return false;
    case GREEN__OUTPUT_END:
      return true;
    case GREEN__OUTPUT_BROKEN:
      return client->broken = true;
    }
  }
}

bool client_pump(struct client *client) {
  if (!client->exchange) return true;
  client->told = false;
  give(client);
  const struct green__answer *answer = green__exchange_answer(client->exchange);
  if (!answer) return false;
  if (!client->status) take_head(client, answer);
  if (client->pieces && !take_pieces(client)) return false;
  client->whole = !client->broken;
  green__exchange_close(client->exchange, client->whole);
  client->exchange = NULL;
  return true;
}

/* What failed for want of memory is for the test to know. */
static int outcome(const struct client *client) {
  if (test_allocator_failed() && (client->status >= 500 || client->broken))
    return test_saw(GREEN_ENOMEM);
  return client->status;
}

static int wait_for_change(struct client *client) {
  if (client->told) return 0;
  int rc = green_future_new(&client->changed);
  if (rc < 0) return rc;
  rc = green_join(client->changed);
  client->changed = NULL;
  return rc;
}

int client_wait(struct client *client, size_t size) {
  while (!client_pump(client)) {
    if (client->status && client->size >= size) break;
    int rc = wait_for_change(client);
    if (rc < 0) return rc;
  }
  return outcome(client);
}

int client_ask(struct client *client, green_app *app, const struct ask *ask) {
  client_end(client);
  int rc = client_begin(client, app, ask);
  return rc < 0 ? rc : client_wait(client, SIZE_MAX);
}

int client_get(struct client *client, green_app *app, const char *target) {
  return client_ask(client, app, &(struct ask){.target = target});
}

int client_post(struct client *client, green_app *app, const char *target, const char *type,
                const char *body) {
  char header[200];
  snprintf(header, sizeof header, "Content-Type: %s\n", type);
  return client_ask(client, app,
                    &(struct ask){.target = target, .headers = type ? header : NULL, .body = body});
}

/* ---- the end --------------------------------------------------------------------------------- */

void client_end(struct client *client) {
  if (client->exchange) green__exchange_close(client->exchange, false);
  free(client->body);
  *client = (struct client){0};
}

const char *client_header(const struct client *client, const char *name) {
  static char value[1000];
  size_t size = strlen(name);
  for (const char *line = client->headers; *line; line = strchr(line, '\n') + 1) {
    if (strncasecmp(line, name, size) != 0 || line[size] != ':') continue;
    snprintf(value, sizeof value, "%.*s", (int)strcspn(line + size + 2, "\n"), line + size + 2);
    return value;
  }
  return NULL;
}

void test_auto_app(green_app **app) {
  if (!*app) return;
  const green_pool *pool = green_app_pool(*app);
  green_future *ended = green_app_shutdown(*app);
  GREEN_SHIELD {
    green_join(ended);
    /* without memory for the future, what runs has yet to end */
    while (green_pool_queued_count(pool) ||
           green_pool_worker_count(pool) > green_pool_idle_count(pool))
      green_yield();
  }
  green_app_release(*app);
}
