/* TLS that begins in the middle of a conversation, and what may not be there when it does. */
#include <stdlib.h>
#include <string.h>
#include "tls_test.h"

TEST(tls_begins_behind_a_word_of_the_protocol) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  char line[40];
  CHECK_STATUS(trusting(&client), 0);
  CHECK_STATUS(having(&server, "good"), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(green_stream_write(pair.client, "STARTTLS\r\n", 10, NULL), 0);
  CHECK_STATUS(green_stream_read_line(pair.server, line, sizeof line), 8);
  CHECK_STATUS(green_stream_write(pair.server, "220 go on\r\n", 11, NULL), 0);
  CHECK_STATUS(green_stream_read_line(pair.client, line, sizeof line), 9);
  CHECK_STATUS(shake(&pair, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.client, 0);
  CHECK_STATUS(shaken.server, 0);
  CHECK_STATUS(green_stream_write(pair.client, "secret\n", 7, NULL), 0);
  CHECK_STATUS(green_stream_read_line(pair.server, line, sizeof line), 6);
  CHECK_STRING(line, "secret");
  CHECK_STATUS(green_stream_start_tls(pair.client, client, "localhost"), GREEN_EALREADY);
  return 0;
}

/* CVE-2011-0411 and its kind. */
TEST(plain_bytes_behind_that_word_are_refused) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *tls = NULL;
  char line[40];
  CHECK_STATUS(having(&tls, "good"), 0);
  for (int side = 0; side < 2; side++) {
    OPEN_PAIR(pair);
    green_stream *one = side ? pair.client : pair.server, *other = side ? pair.server : pair.client;
    CHECK_STATUS(green_stream_write(other, "STARTTLS\r\nRCPT TO:<me>\r\n", 24, NULL), 0);
    CHECK_STATUS(green_stream_read_line(one, line, sizeof line), 8);
    int rc =
        side ? green_stream_start_tls(one, tls, "localhost") : green_stream_accept_tls(one, tls);
    CHECK_STATUS(rc, GREEN_ETLS);
    CHECK_CONTAINS(green_message(), ": plain bytes: ");
    rc = test_saw(green_stream_read_line(one, line, sizeof line));
    CHECK(rc == GREEN_ETLS);
    rc = test_saw(green_stream_write(one, "x", 1, NULL));
    CHECK(rc == GREEN_ETLS);
  }
  return 0;
}

TEST(what_is_not_tls_is_told_so) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  CHECK_STATUS(trusting(&client), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(green_stream_write(pair.server, "220 hello, this is plain\r\n", 26, NULL), 0);
  CHECK_STATUS(green_stream_start_tls(pair.client, client, "localhost"), GREEN_ETLS);
  CHECK_CONTAINS(green_message(), "localhost: not TLS: ");
  return 0;
}

TEST(a_request_of_http_to_a_side_that_speaks_tls) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *server = NULL;
  CHECK_STATUS(having(&server, "good"), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(green_stream_write(pair.client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, NULL), 0);
  CHECK_STATUS(green_stream_accept_tls(pair.server, server), GREEN_ETLS);
  CHECK_CONTAINS(green_message(), ": not TLS: ");
  return 0;
}

TEST(what_cannot_be_begun_leaves_the_stream_as_it_is) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  char byte;
  CHECK_STATUS(trusting(&client), 0);
  OPEN_PAIR(pair);
  static const char *const names[] = {"",          "a b",      "*.example.org", "..",
                                      "a..b",      "http://x", "a\nb",          "localhost..",
                                      "010.0.0.1", "127.1",    "2130706433",    "a.1."};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    CHECK_STATUS(green_stream_start_tls(pair.client, client, names[i]), GREEN_EINVAL);
  CHECK_STATUS(green_stream_start_tls(pair.client, client, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_stream_accept_tls(pair.server, NULL), GREEN_EINVAL);
  CHECK_STATUS(green_stream_accept_tls(pair.server, client), GREEN_EINVAL);
  CHECK_STATUS(green_stream_write(pair.client, "x", 1, NULL), 0);
  CHECK_STATUS(green_stream_read(pair.server, &byte, 1), 1);
  CHECK_STATUS(green_stream_shutdown(pair.client), 0);
  CHECK_STATUS(green_stream_start_tls(pair.client, client, "localhost"), GREEN_EPIPE);
  green_stream_close(pair.server);
  CHECK_STATUS(green_stream_accept_tls(pair.server, client), GREEN_ECLOSED);
  return 0;
}

static int read_byte(void *stream) {
  char byte;
  return green_stream_read(stream, &byte, 1);
}

