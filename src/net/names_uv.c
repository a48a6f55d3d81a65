/* Name lookups natively: the system's getaddrinfo(), which cannot be withdrawn, on threads of its
 * own.
 *
 * At most AT_ONCE lookups that tasks wait for run at a time, each on a thread; the others are
 * queued. A lookup that was given up leaves the queue. If it runs already, its thread goes on, but
 * does not count towards AT_ONCE any more, so that others can begin; all threads together are at
 * most THREADS_MOST. (libuv's pool has two threads for lookups, which two names that no server
 * answers for would occupy for as long as the system's resolver tries.)
 *
 * The record of a lookup is its thread's while that runs. What threads and the loop share is
 * `ended` and `open`, under the mutex; all else belongs to the runtime's thread. The end of the
 * runtime waits for no thread: the last one that ends frees the resolver. Since that may be when
 * the program has put its own allocator away, these records are the C library's memory. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/wait.h"
#include "names.h"
#include "names_uv.h"
#include "thread.h"

#define AT_ONCE      8
#define THREADS_MOST 64
#define ASCII_ROOM   400 /* of names: 253 bytes and what Punycode adds */

/* What getaddrinfo() gave. */
struct outcome {
  int code, error;
  struct addrinfo *list;
};

struct lookup {
  struct lookup *next, *previous; /* in the queue; or, one way, in `ended` */
  struct resolver *resolver;
  green_future *future; /* with a reference; NULL: nobody waits for it */
  const char *node, *service;
  struct addrinfo hints;
  bool hinted;
  struct outcome outcome;
  struct outcome *whole; /* the future's value, if that is to have all of it */
  const char *host;      /* for messages */
  char text[];
};

struct resolver {
  uv_async_t async; /* first: it is closed as a handle */
  atomic_uint references;
  pthread_mutex_t mutex;
  bool open;
  struct lookup *ended;

  struct green_runtime *runtime;
  struct green__closer closer;
  struct lookup *queue_head, *queue_tail;
  struct lookup *running[THREADS_MOST];
  unsigned wanted, threads; /* of those that run: somebody waits; all */
};

const char green__lookup_limit[] = "";

/* The thread's, which ends with the runtime. */
static _Thread_local struct resolver *own;

static void resolver_release(struct resolver *resolver) {
  if (atomic_fetch_sub(&resolver->references, 1) > 1) return;
  pthread_mutex_destroy(&resolver->mutex);
  free(resolver);
}

static void free_outcome(void *value) {
  struct outcome *outcome = value;
  if (outcome && outcome->list) freeaddrinfo(outcome->list);
  free(outcome);
}

static void lookup_free(struct lookup *lookup) {
  if (lookup->outcome.list) freeaddrinfo(lookup->outcome.list);
  free_outcome(lookup->whole);
  if (lookup->future) green_future_release(lookup->future);
  free(lookup);
}

/* ---- on a thread ---- */

static void *look_up(void *arg) {
  struct lookup *lookup = arg;
  struct resolver *resolver = lookup->resolver;
  struct outcome *outcome = &lookup->outcome;
  outcome->code = getaddrinfo(lookup->node, lookup->service, lookup->hinted ? &lookup->hints : NULL,
                              &outcome->list);
  outcome->error = errno;
  pthread_mutex_lock(&resolver->mutex);
  bool open = resolver->open;
  if (open) {
    lookup->next = resolver->ended;
    resolver->ended = lookup;
    uv_async_send(&resolver->async);
  }
  pthread_mutex_unlock(&resolver->mutex);
  if (!open) lookup_free(lookup);
  resolver_release(resolver);
  return NULL;
}

static int start_thread(struct lookup *lookup) {
  pthread_t thread;
  atomic_fetch_add(&lookup->resolver->references, 1);
  int error = green__thread_start(&thread, true, look_up, lookup);
  if (error) resolver_release(lookup->resolver);
  return error ? GREEN_ENOMEM : 0;
}

/* ---- the queue ---- */

/* Keeps the loop alive while a task waits for a lookup. */
static void hold_loop(struct resolver *resolver) {
  uv_handle_t *handle = (uv_handle_t *)&resolver->async;
  if (resolver->wanted || resolver->queue_head)
    uv_ref(handle);
  else
    uv_unref(handle);
}

static void queue_remove(struct resolver *resolver, struct lookup *lookup) {
  green__deque_remove(resolver->queue_head, resolver->queue_tail, lookup, next, previous);
}

