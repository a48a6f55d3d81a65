/* native.echo and node.echo: the server on streams, a task a connection. Prints its port and serves
 * until it is killed. */
#include <greenio/greenio.h>
#include <stdio.h>

static int serve(void *arg) {
  green_stream *stream = arg;
  char data[16384];
  int count, rc = 0;
  while (rc == 0 && (count = green_stream_read(stream, data, sizeof data)) > 0)
    rc = green_stream_write(stream, data, (size_t)count, NULL);
  green_stream_release(stream);
  return 0;
}

static int app(void *arg) {
  (void)arg;
  green_listener *listener;
  green_stream *stream;
  green_address address;
  int rc = green_listener_open(&listener, "127.0.0.1", 0, NULL);
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

int main(void) {
  return green_run(app, NULL) < 0;
}
