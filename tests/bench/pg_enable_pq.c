/* libpq's calls made green: pg_select.c's, by greenio::pq_asynchronous. */
#include <greenio/pq.h>
#include "pg.h"

int enable(void) {
  return green_pq_make_asynchronous();
}
