/* Which task is in the middle of a call on which handle. A hash table of the calls of this thread.
 */
#include "core/list.h"
#include "pq.h"

#define BUCKETS 256

static _Thread_local struct green__pq_use *uses[BUCKETS];

static struct green__pq_use **bucket(const PGconn *connection) {
  return &uses[((uintptr_t)connection >> 6) % BUCKETS];
}

struct green__pq_use *green__pq_user(const PGconn *connection) {
  struct green__pq_use *use = *bucket(connection);
  while (use && use->connection != connection) use = use->next;
  return use;
}

struct green__pq_use *green__pq_use_of(const green_future *task, int fd) {
  for (int i = 0; i < BUCKETS; i++)
    for (struct green__pq_use *use = uses[i]; use; use = use->next)
      if (use->task == task && PQsocket(use->connection) == fd) return use;
  return NULL;
}

void green__pq_enter(struct green__pq_use *use, PGconn *connection, const char *function) {
  struct green__pq_use **head = bucket(connection);
  *use = (struct green__pq_use){
      .connection = connection, .task = green_current(), .function = function};
  green__list_add(*head, use, next, previous);
}

void green__pq_leave(struct green__pq_use *use) {
  struct green__pq_use **head = bucket(use->connection);
  green__list_remove(*head, use, next, previous);
}
