/* http.hello's and http.body's peer: libmicrohttpd's own thread, with a plain callback that answers with
 * so many bytes. Prints its port and serves until it is killed. Usage: bench_http_microhttpd BYTES */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *body;
static size_t size;

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *data_size, void **context) {
  (void)arg, (void)url, (void)method, (void)version, (void)data, (void)data_size;
  if (!*context) { /* the head alone is there */
    *context = body;
    return MHD_YES;
  }
  struct MHD_Response *response =
      MHD_create_response_from_buffer(size, body, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Content-Type", "text/plain");
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

int main(int argc, char **argv) {
  size = argc > 1 ? (size_t)atol(argv[1]) : 0;
  body = malloc(size);
  if (!size || !body) return 2;
  memset(body, 'x', size);
  struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO, 0,
                                               NULL, NULL, answer, NULL, MHD_OPTION_END);
  if (!daemon) return 1;
  printf("%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  for (;;) pause();
}
