/* Transactions that are functions: a step that does what a test says, and a table to do it in. */
#ifndef GREENIO_TESTS_PG_TRANSACTING_H
#define GREENIO_TESTS_PG_TRANSACTING_H

#include "pg_test.h"

/* What a step has done, and how often. Between the attempts of one transaction it stays. */
struct pg_work {
  const char *sql;      /* what it runs, in all of its calls */
  const char *first;    /* before that, in its first `times` calls */
  int times;            /* of `first` */
  int result;           /* what it returns if all went well */
  int calls;            /* of it */
  bool swallows;        /* what fails in it is no failure of its own */
  bool stubborn;        /* it goes on after a failure */
  green_future *itself; /* to be cancelled in its first call */
};

/* The step itself; and in a transaction of at most so many attempts. */
int pg_work(green_pg *pg, void *work);
int pg_work_again(green_pg *pg, int attempts, struct pg_work *work);

/* A table `ledger`, and `late`, whose rows have their text run as they are committed. */
int pg_work_tables(green_pg *pg);
#define AT_COMMIT(sql) "insert into late values ($late$" sql "$late$)"

/* As other transactions have it that are in the way, without any. */
#define RAISE(state) "do $$ begin raise exception 'in the way' using errcode = '" state "'; end $$"

#endif