/* Starts queued lookups. Each leaves the queue first, since `next` is its thread's from then on. */
static void start_some(struct resolver *resolver) {
  while (resolver->queue_head && resolver->wanted < AT_ONCE && resolver->threads < THREADS_MOST) {
    struct lookup *lookup = resolver->queue_head;
    queue_remove(resolver, lookup);
    int rc = start_thread(lookup);
    if (rc == 0) {
      resolver->running[resolver->threads++] = lookup;
      resolver->wanted++;
    } else if (resolver->threads) { /* tried again when one has ended */
      green__deque_add_first(resolver->queue_head, resolver->queue_tail, lookup, next, previous);
      break;
    } else {
      green_reject(lookup->future, rc, "%s: no thread for the lookup", lookup->host);
      lookup_free(lookup);
    }
  }
  hold_loop(resolver);
}

static void free_list(void *list) {
  freeaddrinfo(list);
}

static void lookup_settle(struct lookup *lookup) {
  struct outcome *outcome = &lookup->outcome;
  if (lookup->whole) {
    *lookup->whole = *outcome;
    green_resolve(lookup->future, lookup->whole, free_outcome);
    lookup->whole = NULL;
    outcome->list = NULL;
  } else if (outcome->code == 0) {
    green_resolve(lookup->future, outcome->list, free_list);
    outcome->list = NULL;
  } else if (outcome->code == EAI_MEMORY) {
    green_reject(lookup->future, GREEN_ENOMEM, NULL);
  } else {
    green_reject(lookup->future, GREEN_ENOHOST, "%s: %s", lookup->host,
                 gai_strerror(outcome->code));
  }
}

static void take_ended(struct resolver *resolver, struct lookup *lookup) {
  for (unsigned i = 0; i < resolver->threads; i++)
    if (resolver->running[i] == lookup)
      resolver->running[i] = resolver->running[--resolver->threads];
  if (lookup->future) {
    resolver->wanted--;
    lookup_settle(lookup);
  }
  lookup_free(lookup);
}

static void on_ended(uv_async_t *async) {
  struct resolver *resolver = (struct resolver *)async;
  pthread_mutex_lock(&resolver->mutex);
  struct lookup *ended = resolver->ended;
  resolver->ended = NULL;
  pthread_mutex_unlock(&resolver->mutex);
  while (ended) {
    struct lookup *lookup = ended;
    ended = lookup->next;
    take_ended(resolver, lookup);
  }
  start_some(resolver);
}

void green__lookup_drop(green_future *future) {
  struct resolver *resolver = own;
  if (!resolver) return;
  for (struct lookup *lookup = resolver->queue_head; lookup; lookup = lookup->next) {
    if (lookup->future != future) continue;
    queue_remove(resolver, lookup);
    lookup_free(lookup);
    break;
  }
  for (unsigned i = 0; i < resolver->threads; i++) {
    struct lookup *lookup = resolver->running[i];
    if (lookup->future != future) continue;
    lookup->future = NULL;
    resolver->wanted--;
    green_future_release(future);
  }
  start_some(resolver);
}

/* ---- its life ---- */

static void resolver_on_closed(uv_handle_t *handle) {
  resolver_release((struct resolver *)handle);
}

static void resolver_on_runtime_close(struct green__closer *closer) {
  struct resolver *resolver = green__container_of(closer, struct resolver, closer);
  if (own == resolver) own = NULL;
  while (resolver->queue_head) {
    struct lookup *lookup = resolver->queue_head;
    resolver->queue_head = lookup->next;
    lookup_free(lookup);
  }
  pthread_mutex_lock(&resolver->mutex);
  struct lookup *ended = resolver->ended;
  for (unsigned i = 0; i < resolver->threads; i++) {
    struct lookup *lookup = resolver->running[i];
    if (lookup->future) green_future_release(lookup->future);
    lookup->future = NULL;
  }
  resolver->open = false; /* from here on those that run are their threads' to free */
  pthread_mutex_unlock(&resolver->mutex);
  while (ended) {
    struct lookup *lookup = ended;
    ended = lookup->next;
    lookup_free(lookup);
  }
  uv_close((uv_handle_t *)&resolver->async, resolver_on_closed);
}

