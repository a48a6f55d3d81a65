/* Connections: made, refused, taken, and given up. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include "fd_test.h"

struct listener {
  struct sockaddr_storage address;
  socklen_t size;
  int fd;
};

static int accept_one(void *arg) {
  struct listener *listener = arg;
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;
  int fd = green_accept(listener->fd, (struct sockaddr *)&peer, &size);
  if (fd < 0) return fd;
  bool right = peer.ss_family == listener->address.ss_family && fd_blocks(fd);
  green_close(fd);
  return right ? 0 : GREEN_EPROTO;
}

static int connect_one(void *arg) {
  struct listener *listener = arg;
  AUTO_FD int fd = socket(listener->address.ss_family, SOCK_STREAM, 0);
  int rc = green_connect(fd, (struct sockaddr *)&listener->address, listener->size);
  return rc < 0 ? rc : fd_blocks(fd) ? 0 : GREEN_EPROTO;
}

TEST(accept_waits_for_a_connection) {
  struct listener listener;
  listener.fd = fd_listen(&listener.address, &listener.size, 8);
  AUTO_FD int fd = listener.fd;
  AUTO_JOIN green_future *server = green_spawn(accept_one, &listener);
  CHECK_STARTED(server);
  CHECK_STATUS(green_sleep(1), 0);
  CHECK_STATUS(connect_one(&listener), 0);
  CHECK_STATUS(green_wait(server), 0);
  CHECK(fd_blocks(fd));
  return 0;
}

TEST(several_tasks_accept_on_one_socket) {
  struct listener listener;
  listener.fd = fd_listen(&listener.address, &listener.size, 8);
  AUTO_FD int fd = listener.fd;
  AUTO_JOIN_ALL struct test_futures servers = test_futures(5);
  for (int i = 0; i < 5; i++) {
    servers.at[i] = green_spawn(accept_one, &listener);
    CHECK_STARTED(servers.at[i]);
  }
  CHECK_STATUS(green_sleep(1), 0);
  for (int i = 0; i < 5; i++) CHECK_STATUS(connect_one(&listener), 0);
  for (int i = 0; i < 5; i++) CHECK_STATUS(green_wait(servers.at[i]), 0);
  return 0;
}

TEST(a_refused_connection_says_so) {
  struct listener listener;
  int fd = fd_listen(&listener.address, &listener.size, 1);
  green_close(fd);
  CHECK_STATUS(connect_one(&listener), GREEN_ECONNREFUSED);
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

/* A listener with no room: its kernel lets the connections wait. */
TEST(a_deadline_ends_a_connection_that_does_not_come_about) {
  struct listener listener;
  listener.fd = fd_listen(&listener.address, &listener.size, 0);
  AUTO_FD int fd = listener.fd;
  int rc = 0, tries = 0;
  int kept[8];
  while (rc == 0 && tries < 8) {
    kept[tries] = fd_socket();
    GREEN_TIMEOUT(20) {
      rc = green_connect(kept[tries], (struct sockaddr *)&listener.address, listener.size);
    }
    tries++;
  }
  for (int i = 0; i < tries; i++) green_close(kept[i]);
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  return 0;
}

static int accept_late(void *arg) {
  int rc = green_sleep(5);
  for (int i = 0; i < 4 && rc == 0; i++) rc = accept_one(arg);
  if (rc < 0) shutdown(((struct listener *)arg)->fd, SHUT_RDWR); /* nobody waits for us */
  return rc;
}

TEST(a_unix_listener_without_room_is_waited_for) {
  struct listener listener = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
  struct sockaddr_un *address = (struct sockaddr_un *)&listener.address;
  AUTO_FD int fd = listener.fd;
  memset(&listener.address, 0, sizeof listener.address);
  address->sun_family = AF_UNIX;
  /* an abstract name, which needs no file */
  int length = snprintf(address->sun_path + 1, 64, "greenio-%d-%d", getpid(), fd);
  listener.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
  CHECK(bind(fd, (struct sockaddr *)address, listener.size) == 0);
  CHECK(listen(fd, 0) == 0);
  AUTO_JOIN green_future *server = green_spawn(accept_late, &listener);
  CHECK_STARTED(server);
  AUTO_JOIN_ALL struct test_futures clients = test_futures(4);
  for (int i = 0; i < 4; i++) {
    clients.at[i] = green_spawn(connect_one, &listener);
    CHECK_STARTED(clients.at[i]);
  }
  for (int i = 0; i < 4; i++) CHECK_STATUS(green_wait(clients.at[i]), 0);
  CHECK_STATUS(green_wait(server), 0);
  return 0;
}
