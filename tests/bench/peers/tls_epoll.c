/* tls.echo's floor: the same server on bare epoll and OpenSSL with the same settings: one record read, one
 * written, and its share of an epoll_wait; but the memory of records is kept, which ours give back with each.
 * OpenSSL and the system alone take 0.96 of what Go takes in a quiet run of 7 rounds, 0.82 to 0.98 by the
 * machine's mood: 0.9 is out of reach where this does not get there. No target, but what the others are to be
 * seen beside. Usage: bench_tls_epoll FILE, which has a certificate and its key. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct connection {
  SSL *ssl; /* NULL: the listener */
  int fd;
};

static SSL_CTX *context;

static void watch(int poll, SSL *ssl, int fd) {
  struct connection *connection = malloc(sizeof *connection);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = connection};
  if (!connection) exit(1);
  *connection = (struct connection){ssl, fd};
  epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void accept_all(int poll, int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    SSL *ssl = SSL_new(context);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(ssl, fd);
    SSL_set_accept_state(ssl);
    watch(poll, ssl, fd);
  }
}

/* The client sends the next message after the answer, so that it is not read until there is none. False: it
 * has ended. */
static bool answer(struct connection *connection) {
  static char data[16384];
  int count = SSL_read(connection->ssl, data, sizeof data);
  if (count > 0) return SSL_write(connection->ssl, data, count) == count;
  return SSL_get_error(connection->ssl, count) == SSL_ERROR_WANT_READ;
}

static int listen_on(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 511) < 0) exit(1);
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  context = SSL_CTX_new(TLS_server_method());
  if (argc != 2 || SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, argv[1], SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1)
    return 1;
  SSL_CTX_set_read_ahead(context, 1);
  int poll = epoll_create1(0), listener = listen_on();
  watch(poll, NULL, listener);
  for (;;) {
    struct epoll_event events[128];
    int count = epoll_wait(poll, events, 128, -1);
    for (int i = 0; i < count; i++) {
      struct connection *connection = events[i].data.ptr;
      if (!connection->ssl) {
        accept_all(poll, listener);
      } else if (!answer(connection)) {
        close(connection->fd);
        SSL_free(connection->ssl);
        free(connection);
      }
    }
  }
}
