/* Descriptors in WebAssembly: refused in so many words, and no trap. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <greenio/fd.h>
#include "../fd/unmodified.h"
#include "harness.h"

TEST(descriptors_are_not_supported_here) {
  char byte = 0;
  struct iovec part = {&byte, 1};
  struct pollfd one = {.fd = 0, .events = POLLIN};
  CHECK_STATUS(green_wait_fd(0, POLLIN), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_read(0, &byte, 1), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_readv(0, &part, 1), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_recv(0, &byte, 1, 0), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_recvfrom(0, &byte, 1, 0, NULL, NULL), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_write(1, &byte, 1), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_writev(1, &part, 1), GREEN_ENOTSUP);
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  CHECK_STATUS((int)green_send(1, &byte, 1, 0), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_sendto(1, &byte, 1, 0, NULL, 0), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_sendmsg(1, &message, 0), GREEN_ENOTSUP);
  CHECK_STATUS((int)green_recvmsg(0, &message, 0), GREEN_ENOTSUP);
  CHECK_STATUS(green_accept(0, NULL, NULL), GREEN_ENOTSUP);
  CHECK_STATUS(green_connect(0, NULL, 0), GREEN_ENOTSUP);
  CHECK_STATUS(green_poll(&one, 1, 0), GREEN_ENOTSUP);
  return 0;
}

/* Compiled with <greenio/fd_names.h>: the sleeps park, what would need sockets that wait is
 * refused, and all else is Emscripten's own. */
TEST(names_that_were_renamed_without_raw_sockets) {
  char answer[8], byte = 0;
  int fd = open("/tmp/greenio-names", O_RDWR | O_CREAT, 0600);
  CHECK(fd >= 0);
  CHECK_STATUS((int)write(fd, "x", 1), 1);
  lseek(fd, 0, SEEK_SET);
  CHECK_NUMBER(unmodified_read(fd, &byte, 1), 1);
  CHECK_NUMBER(byte, 'x');
  CHECK_NUMBER(unmodified_close(fd), 0);
  CHECK_NUMBER(unmodified_close(fd), -EBADF);
  CHECK_STATUS(green_status_from_errno(-unmodified_ask("127.0.0.1", "1", "?", answer)),
               GREEN_ENOTSUP);
  int rc = unmodified_sleeps(1);
  CHECK_STATUS(rc < 0 ? green_status_from_errno(-rc) : 0, 0);
  return 0;
}

TEST_OUTSIDE(descriptors_are_for_tasks) {
  char byte = 0;
  CHECK_STATUS(green_wait_fd(0, POLLIN), GREEN_EMAIN);
  CHECK_STATUS((int)green_read(0, &byte, 1), GREEN_EMAIN);
  return 0;
}

TEST(close_closes) {
  int fd = open("/tmp/greenio-fd", O_RDWR | O_CREAT, 0600);
  CHECK(fd >= 0);
  CHECK_STATUS(green_close(fd), 0);
  CHECK_STATUS(green_close(fd), GREEN_EBADF);
  return 0;
}
