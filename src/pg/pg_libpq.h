/* Between pg_libpq.c and pg_libpq_answer.c: a connection of libpq's. */
#ifndef GREENIO_SRC_PG_PG_LIBPQ_H
#define GREENIO_SRC_PG_PG_LIBPQ_H

#include "pg.h"
#include "pq/pq.h"

struct green__libpq {
  struct green_pg base;
  PGconn *connection;
  struct green__pq_call call;
  struct green__pq_settling settling; /* call.settling is NULL or this */
  size_t batch;                       /* of the command; 0: results come whole */
  PGresult *held;                     /* received, and next to be handed over */
  bool pipelined;                     /* two commands before one Sync: GREEN__PG_PREPARE */
  unsigned pauses;                    /* between the results of these */
  size_t queued;                      /* of a COPY */
  char *copied;                       /* the piece that was read last */
};

static inline struct green__libpq *green__libpq_of(green_pg *pg) {
  return (struct green__libpq *)pg;
}

/* What a call of src/pq gave, or libpq's refusal: whether the connection has gone with it. */
int green__libpq_failed(struct green__libpq *lp, int rc);

/* The server broke the protocol, in libpq's sentence: there is no telling what comes next. */
int green__libpq_broken(struct green__libpq *lp, const char *sentence);

/* The waits between the two end at pg->due, and the connection with them. */
void green__libpq_limit(struct green__libpq *lp);
void green__libpq_unlimit(struct green__libpq *lp);

/* Hands the fields of an error or notice over, one by one. */
void green__libpq_fields(green_pg *pg, const PGresult *result,
                         void (*set)(green_pg *, char, const char *));

/* Hands over what notifications libpq has come across. */
void green__libpq_notifications(struct green__libpq *lp);

#endif
