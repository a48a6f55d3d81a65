#include "transacting.h"

int pg_work(green_pg *pg, void *arg) {
  struct pg_work *work = arg;
  int rc = 0;
  work->calls++;
  if (work->itself && work->calls == 1) green_cancel(work->itself);
  if (work->first && work->calls <= work->times) rc = test_saw(green_pg_run(pg, work->first));
  if (work->sql && (rc == 0 || work->stubborn)) rc = test_saw(green_pg_run(pg, work->sql));
  return rc < 0 && !work->swallows ? rc : work->result;
}

int pg_work_again(green_pg *pg, int attempts, struct pg_work *one) {
  green_pg_transaction_options options = {.attempts = attempts};
  return green_pg_transaction(pg, &options, pg_work, one);
}

int pg_work_tables(green_pg *pg) {
  return green_pg_run(
      pg, "create temp table ledger (i int unique);"
          "create temp table late (todo text);"
          "create function pg_temp.do_late() returns trigger language plpgsql as "
          "$$ begin execute new.todo; return null; end $$;"
          "create constraint trigger late after insert on late deferrable initially deferred "
          "for each row execute function pg_temp.do_late()");
}
