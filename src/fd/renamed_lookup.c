/* getaddrinfo natively, as <greenio/fd_names.h> gives it: libc's own on libuv's pool of threads, so
 * that results, flags and errors are libc's, and freeaddrinfo() too.
 *
 * A lookup cannot be withdrawn once it runs. A task of its own waits for it, with memory of its
 * own, which whoever comes last frees: that task, or the one that asked.
 */
#include <errno.h>
#include <string.h>
#include <greenio/future.h>
#include <greenio/offload.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "core/task.h"
#include "renamed.h"

struct lookup {
  int holders;
  char *node, *service;
  struct addrinfo hints;
  bool hinted;
  struct addrinfo *found;
  int code, error;
};

static void drop(struct lookup *lookup) {
  if (--lookup->holders) return;
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
  lookup->holders = 1;
  lookup->hinted = hints != NULL;
  if (hints) lookup->hints = *hints;
  if (copy(&lookup->node, node) && copy(&lookup->service, service)) return lookup;
  drop(lookup);
  return NULL;
}

/* On a thread of the pool. */
static int look(void *arg) {
  struct lookup *lookup = arg;
  const struct addrinfo *hints = lookup->hinted ? &lookup->hints : NULL;
  lookup->code = getaddrinfo(lookup->node, lookup->service, hints, &lookup->found);
  lookup->error = errno;
  return 0;
}

static int wait_for_it(void *arg) {
  struct lookup *lookup = arg;
  int rc = green_offload(look, lookup);
  if (rc < 0) { /* it never ran */
    lookup->code = rc == GREEN_ENOMEM ? EAI_MEMORY : EAI_SYSTEM;
    lookup->error = ECANCELED;
  }
  drop(lookup);
  return 0;
}

static int failed(int status) {
  if (status == GREEN_ENOMEM) return EAI_MEMORY;
  green__name_result(green__fd_errno(status));
  return EAI_SYSTEM;
}

RENAMED(int, getaddrinfo,
        (const char *node, const char *service, const struct addrinfo *hints,
         struct addrinfo **out)) {
  bool at_once = !node || (hints && (hints->ai_flags & AI_NUMERICHOST));
  if (at_once || !green__self()) return getaddrinfo(node, service, hints, out);
  struct lookup *lookup = lookup_new(node, service, hints);
  if (!lookup) return EAI_MEMORY;
  lookup->holders++;
  green_spawn_options options = {.name = "getaddrinfo"};
  green_future *task = green_spawn_with(&options, wait_for_it, lookup);
  int rc = green_wait(task);
  bool done = green_done(task);
  if (!done) green_cancel(task); /* it leaves the queue, if it has not begun */
  green_future_release(task);
  if (done && rc < 0) drop(lookup); /* it could not be spawned */
  int code = rc < 0 ? failed(rc) : lookup->code, error = rc < 0 ? errno : lookup->error;
  if (code == 0) {
    *out = lookup->found;
    lookup->found = NULL;
  }
  drop(lookup);
  errno = error;
  return code;
}
