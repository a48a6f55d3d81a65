/* The client of tls.echo and tls.idle: connections that send 1 KiB each, all of them at once, and then read
 * what comes back, in rounds. Prints a line when all have been answered once, and waits for one on its
 * input; then makes so many rounds and prints another. Usage: bench_tls_load PORT CONNECTIONS ROUNDS */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 1024 };

static char message[SIZE], answer[SIZE];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static SSL *connect_to(SSL_CTX *context, int port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL *ssl = SSL_new(context);
  if (!ssl || SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1) die("TLS");
  return ssl;
}

static void run(SSL **all, int connections, int rounds) {
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < connections; i++)
      if (SSL_write(all[i], message, SIZE) != SIZE) die("write");
    for (int i = 0; i < connections; i++) {
      for (int got = 0, more; got < SIZE; got += more)
        if ((more = SSL_read(all[i], answer + got, SIZE - got)) <= 0) die("read");
      if (memcmp(message, answer, SIZE) != 0) die("another answer");
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int connections = atoi(argv[2]);
  SSL **all = calloc((size_t)connections, sizeof *all);
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (!all || !context) die("memory");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  memset(message, 'm', SIZE);
  for (int i = 0; i < connections; i++) {
    all[i] = connect_to(context, atoi(argv[1]));
    run(&all[i], 1, 1);
  }
  puts("ready");
  fflush(stdout);
  if (getchar() == EOF) return 0;
  run(all, connections, atoi(argv[3]));
  puts("done");
  return 0;
}
