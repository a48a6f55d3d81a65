/* An echo server with TLS, for peers that are not greenio's: peers.test.mjs, testssl. Prints its port, and
 * a line for each connection: how it ended. Serves until it is killed.
 *
 *   tls_server CERTIFICATE [CA]      with CA it asks clients for certificates */
#include <greenio/greenio.h>
#include <stdio.h>

static green_tls *tls;

/* In a line: what was agreed, then the end. */
static void tell(green_stream *stream, const char *when, int rc) {
  char version[20], protocol[40], subject[200];
  if (green_stream_tls(stream, GREEN_TLS_VERSION, version, sizeof version) < 0) *version = 0;
  if (green_stream_tls(stream, GREEN_TLS_PROTOCOL, protocol, sizeof protocol) < 0) *protocol = 0;
  if (green_stream_tls(stream, GREEN_TLS_PEER_SUBJECT, subject, sizeof subject) < 0) *subject = 0;
  printf("%s|%s|%s|%s|%s|%s\n", when, green_status_name(rc), version, protocol, subject,
         rc < 0 ? green_message() : "");
  fflush(stdout);
}

static int echo(green_stream *stream) {
  char data[16384];
  for (;;) {
    int count = green_stream_read(stream, data, sizeof data);
    if (count <= 0) return count;
    int rc = green_stream_write(stream, data, (size_t)count, NULL);
    if (rc < 0) return rc;
  }
}

static int serve(void *arg) {
  green_stream *stream = arg;
  int rc = 0;
  GREEN_TIMEOUT(30000) {
    rc = green_stream_accept_tls(stream, tls);
  }
  tell(stream, "begun", rc);
  if (rc == 0) {
    rc = echo(stream);
    tell(stream, "ended", rc);
  }
  green_stream_release(stream);
  return 0;
}

static int app(void *arg) {
  const green_tls_options *options = arg;
  green_listener *listener;
  green_stream *stream;
  green_address address;
  int rc = green_tls_new(&tls, options);
  if (rc == 0) rc = green_listener_open(&listener, "127.0.0.1", 0, NULL);
  if (rc == 0) rc = green_listener_address(listener, &address);
  if (rc < 0) return rc;
  printf("%u\n", address.port);
  fflush(stdout);
  while ((rc = green_listener_accept(listener, &stream)) == 0)
    green_future_release(green_spawn(serve, stream));
  return rc;
}

int main(int argc, char **argv) {
  green_tls_options options = {.alpn = "echo,http/1.1"};
  if (argc < 2) return 2;
  options.certificate = argv[1];
  if (argc > 2) {
    options.ca = argv[2];
    options.clients = GREEN_TLS_KNOWN_CLIENTS;
  }
  return green_run(app, &options) < 0;
}
