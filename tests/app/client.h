/* A host of the tests: takes the place of an HTTP server, in memory, so that all that applications
 * do is tested on every host. A client is one request and what came of it.
 *
 * In a task:
 *   AUTO_APP green_app *app = NULL;                       declared before the clients
 *   AUTO_CLIENT struct client client = {0};
 *   CHECK_STATUS(client_get(&client, app, "/path"), 200); the whole exchange; the answer's status
 *   CHECK_STRING(client.body, "...");
 */
#ifndef GREENIO_TESTS_APP_CLIENT_H
#define GREENIO_TESTS_APP_CLIENT_H

#include <greenio/app.h>
#include "app/server.h"
#include "harness.h"

struct client {
  struct green__exchange *exchange; /* NULL: closed */
  green_future *changed;            /* while it waits */
  bool told;                        /* that something changed */
  const char *to_send;
  size_t left, piece;
  bool end_due; /* push_end() */
  int status;   /* 0: no answer yet */
  bool pieces, bodiless, unread, broken, whole;
  uint64_t announced; /* the answer's size */
  char *body;         /* ended by 0 */
  size_t size, room;
  char headers[4000]; /* "name: value\n" ... */
};

/* What to ask; what is 0 has its default. */
struct ask {
  const char *method; /* NULL: GET, or POST with a body */
  const char *target;
  const char *headers; /* "name: value\n" ... */
  const char *body;
  size_t size;    /* 0: strlen(body) */
  size_t piece;   /* bytes given at once; 0: all */
  bool chunked;   /* the size is not announced */
  uint64_t claim; /* announced in the size's place */
  bool open;      /* the body does not end */
};

/* Leaves a test whose request has failed for want of memory where that cannot be seen by its
 * status. */
#define CHECK_ALLOCATIONS()                                                                        \
  if (test_allocator_failed()) return test_saw(GREEN_ENOMEM)

#define AUTO_CLIENT __attribute__((unused, cleanup(client_end)))
#define AUTO_APP    __attribute__((unused, cleanup(test_auto_app)))
void client_end(struct client *client); /* closes; the client has gone if there is more */
void test_auto_app(green_app **app);    /* shut down and joined */

/* Begins; 0, GREEN_ENOMEM. */
int client_begin(struct client *client, green_app *app, const struct ask *ask);
/* Gives and takes what can be now. True: the answer is whole, or broken. */
bool client_pump(struct client *client);
/* Waits until there is an answer's head, or so many bytes of its body: the status, or a failure. */
int client_wait(struct client *client, size_t size);
/* Begins, and waits for the whole answer: the status, 0 if there is none, or a failure. */
int client_ask(struct client *client, green_app *app, const struct ask *ask);
int client_get(struct client *client, green_app *app, const char *target);
int client_post(struct client *client, green_app *app, const char *target, const char *type,
                const char *body);
/* The first of that name, until the next call; NULL: none. */
const char *client_header(const struct client *client, const char *name);

#endif
