// libpqxx.
#include <cstdio>
#include <pqxx/pqxx>
#include "watch.h"

static int ask(int i, bool in_task) {
  pqxx::connection connection(address);
  int rc = wait_for_watcher(in_task);
  if (rc < 0) return rc;
  char query[200];
  std::snprintf(query, sizeof query, QUERY, i * 7);
  pqxx::work transaction(connection);
  int answer = transaction.exec1(query)[0].as<int>();
  transaction.commit();
  return answer == i * 7 ? 0 : wrong("pqxx: piece %d got %d", i, answer);
}

int work(int i, bool in_task) {
  try {
    return ask(i, in_task);
  } catch (const std::exception &error) {
    return wrong("pqxx: %s", error.what());
  }
}
