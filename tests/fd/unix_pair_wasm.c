/* Without greenio_posix there are no Unix pairs in Node. */
#include "fd_test.h"

struct fd_pair fd_unix_pair(void) {
  return fd_tcp_pair();
}
