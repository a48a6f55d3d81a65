/* Endpoints: counted, waited on, closed. */
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "core/wait.h"
#include "net.h"

struct green__endpoint *green__endpoint_new(size_t size) {
  struct green_runtime *runtime = green__runtime();
  struct green__endpoint *endpoint = runtime ? green__alloc(size) : NULL;
  if (!endpoint) return NULL;
  memset(endpoint, 0, size);
  endpoint->references = 1;
  endpoint->closed = true;
  endpoint->drained = true;
  endpoint->runtime = runtime;
  return endpoint;
}

static void endpoint_on_runtime_close(struct green__closer *closer) {
  struct green__endpoint *endpoint = green__container_of(closer, struct green__endpoint, closer);
  endpoint->closed = true;
  green__socket_close(endpoint, false);
}

void green__endpoint_opened(struct green__endpoint *endpoint) {
  endpoint->closed = false;
  endpoint->closer.close = endpoint_on_runtime_close;
  green__at_close(endpoint->runtime, &endpoint->closer);
}

void green__endpoint_retain(struct green__endpoint *endpoint) {
  endpoint->references++;
}

void green__endpoint_release(struct green__endpoint *endpoint) {
  if (--endpoint->references == 0) green__free(endpoint);
}

void green__endpoint_close(struct green__endpoint *endpoint, bool reset) {
  if (endpoint->closed) return;
  endpoint->closed = true;
  green__at_close_remove(endpoint->runtime, &endpoint->closer);
  for (int side = 0; side < 2; side++) {
    struct green__queue *queue = &endpoint->waiting[side];
    while (queue->head) green__wake(queue->head, GREEN_ECLOSED);
  }
  green__socket_close(endpoint, reset);
}

int green__endpoint_wait(struct green__endpoint *endpoint, enum green__side side,
                         const char *what) {
  if (endpoint->closed) return GREEN_ECLOSED;
  struct green__task *self;
  int rc = green__wait_begin(&self);
  if (rc == 0) rc = green__socket_watch(endpoint, side);
  if (rc < 0) return rc;
  endpoint->streak = 0;
  green__wait_on(self, &endpoint->waiting[side]);
  rc = green__park(self, what, endpoint);
  if (!endpoint->closed && !endpoint->waiting[side].head) green__socket_unwatched(endpoint, side);
  return rc;
}

bool green__endpoint_ready(struct green__endpoint *endpoint, enum green__side side) {
  bool more = side == GREEN__OUTPUT && endpoint->flush && endpoint->flush(endpoint);
  struct green__waiter *first = endpoint->waiting[side].head;
  if (side == GREEN__INPUT) endpoint->drained = false;
  if (!first) return more;
  green__wake(first, 0);
  return true;
}

int green__endpoint_be_fair(struct green__endpoint *endpoint) {
  return green__owes_turn(&endpoint->streak) ? green_yield() : 0;
}
