/* C++ natively: what an exception leaves is rolled back. */
#include "pg_test.h"

static int throw_it(green_pg *pg, void *) {
  if (green_pg_run(pg, "insert into thrown values (1)") < 0) return GREEN_ENOMEM;
  throw 7;
}

static int prepare(green_pg **pg) {
  CHECK_CONNECTED(pg);
  CHECK_STATUS(green_pg_run(*pg, "create temp table thrown (i int)"), 0);
  return 0;
}

TEST(an_exception_that_leaves_a_transaction_rolls_back) {
  AUTO_PG green_pg *pg = NULL;
  int caught = 0, rc = prepare(&pg);
  if (rc != 0) return rc;
  try {
    rc = green_pg_transaction(pg, NULL, throw_it, NULL);
  } catch (int thrown) {
    caught = thrown;
  }
  CHECK_STATUS(rc, 0);
  CHECK_NUMBER(caught, 7);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from thrown", "0");
  return 0;
}

TEST(an_exception_that_leaves_a_block_rolls_back) {
  AUTO_PG green_pg *pg = NULL;
  int caught = 0, rc = prepare(&pg);
  if (rc != 0) return rc;
  try {
    GREEN_PG_TRANSACTION(pg) {
      throw_it(pg, NULL);
      return test_saw(green_pg_error(pg)->status);
    }
    else {
      return test_saw(green_pg_error(pg)->status);
    }
  } catch (int thrown) {
    caught = thrown;
  }
  CHECK_NUMBER(caught, 7);
  CHECK_ALIVE(pg);
  CHECK_ANSWER(pg, "select count(*) from thrown", "0");
  return 0;
}