TEST(a_stream_that_another_task_reads_is_busy) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  CHECK_STATUS(trusting(&client), 0);
  OPEN_PAIR(pair);
  AUTO_JOIN green_future *reader = green_spawn(read_byte, pair.client);
  CHECK_STARTED(reader);
  CHECK_STATUS(green_yield(), 0);
  CHECK_STATUS(green_stream_start_tls(pair.client, client, "localhost"), GREEN_EBUSY);
  CHECK_STATUS(green_stream_write(pair.server, "x", 1, NULL), 0);
  CHECK_STATUS(green_wait(reader), 1);
  return 0;
}

/* As small as tls.h says. */
struct small {
  struct pair *pair;
  green_tls *client, *server;
};

static int start_small(void *arg) {
  struct small *small = arg;
  int rc = green_stream_start_tls(small->pair->client, small->client, "localhost");
  if (rc < 0) green_stream_close(small->pair->client);
  return rc;
}

static int accept_small(void *arg) {
  struct small *small = arg;
  int rc = green_stream_accept_tls(small->pair->server, small->server);
  if (rc < 0) green_stream_close(small->pair->server);
  return rc;
}

static int check_small(const char *certificate, bool both) {
  green_spawn_options options = {.stack_size = (size_t)32 << 10};
  char file[40];
  struct small small = {NULL, NULL, NULL};
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  snprintf(file, sizeof file, "%s.pem", certificate);
  green_tls_options mine = {.ca = file_of("root.pem"),
                            .certificate = both ? file_of("client.pem") : NULL};
  green_tls_options theirs = {.certificate = file_of(file),
                              .ca = both ? file_of("root.pem") : NULL,
                              .clients = both ? GREEN_TLS_KNOWN_CLIENTS : GREEN_TLS_ANY_CLIENT};
  CHECK_STATUS(green_tls_new(&client, &mine), 0);
  CHECK_STATUS(green_tls_new(&server, &theirs), 0);
  OPEN_PAIR(pair);
  small = (struct small){&pair, client, server};
  AUTO_JOIN green_future *starts = green_spawn_with(start_small, &small, &options);
  CHECK_STARTED(starts);
  AUTO_JOIN green_future *accepts = green_spawn_with(accept_small, &small, &options);
  CHECK_STARTED(accepts);
  int accepted = green_wait(accepts), started = green_wait(starts);
  if (is_memory(accepted) || is_memory(started)) return GREEN_ENOMEM;
  CHECK_STATUS(accepted, 0);
  CHECK_STATUS(started, 0);
  return 0;
}

TEST(a_handshake_on_small_stacks) {
  SKIP_WITHOUT_TLS();
  CHECK_STATUS(check_small("good", false), 0);
  CHECK_STATUS(check_small("chained", true), 0);
  return 0;
}

/* ---- options --------------------------------------------------------------------------------- */

static int check_refused(const green_tls_options *options, int status, const char *part) {
  green_tls *tls = NULL;
  int rc = test_saw(green_tls_new(&tls, options));
  green_tls_release(tls);
  if (rc == GREEN_ENOMEM) return rc;
  if (rc != status) fprintf(stderr, "(%s) ", part);
  CHECK_STATUS(rc, status);
  CHECK(tls == NULL);
  CHECK_CONTAINS(green_message(), part);
  return 0;
}

#define CHECK_REFUSED(status, part, ...)                                                           \
  CHECK_STATUS(check_refused(&(green_tls_options){__VA_ARGS__}, status, part), 0)

TEST(options_that_cannot_be_taken_are_named) {
  SKIP_WITHOUT_TLS();
  const char *good = file_of("good.pem"), *root = file_of("root.pem");
  const char *nothing = file_of("nothing.pem"), *none = file_of("none.pem");
  CHECK_REFUSED(GREEN_EINVAL, "certificate and certificate_pem", .certificate = good,
                .certificate_pem = "x");
  CHECK_REFUSED(GREEN_EINVAL, "without a certificate", .key = good);
  CHECK_REFUSED(GREEN_EINVAL, "ca and ca_pem", .ca = root, .ca_pem = "x");
  CHECK_REFUSED(GREEN_EINVAL, "clients", .certificate = good, .clients = GREEN_TLS_KNOWN_CLIENTS);
  CHECK_REFUSED(GREEN_EINVAL, "alpn", .alpn = "");
  CHECK_REFUSED(GREEN_EINVAL, "alpn", .alpn = "a,");
  CHECK_REFUSED(GREEN_EINVAL, "alpn", .alpn = "a,,b");
  CHECK_REFUSED(GREEN_ENOENT, "certificate: ", .certificate = none);
  CHECK_REFUSED(GREEN_ENOENT, "ca: ", .ca = none);
  CHECK_REFUSED(GREEN_ENOENT, "crl: ", .ca = root, .crl = none);
  CHECK_REFUSED(GREEN_EISDIR, "ca: ", .ca = file_of(""));
  CHECK_REFUSED(GREEN_ETLS, "certificate: ", .certificate = nothing);
  CHECK_REFUSED(GREEN_ETLS, "certificate: ", .certificate_pem = "");
  CHECK_REFUSED(GREEN_ETLS, "key: ", .certificate = good, .key = nothing);
  CHECK_REFUSED(GREEN_ETLS, "key: ", .certificate = good, .key = file_of("expired.key"));
  CHECK_REFUSED(GREEN_ETLS, "key: ", .certificate = good, .key = file_of("other_kind.key"));
  CHECK_REFUSED(GREEN_ETLS, "key: ", .certificate = good, .key = file_of("locked.key"));
  CHECK_REFUSED(GREEN_ETLS, "ca: ", .ca = nothing);
  CHECK_REFUSED(GREEN_ETLS, "crl: ", .ca = root, .crl = nothing);
  return 0;
}

