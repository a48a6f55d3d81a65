/* The libpq that there is natively: a shared library, which may be newer than its header was when this
 * was compiled, on the system's sockets. */
#include "cancel.h"
#include "pq.h"

#ifdef GREEN__PQ_MODERN
const struct green__pq_modern *green__pq_find_modern(void) {
  static const struct green__pq_modern modern = GREEN__PQ_MODERN;
  return &modern;
}
#else
#include <dlfcn.h>

const struct green__pq_modern *green__pq_find_modern(void) {
  static struct green__pq_modern modern;
  if (PQlibVersion() < 170000) return NULL;
  *(void **)&modern.create = dlsym(RTLD_DEFAULT, "PQcancelCreate");
  *(void **)&modern.start = dlsym(RTLD_DEFAULT, "PQcancelStart");
  *(void **)&modern.poll = dlsym(RTLD_DEFAULT, "PQcancelPoll");
  *(void **)&modern.socket = dlsym(RTLD_DEFAULT, "PQcancelSocket");
  *(void **)&modern.error = dlsym(RTLD_DEFAULT, "PQcancelErrorMessage");
  *(void **)&modern.finish = dlsym(RTLD_DEFAULT, "PQcancelFinish");
  bool all = modern.create && modern.start && modern.poll && modern.socket && modern.error &&
             modern.finish;
  return all ? &modern : NULL;
}
#endif

int green__pq_enable_sockets(void) {
  return 0;
}
