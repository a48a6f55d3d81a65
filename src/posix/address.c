/* getaddrinfo: libc's own, on libuv's pool of threads, so that results, flags and errors are
 * libc's.
 *
 * A lookup cannot be withdrawn once it runs. It owns all that it needs, and whichever comes last
 * frees it: the task, or the lookup's end.
 */
#include <errno.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "core/task.h"
#include "posix.h"

struct lookup {
  uv_work_t work;
  struct green__queue waiters;
  char *node, *service;
  struct addrinfo hints;
  bool hinted;
  struct addrinfo *found;
  int code, error;
  bool finished, abandoned; /* by the pool; by the task */
};

static void lookup_free(struct lookup *lookup) {
  if (lookup->found) freeaddrinfo(lookup->found);
  green__free(lookup->node);
  green__free(lookup->service);
  green__free(lookup);
}

static bool copy(char **out, const char *string) {
  return !string || (*out = green__copy_string(string, SIZE_MAX - 1));
}

static struct lookup *lookup_new(const char *node, const char *service,
                                 const struct addrinfo *hints) {
  struct lookup *lookup = green__alloc(sizeof *lookup);
  if (!lookup) return NULL;
  memset(lookup, 0, sizeof *lookup);
  lookup->code = EAI_SYSTEM;
  lookup->error = ECANCELED;
  lookup->hinted = hints != NULL;
  if (hints) lookup->hints = *hints;
  if (copy(&lookup->node, node) && copy(&lookup->service, service)) return lookup;
  lookup_free(lookup);
  return NULL;
}

static void run(uv_work_t *work) {
  struct lookup *lookup = work->data;
  lookup->code = green__real()->getaddrinfo(lookup->node, lookup->service,
                                            lookup->hinted ? &lookup->hints : NULL, &lookup->found);
  lookup->error = errno;
}

static void ran(uv_work_t *work, int status) {
  struct lookup *lookup = work->data;
  (void)status;
  lookup->finished = true;
  if (lookup->abandoned) lookup_free(lookup);
  /* a task that was cancelled waits no longer, and has yet to run */
  else if (lookup->waiters.head)
    green__wake(lookup->waiters.head, 0);
}

/* For a task that is not to wait any longer. */
static void abandon(struct lookup *lookup) {
  lookup->abandoned = true;
  if (lookup->finished)
    lookup_free(lookup);
  else
    uv_cancel((uv_req_t *)&lookup->work);
}

static int failed(int status) {
  errno = -status;
  return EAI_SYSTEM;
}

INTERPOSE(int, getaddrinfo,
          (const char *node, const char *service, const struct addrinfo *hints,
           struct addrinfo **out)) {
  bool at_once = !node || (hints && (hints->ai_flags & AI_NUMERICHOST));
  if (at_once || !green__posix_parks())
    return green__real()->getaddrinfo(node, service, hints, out);
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc < 0) return failed(rc);
  struct lookup *lookup = lookup_new(node, service, hints);
  if (!lookup) return EAI_MEMORY;
  lookup->work.data = lookup;
  if ((rc = uv_queue_work(green_uv_loop(), &lookup->work, run, ran)) < 0) {
    lookup_free(lookup);
    return failed(rc);
  }
  green__queue_push(&lookup->waiters, green__waiter(self));
  if ((rc = green__wait_park(self, "name", NULL)) < 0) {
    abandon(lookup);
    return failed(rc);
  }
  int code = lookup->code, error = lookup->error;
  if (code == 0) {
    *out = lookup->found;
    lookup->found = NULL;
  }
  lookup_free(lookup);
  errno = error;
  return code;
}

ANCHOR(getaddrinfo);
