/* The functions of libpq 17 and newer that cancel without blocking, where the libpq at hand has them. */
#ifndef GREENIO_SRC_PQ_CANCEL_H
#define GREENIO_SRC_PQ_CANCEL_H

#include <libpq-fe.h>

typedef struct pg_cancel_conn green__pq_cancel_connection;

struct green__pq_modern {
  green__pq_cancel_connection *(*create)(PGconn *);
  int (*start)(green__pq_cancel_connection *);
  PostgresPollingStatusType (*poll)(green__pq_cancel_connection *);
  int (*socket)(const green__pq_cancel_connection *);
  char *(*error)(const green__pq_cancel_connection *);
  void (*finish)(green__pq_cancel_connection *);
};

#ifdef LIBPQ_HAS_ASYNC_CANCEL /* what this is compiled with */
#define GREEN__PQ_MODERN                                                                           \
  {                                                                                                \
    PQcancelCreate, PQcancelStart, PQcancelPoll, PQcancelSocket, PQcancelErrorMessage,             \
        PQcancelFinish                                                                             \
  }
#endif

/* NULL: it has not got them. */
const struct green__pq_modern *green__pq_find_modern(void);

#endif