TEST(texts_that_are_too_large_are_named) {
  SKIP_WITHOUT_TLS();
  size_t size = ((size_t)16 << 20) + 1;
  char *text = malloc(size + 1);
  CHECK(text);
  memset(text, '\n', size);
  text[size] = 0;
  int rc = check_refused(&(green_tls_options){.ca_pem = text}, GREEN_EFBIG, "ca: ");
  free(text);
  CHECK_STATUS(rc, 0);
  return 0;
}

/* Each of the things that are PEM, as a text in the place of a file. */
static int text_of(const char *name, char *text, size_t size) {
  green_file *file;
  int rc = green_file_open(&file, file_of(name), GREEN_FILE_READ);
  if (rc < 0) return rc;
  rc = green_file_read(file, text, size - 1, 0);
  green_file_release(file);
  if (rc >= 0) text[rc] = 0;
  return rc < 0 ? rc : 0;
}

static int check_texts(const char *certificate, const char *list, int expected) {
  static char root[8192], own[8192], key[8192], revoked[8192];
  char key_name[60], name[60];
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  snprintf(name, sizeof name, "%s.crt", certificate);
  snprintf(key_name, sizeof key_name, "%s.key", certificate);
  CHECK_STATUS(text_of("root.pem", root, sizeof root), 0);
  CHECK_STATUS(text_of(name, own, sizeof own), 0);
  CHECK_STATUS(text_of(key_name, key, sizeof key), 0);
  CHECK_STATUS(text_of(list, revoked, sizeof revoked), 0);
  CHECK_STATUS(green_tls_new(&client, &(green_tls_options){.ca_pem = root, .crl_pem = revoked}), 0);
  CHECK_STATUS(green_tls_new(&server, &(green_tls_options){.certificate_pem = own, .key_pem = key}),
               0);
  memset(own, 0, sizeof own); /* they are not needed any more */
  memset(key, 0, sizeof key);
  memset(root, 0, sizeof root);
  memset(revoked, 0, sizeof revoked);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.client, expected);
  if (expected && !test_allocator_failed()) CHECK_CONTAINS(shaken.client_message, ": revoked: ");
  return 0;
}

TEST(what_is_pem_may_be_a_text) {
  SKIP_WITHOUT_TLS();
  CHECK_STATUS(check_texts("good", "revoked.crl", 0), 0);
  CHECK_STATUS(check_texts("revoked", "empty.crl", 0), 0);
  CHECK_STATUS(check_texts("revoked", "revoked.crl", GREEN_ETLS), 0);
  return 0;
}

TEST(a_certificate_and_its_key_in_one_text) {
  SKIP_WITHOUT_TLS();
  static char both[8192];
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  CHECK_STATUS(text_of("chained.pem", both, sizeof both), 0);
  CHECK_STATUS(trusting(&client), 0);
  CHECK_STATUS(green_tls_new(&server, &(green_tls_options){.certificate_pem = both}), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.client, 0);
  return 0;
}

TEST(without_tls_what_begins_it_is_not_supported) {
  if (!without_tls()) SKIP("there is TLS here");
  green_tls *tls;
  green_stream *stream;
  CHECK_STATUS(green_tls_new(&tls, NULL), GREEN_ENOTSUP);
  CHECK(tls == NULL);
  int rc = test_saw(green_stream_connect_tls(&stream, "127.0.0.1", 1, NULL));
  CHECK(rc == GREEN_ENOTSUP || rc == GREEN_ECONNREFUSED || rc == GREEN_ENOMEM);
  CHECK(stream == NULL);
  return 0;
}

TEST_OUTSIDE(outside_of_a_task_nothing_begins) {
  green_stream *stream = NULL;
  CHECK_STATUS(green_stream_connect_tls(&stream, "localhost", 1, NULL), GREEN_EMAIN);
  return 0;
}
