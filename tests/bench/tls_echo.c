/* tls.echo and tls.idle: the server of native.echo with TLS. Prints its port and serves until it is
 * killed. Usage: bench_tls_echo FILE, which has a certificate and its key. */
#include <greenio/greenio.h>
#include <stdio.h>

static green_tls *tls;

static int serve(void *arg) {
  green_stream *stream = arg;
  char data[16384];
  int count, rc = green_stream_accept_tls(stream, tls);
  while (rc == 0 && (count = green_stream_read(stream, data, sizeof data)) > 0)
    rc = green_stream_write(stream, data, (size_t)count, NULL);
  green_stream_release(stream);
  return 0;
}

static int app(void *arg) {
  green_listener *listener;
  green_stream *stream;
  green_address address;
  int rc = green_tls_new(&tls, &(green_tls_options){.certificate = arg});
  if (rc == 0) rc = green_listener_open(&listener, "127.0.0.1", 0, NULL);
  if (rc == 0) rc = green_listener_address(listener, &address);
  if (rc < 0) return rc;
  printf("%u\n", address.port);
  fflush(stdout);
  while ((rc = green_listener_accept(listener, &stream)) == 0) {
    green_stream_set_no_delay(stream, true);
    green_future_release(green_spawn(serve, stream));
  }
  return rc;
}

int main(int argc, char **argv) {
  return argc != 2 || green_run(app, argv[1]) < 0;
}
