#ifndef GREENIO_TESTS_PQ_LIBRARIES_WATCH_H
#define GREENIO_TESTS_PQ_LIBRARIES_WATCH_H

#include "../../posix/library.h"

/* To be formatted with a number, which is the answer. */
#define QUERY                                                                                      \
  "select %d from (select pg_sleep(0.5) offset 0) as a, "                                          \
  "(select pg_advisory_lock_shared(1) offset 0) as b"

#ifdef __cplusplus
extern "C" {
#endif

/* In a task: until the watcher has its lock. */
int wait_for_watcher(bool in_task);

/* The server's, from `address`; its user and its database are postgres. */
struct parts {
  char host[256], port[16];
};
void split_address(struct parts *parts);

#ifdef __cplusplus
}
#endif
#endif
