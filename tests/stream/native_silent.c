/* Natively: an address that stays silent is passed over, or given up, and leaves no descriptor. */
#include <arpa/inet.h>
#include <dirent.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stream_test.h"

/* A TCP listener whose queue is full answers nobody, as a host that drops packets. */
struct silent {
  int listener, fillers[8];
  green_address address;
};

static int silent_open(struct silent *silent) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  silent->listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(silent->listener, (struct sockaddr *)&address, size) < 0) return GREEN_EIO;
  getsockname(silent->listener, (struct sockaddr *)&address, &size);
  if (listen(silent->listener, 0) < 0) return GREEN_EIO;
  for (int i = 0; i < 8; i++) {
    silent->fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(silent->fillers[i], (struct sockaddr *)&address, size);
  }
  silent->address = (green_address){GREEN_IPV4, ntohs(address.sin_port), "127.0.0.1"};
  return 0;
}

static void silent_close(struct silent *silent) {
  close(silent->listener);
  for (int i = 0; i < 8; i++) close(silent->fillers[i]);
}

#define OPEN_SILENT(name)                                                                          \
  __attribute__((cleanup(silent_close))) struct silent name;                                       \
  CHECK_STATUS(silent_open(&name), 0)

static size_t open_descriptors(void) {
  size_t count = 0;
  DIR *directory = opendir("/proc/self/fd");
  while (directory && readdir(directory)) count++;
  if (directory) closedir(directory);
  return count;
}

TEST(silent_address_is_passed_over) {
  if (test_scale(1, 0) == 0) SKIP("if the server cannot answer, nobody does for minutes");
  START_ECHO(server);
  OPEN_SILENT(silent);
  green_address addresses[3] = {silent.address, silent.address, server.address}, peer;
  size_t before = open_descriptors();
  AUTO_STREAM green_stream *stream = NULL;
  CHECK_STATUS(green_stream_connect_any(&stream, addresses, 3), 0);
  CHECK_STATUS(green_stream_peer(stream, &peer), 0);
  CHECK_NUMBER(peer.port, server.address.port);
  CHECK_STATUS(green_sleep(1), 0);
  /* its two ends; the echo server may not have taken its one */
  CHECK(open_descriptors() <= before + 2);
  return 0;
}

/* The other family's address is tried before another one of the silent one's. */
TEST(silent_family_is_passed_over) {
  if (test_scale(1, 0) == 0) SKIP("if the server cannot answer, nobody does for minutes");
  START_ECHO(server);
  OPEN_SILENT(silent);
  AUTO_LISTENER green_listener *listener = NULL;
  AUTO_STREAM green_stream *stream = NULL;
  green_address addresses[3] = {silent.address, server.address}, peer;
  if (green_listener_open(&listener, "::1", 0, NULL) < 0) SKIP("there is no IPv6 here");
  CHECK_STATUS(green_listener_address(listener, &addresses[2]), 0);
  CHECK_STATUS(green_stream_connect_any(&stream, addresses, 3), 0);
  CHECK_STATUS(green_stream_peer(stream, &peer), 0);
  CHECK_NUMBER(peer.family, GREEN_IPV6);
  return 0;
}

TEST(deadline_ends_a_connect) {
  OPEN_SILENT(silent);
  green_address addresses[2] = {silent.address, silent.address};
  size_t before = open_descriptors();
  green_stream *stream = NULL;
  int rc = 0;
  GREEN_TIMEOUT(20) {
    rc = green_stream_connect_any(&stream, addresses, 1);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  GREEN_TIMEOUT(300) {
    rc = green_stream_connect_any(&stream, addresses, 2);
  }
  CHECK_STATUS(rc, GREEN_ETIMEDOUT);
  CHECK(stream == NULL);
  CHECK_NUMBER(open_descriptors(), before);
  return 0;
}