static struct resolver *resolver_new(struct green_runtime *runtime) {
  struct resolver *resolver = malloc(sizeof *resolver);
  if (!resolver) return NULL;
  memset(resolver, 0, sizeof *resolver);
  atomic_init(&resolver->references, 1);
  uv_loop_t *loop = green_uv_loop();
  if (!loop || uv_async_init(loop, &resolver->async, on_ended) < 0) {
    free(resolver);
    return NULL;
  }
  pthread_mutex_init(&resolver->mutex, NULL);
  resolver->open = true;
  resolver->runtime = runtime;
  resolver->closer.close = resolver_on_runtime_close;
  green__at_close(runtime, &resolver->closer);
  hold_loop(resolver);
  return resolver;
}

/* One of another runtime is that of the process that this one was forked from. */
static struct resolver *resolver_get(void) {
  struct green_runtime *runtime = green__runtime_own();
  if (!own || own->runtime != runtime) own = resolver_new(runtime);
  return own;
}

/* With room for texts; NULL. */
static struct lookup *lookup_new(size_t room) {
  struct resolver *resolver = resolver_get();
  struct lookup *lookup = resolver ? malloc(sizeof *lookup + room) : NULL;
  if (!lookup) return NULL;
  memset(lookup, 0, sizeof *lookup);
  lookup->resolver = resolver;
  return lookup;
}

static int lookup_begin(struct lookup *lookup, green_future **out) {
  struct resolver *resolver = lookup->resolver;
  int rc = green_future_new(out);
  if (rc < 0) {
    lookup_free(lookup);
    return rc;
  }
  lookup->future = green_future_retain(*out);
  green__deque_add(resolver->queue_head, resolver->queue_tail, lookup, next, previous);
  start_some(resolver);
  return 0;
}

int green__lookup(const char *host, green_future **out) {
  size_t size = strlen(host) + 1;
  struct lookup *lookup = lookup_new(ASCII_ROOM + size);
  if (!lookup) return GREEN_ENOMEM;
  int rc = green__name_to_ascii(host, lookup->text, ASCII_ROOM);
  if (rc < 0) {
    lookup_free(lookup);
    return rc;
  }
  lookup->node = lookup->text;
  lookup->host = memcpy(lookup->text + ASCII_ROOM, host, size);
  lookup->hints.ai_socktype = SOCK_STREAM;
  lookup->hinted = true;
  return lookup_begin(lookup, out);
}

/* ---- the C library's own form ---- */

static int begin_whole(const char *node, const char *service, const struct addrinfo *hints,
                       green_future **out) {
  size_t node_size = strlen(node) + 1, service_size = service ? strlen(service) + 1 : 0;
  struct lookup *lookup = lookup_new(node_size + service_size);
  if (!lookup) return GREEN_ENOMEM;
  lookup->host = lookup->node = memcpy(lookup->text, node, node_size);
  if (service) lookup->service = memcpy(lookup->text + node_size, service, service_size);
  lookup->hinted = hints != NULL;
  if (hints) lookup->hints = *hints;
  lookup->whole = calloc(1, sizeof *lookup->whole);
  if (lookup->whole) return lookup_begin(lookup, out);
  lookup_free(lookup);
  return GREEN_ENOMEM;
}

int green__addrinfo(const char *node, const char *service, const struct addrinfo *hints,
                    struct addrinfo **out, int *code) {
  green_future *lookup;
  int rc = begin_whole(node, service, hints, &lookup);
  if (rc < 0) return rc;
  green__future_looked(lookup); /* nobody is told of a failure that comes after an interruption */
  rc = green_wait(lookup);
  if (rc == 0) {
    struct outcome *outcome = green_future_value(lookup);
    *out = outcome->list;
    *code = outcome->code;
    outcome->list = NULL;
    errno = outcome->error;
  } else if (!green_done(lookup)) {
    green__lookup_drop(lookup);
  }
  green_future_release(lookup);
  return rc;
}

/* ---- results ---- */

struct green__found *green__lookup_result(green_future *lookup, unsigned port) {
  const struct addrinfo *list = green_future_value(lookup), *one;
  size_t count = 0;
  for (one = list; one; one = one->ai_next) count++;
  struct green__found *found = green__found_new(count);
  for (one = list; found && one; one = one->ai_next) {
    green_address *address = &found->addresses[found->count];
    if (green__address_from_system(one->ai_addr, address) < 0) continue;
    address->port = port;
    found->count++;
  }
  return found;
}
