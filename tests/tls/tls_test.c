#include "tls_test.h"

#include <stdlib.h>
#include <string.h>

static const char *folder = "";
static bool without;
static char **peers;
static int peer_count;

bool without_tls(void) {
  return without;
}

const char *file_of(const char *name) {
  static char paths[8][300];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof *paths, "%s/%s", folder, name);
  return path;
}

unsigned port_of(const char *peer) {
  size_t size = strlen(peer);
  for (int i = 0; i < peer_count; i++)
    if (strncmp(peers[i], peer, size) == 0 && peers[i][size] == '=')
      return (unsigned)strtoul(peers[i] + size + 1, NULL, 10);
  return 0;
}

/* tls_tests --certificates FOLDER [--peer NAME=PORT ...] [--without] [the harness's arguments] */
int main(int argc, char **argv) {
  char *given[32];
  int kept = 1;
  peers = given;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--certificates") && i + 1 < argc)
      folder = argv[++i];
    else if (!strcmp(argv[i], "--peer") && i + 1 < argc && peer_count < 32)
      given[peer_count++] = argv[++i];
    else if (!strcmp(argv[i], "--without"))
      without = true;
    else
      argv[kept++] = argv[i];
  }
  return test_main(kept, argv);
}

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

void auto_listener(green_listener **listener) {
  green_listener_release(*listener);
}

void auto_tls(green_tls **tls) {
  green_tls_release(*tls);
}

bool is_memory(int status) {
  return test_saw(status) == GREEN_ENOMEM;
}

unsigned char pattern(size_t at) {
  return (unsigned char)(at * 2654435761u >> 13);
}

int trusting(green_tls **out) {
  return green_tls_new(out, &(green_tls_options){.ca = file_of("root.pem")});
}

int having(green_tls **out, const char *name) {
  char certificate[100];
  snprintf(certificate, sizeof certificate, "%s.pem", name);
  return green_tls_new(out, &(green_tls_options){.certificate = file_of(certificate)});
}

/* ---- a pair ---------------------------------------------------------------------------------- */

int pair_open(struct pair *pair) {
  AUTO_LISTENER green_listener *listener = NULL;
  green_address address;
  int rc = green_listener_open(&listener, "127.0.0.1", 0, NULL);
  if (rc == 0) rc = green_listener_address(listener, &address);
  if (rc == 0) rc = green_stream_connect_any(&pair->client, &address, 1);
  if (rc == 0) rc = green_listener_accept(listener, &pair->server);
  return rc;
}

void auto_pair(struct pair *pair) {
  green_stream_release(pair->client);
  green_stream_release(pair->server);
}

struct accepting {
  green_stream *stream;
  green_tls *tls;
  struct shaken *out;
};

/* Who fails hangs up, or the other one would wait. */
static int accept_run(void *arg) {
  struct accepting *accepting = arg;
  struct shaken *out = accepting->out;
  out->server = green_stream_accept_tls(accepting->stream, accepting->tls);
  if (out->server < 0)
    snprintf(out->server_message, sizeof out->server_message, "%s", green_message());
  if (out->server < 0) green_stream_close(accepting->stream);
  return 0;
}

int shake(struct pair *pair, green_tls *client, const char *name, green_tls *server,
          struct shaken *out) {
  struct accepting accepting = {pair->server, server, out};
  *out = (struct shaken){.server = GREEN_ECANCELED};
  green_future *task = green_spawn(accept_run, &accepting);
  if (!test_check_started(__FILE__, __LINE__, "accept", task)) {
    green_future_release(task);
    return GREEN_ENOMEM;
  }
  out->client = green_stream_start_tls(pair->client, client, name);
  if (out->client < 0)
    snprintf(out->client_message, sizeof out->client_message, "%s", green_message());
  if (out->client < 0) green_stream_close(pair->client);
  int rc = green_join(task);
  if (is_memory(out->client) || is_memory(out->server)) return GREEN_ENOMEM;
  return rc;
}

int secure_pair(struct pair *pair) {
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  int rc = pair_open(pair);
  if (rc == 0) rc = trusting(&client);
  if (rc == 0) rc = having(&server, "good");
  if (rc == 0) rc = shake(pair, client, "localhost", server, &shaken);
  if (rc == 0) rc = shaken.client;
  return rc < 0 ? rc : shaken.server;
}
