/* An echo server: sends back what it gets, on each connection by a task of its own. */
#include <greenio/greenio.h>
#include <stdio.h>
#include <string.h>
#include "address.h"

static int serve(void *arg) {
  green_stream *stream = arg;
  char data[16384];
  int count, rc = 0;
  while (rc == 0 && (count = green_stream_read(stream, data, sizeof data)) > 0)
    rc = green_stream_write(stream, data, (size_t)count, NULL);
  green_stream_release(stream);
  return 0;
}

static int accept_all(void *arg) {
  green_listener *listener = arg;
  for (;;) {
    green_stream *stream;
    int rc = green_listener_accept(listener, &stream);
    if (rc == GREEN_EMFILE || rc == GREEN_ENOMEM) rc = green_sleep(100); /* some will end */
    if (rc < 0) return rc;
    if (!stream) continue;
    green_stream_set_no_delay(stream, true);
    green_future *task = green_spawn(serve, stream);
    if (green_future_status(task) == GREEN_ENOMEM) green_stream_release(stream);
    green_future_release(task);
  }
}

static int app(void *arg) {
  green_listener *listener;
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  int rc = address_listen(arg, &listener);
  if (rc < 0) return green_fail(rc, "%s", green_message());
  rc = green_listener_address(listener, &address);
  if (rc == 0) {
    printf("echo on %s\n", green_address_text(&address, text, sizeof text));
    fflush(stdout);
    rc = accept_all(listener);
  }
  green_listener_release(listener);
  return rc;
}

int main(int argc, char **argv) {
  struct address address;
  if (argc != 2 || strcmp(argv[1], "--help") == 0 || !address_parse(argv[1], &address)) {
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    fprintf(help ? stdout : stderr,
            "usage: echo LISTEN\n\n"
            "Sends back what it gets. LISTEN is PORT, HOST:PORT, [IPv6]:PORT, or a path with a\n"
            "slash for a Unix-domain socket; port 0 picks a free one. Ends by a signal.\n");
    return help ? 0 : 2;
  }
  return green_run(app, &address) < 0;
}
