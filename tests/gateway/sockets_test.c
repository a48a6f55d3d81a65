/* The test program of given sockets, which runs on those that the host has, too:
 *
 *   sockets_tests [--peer NAME=PORT ...] [--sockets own|none|given|gateway] [the harness's arguments]
 */
#include "sockets_test.h"

#include <stdlib.h>
#include <string.h>

#define PEERS_MOST 32

static char *peers[PEERS_MOST];
static int peer_count;
static const char *sockets = "own";

bool are_given(void) {
  return !strcmp(sockets, "given") || by_gateway();
}

bool by_gateway(void) {
  return !strcmp(sockets, "gateway");
}

bool never_given(void) {
  return !strcmp(sockets, "none");
}

unsigned port_of(const char *peer) {
  size_t size = strlen(peer);
  for (int i = 0; i < peer_count; i++)
    if (strncmp(peers[i], peer, size) == 0 && peers[i][size] == '=')
      return (unsigned)strtoul(peers[i] + size + 1, NULL, 10);
  return 0;
}

int main(int argc, char **argv) {
  int kept = 1;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--peer") && i + 1 < argc && peer_count < PEERS_MOST)
      peers[peer_count++] = argv[++i];
    else if (!strcmp(argv[i], "--sockets") && i + 1 < argc)
      sockets = argv[++i];
    else
      argv[kept++] = argv[i];
  }
  return test_main(kept, argv);
}

void auto_stream(green_stream **stream) {
  green_stream_release(*stream);
}

int connect_to(green_stream **out, const char *peer) {
  return test_saw(green_stream_connect(out, "127.0.0.1", port_of(peer)));
}

unsigned char pattern(size_t at) {
  return (unsigned char)((uint32_t)at * 2654435761u >> 13);
}

int read_pattern(green_stream *stream, size_t *count) {
  unsigned char data[5000];
  for (;;) {
    int rc = test_saw(green_stream_read(stream, data, sizeof data));
    if (rc <= 0) return rc;
    for (int i = 0; i < rc; i++)
      if (data[i] != pattern((*count)++)) return -1;
  }
}

int exchange(green_stream *stream, const char *word) {
  char got[32];
  size_t size = strlen(word);
  int rc = green_stream_write(stream, word, size, NULL);
  if (rc == 0) rc = green_stream_read_exactly(stream, got, size, NULL);
  test_saw(rc);
  return rc == 0 && memcmp(got, word, size) != 0 ? -1 : rc;
}
