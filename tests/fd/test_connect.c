/* Connections: made, refused, taken, and given up. */
#include "fd_test.h"

TEST(accept_waits_for_a_connection) {
  struct fd_listener listener;
  listener.fd = fd_listen(&listener.address, &listener.size, 8);
  AUTO_FD int fd = listener.fd;
  AUTO_JOIN green_future *server = green_spawn(fd_accept_one, &listener);
  CHECK_STARTED(server);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(fd_connect_one(&listener), 0);
  CHECK_STATUS(green_wait(server), 0);
  return 0;
}

TEST(several_tasks_accept_on_one_socket) {
  struct fd_listener listener;
  listener.fd = fd_listen(&listener.address, &listener.size, 8);
  AUTO_FD int fd = listener.fd;
  AUTO_JOIN_ALL struct test_futures servers = test_futures(5);
  for (int i = 0; i < 5; i++) {
    servers.at[i] = green_spawn(fd_accept_one, &listener);
    CHECK_STARTED(servers.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  for (int i = 0; i < 5; i++) CHECK_STATUS(fd_connect_one(&listener), 0);
  for (int i = 0; i < 5; i++) CHECK_STATUS(green_wait(servers.at[i]), 0);
  return 0;
}

TEST(a_refused_connection_says_so) {
  struct fd_listener listener;
  int fd = fd_listen(&listener.address, &listener.size, 1);
  green_close(fd);
  CHECK_STATUS(fd_connect_one(&listener), GREEN_ECONNREFUSED);
  return 0;
}

TEST(connecting_twice_says_so) {
  AUTO_PAIR struct fd_pair pair = fd_tcp_pair();
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  CHECK(getpeername(pair.a, (struct sockaddr *)&peer, &size) == 0);
  CHECK_STATUS(green_connect(pair.a, (struct sockaddr *)&peer, size), GREEN_EISCONN);
  return 0;
}

/* Who has connected and was not accepted is told when the listening socket is closed. */
TEST(closing_a_listener_ends_what_it_has_not_handed_out) {
  struct fd_listener listener;
  AUTO_FD int fd = fd_listen(&listener.address, &listener.size, 8);
  AUTO_FD int client = fd_socket();
  CHECK_STATUS(green_connect(client, (struct sockaddr *)&listener.address, listener.size), 0);
  CHECK_STATUS(green_wait_fd(fd, POLLIN), POLLIN);
  green_close(fd);
  fd = -1;
  char byte;
  int got = (int)green_read(client, &byte, 1);
  if (got != 0) CHECK_STATUS(got, GREEN_ECONNRESET);
  return 0;
}
