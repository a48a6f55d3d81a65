/* Natively: a read that finds much to do, and nothing for its reader, lets the others have their turns. The
 * other side is OpenSSL by itself, which sends new keys over and over. */
#include <openssl/ssl.h>
#include "tls_test.h"

#define UPDATES 5000 /* each of 27 bytes: some twice what one read takes at once */

struct peer {
  green_stream *stream;
  SSL_CTX *ctx;
  SSL *ssl;
  BIO *in, *out;
};

static void auto_peer(struct peer *peer) {
  SSL_free(peer->ssl);
  SSL_CTX_free(peer->ctx);
}

static int peer_open(struct peer *peer, green_stream *stream) {
  peer->stream = stream;
  peer->ctx = SSL_CTX_new(TLS_server_method());
  const char *file = file_of("good.pem");
  if (!peer->ctx || SSL_CTX_use_certificate_chain_file(peer->ctx, file) != 1 ||
      SSL_CTX_use_PrivateKey_file(peer->ctx, file, SSL_FILETYPE_PEM) != 1)
    return GREEN_EIO;
  peer->ssl = SSL_new(peer->ctx);
  peer->in = BIO_new(BIO_s_mem());
  peer->out = BIO_new(BIO_s_mem());
  if (!peer->ssl || !peer->in || !peer->out) return GREEN_EIO;
  SSL_set_bio(peer->ssl, peer->in, peer->out);
  SSL_set_accept_state(peer->ssl);
  return 0;
}

static int peer_flush(struct peer *peer) {
  char *data;
  long size = BIO_get_mem_data(peer->out, &data);
  int rc = size ? green_stream_write(peer->stream, data, (size_t)size, NULL) : 0;
  (void)BIO_reset(peer->out);
  return rc;
}

static int peer_shake(struct peer *peer) {
  char data[4096];
  for (;;) {
    int done = SSL_do_handshake(peer->ssl), rc = peer_flush(peer);
    if (rc < 0 || done == 1) return rc;
    int got = green_stream_read(peer->stream, data, sizeof data);
    if (got <= 0) return got < 0 ? got : GREEN_EPIPE;
    BIO_write(peer->in, data, got);
  }
}

/* A byte, new keys, a byte. */
static int peer_update(struct peer *peer) {
  if (SSL_write(peer->ssl, "a", 1) != 1) return GREEN_EIO;
  for (int i = 0; i < UPDATES; i++)
    if (SSL_key_update(peer->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) != 1 ||
        SSL_do_handshake(peer->ssl) != 1)
      return GREEN_EIO;
  return SSL_write(peer->ssl, "z", 1) == 1 ? peer_flush(peer) : GREEN_EIO;
}

static int peer_run(void *arg) {
  int rc = peer_shake(arg);
  return rc < 0 ? rc : peer_update(arg);
}

/* src/net/net.h: how many bytes have come that nobody has read. */
size_t green__stream_unread(const green_stream *stream);

/* How much is left when others have their first turn in the middle of a read. */
struct turns {
  green_stream *stream;
  size_t all, left;
  bool counts, over;
};

static int look_each_turn(void *arg) {
  struct turns *turns = arg;
  int rc = 0;
  while (rc == 0 && !turns->over) {
    size_t unread = green__stream_unread(turns->stream);
    if (turns->counts && unread != turns->all) {
      turns->left = unread;
      return 0;
    }
    rc = green_yield();
  }
  return rc;
}

static int read_to_the_end(struct turns *turns) {
  char byte;
  turns->all = green__stream_unread(turns->stream);
  turns->counts = true;
  int rc = green_stream_read(turns->stream, &byte, 1);
  turns->over = true;
  return rc != 1 ? rc : byte == 'z' ? 0 : GREEN_EPROTO;
}

/* A Unix-domain socket keeps all of it. */
static int pair_open_local(struct pair *pair) {
  AUTO_LISTENER green_listener *listener = NULL;
  const char *path = file_of("budget");
  int rc = green_listener_open_unix(&listener, path, NULL);
  if (rc == 0) rc = green_stream_connect_unix(&pair->client, path);
  return rc < 0 ? rc : green_listener_accept(listener, &pair->server);
}

TEST(a_read_that_finds_no_end_of_new_keys_lets_others_run) {
  if (test_scale(1, 0) == 0) SKIP("OpenSSL's own side has no memory of ours");
  AUTO_TLS green_tls *tls = NULL;
  __attribute__((cleanup(auto_peer))) struct peer peer = {0};
  __attribute__((cleanup(auto_pair))) struct pair pair = {0};
  char byte;
  CHECK_STATUS(trusting(&tls), 0);
  CHECK_STATUS(pair_open_local(&pair), 0);
  CHECK_STATUS(peer_open(&peer, pair.server), 0);
  green_spawn_options options = {.stack_size = (size_t)256 << 10};
  AUTO_JOIN green_future *other = green_spawn_with(peer_run, &peer, &options);
  CHECK_STARTED(other);
  CHECK_STATUS(green_stream_start_tls(pair.client, tls, "localhost"), 0);
  CHECK_STATUS(green_stream_read(pair.client, &byte, 1), 1);
  CHECK_STATUS(green_wait(other), 0);
  struct turns turns = {.stream = pair.client};
  AUTO_JOIN green_future *looker = green_spawn(look_each_turn, &turns);
  CHECK_STARTED(looker);
  CHECK_STATUS(read_to_the_end(&turns), 0);
  CHECK_STATUS(green_wait(looker), 0);
  CHECK(turns.left > 0 && turns.left < turns.all);
  return 0;
}
