/* A table of certificates, good and bad, shown by either side: who refuses which, with which word. */
#include <string.h>
#include "tls_test.h"

struct row {
  const char *certificate, *name, *word; /* NULL: it is fine */
  const char *crl;
};

static const struct row of_servers[] = {
    {"good", "localhost", NULL, NULL},
    {"good", "LOCALHOST.", NULL, NULL},
    {"good", "127.0.0.1", NULL, NULL},
    {"good", "::1", NULL, NULL},
    {"good", "127.0.0.2", "wrong name", NULL},
    {"good", "a.wild.test", NULL, NULL},
    {"good", "a.b.wild.test", "wrong name", NULL},
    {"good", "wild.test", "wrong name", NULL},
    {"good",
     "b\xc3\xbc"
     "cher.test",
     NULL, NULL}, /* bücher.test */
    {"good", "xn--bcher-kva.test.", NULL, NULL},
    {"wrong_name", "localhost", "wrong name", NULL},
    {"wrong_name", "192.0.2.1", NULL, NULL},
    {"common_name", "localhost", "wrong name", NULL},
    {"expired", "localhost", "expired", NULL},
    {"not_yet", "localhost", "not yet valid", NULL},
    {"self", "localhost", "self-signed", NULL},
    {"unknown", "localhost", "unknown issuer", NULL},
    {"purpose", "localhost", "wrong purpose", NULL},
    {"chained", "localhost", NULL, NULL},
    {"partial", "localhost", "unknown issuer", NULL},
    {"good", "localhost", NULL, "revoked.crl"},
    {"revoked", "localhost", "revoked", "revoked.crl"},
    {"revoked", "localhost", NULL, "empty.crl"},
    {"chained", "localhost", "no revocation list", "revoked.crl"}, /* none of the one between */
};

static int check_word(const char *message, const char *word) {
  char part[60];
  if (test_allocator_failed() && !strchr(message, ':')) return GREEN_ENOMEM; /* no memory for it */
  snprintf(part, sizeof part, ": %s: ", word);
  CHECK_CONTAINS(message, part);
  return 0;
}

static int check_server(const struct row *row) {
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  green_tls_options options = {.ca = file_of("root.pem")};
  if (row->crl) options.crl = file_of(row->crl);
  CHECK_STATUS(green_tls_new(&client, &options), 0);
  CHECK_STATUS(having(&server, row->certificate), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, row->name, server, &shaken), 0);
  CHECK_STATUS(shaken.client, row->word ? GREEN_ETLS : 0);
  return row->word ? check_word(shaken.client_message, row->word) : 0;
}

TEST(a_clients_view_of_certificates) {
  SKIP_WITHOUT_TLS();
  for (size_t i = 0; i < test_scale(sizeof of_servers / sizeof *of_servers, 1); i++) {
    int rc = check_server(&of_servers[i]);
    if (rc < 0) fprintf(stderr, "(%s for %s)\n", of_servers[i].certificate, of_servers[i].name);
    CHECK_STATUS(rc, 0);
  }
  return 0;
}

TEST(what_takes_any_certificate_takes_any) {
  SKIP_WITHOUT_TLS();
  static const char *const names[] = {"expired", "self", "unknown", "wrong_name"};
  AUTO_TLS green_tls *client = NULL;
  CHECK_STATUS(green_tls_new(&client, &(green_tls_options){.insecure = true}), 0);
  for (size_t i = 0; i < test_scale(4, 1); i++) {
    AUTO_TLS green_tls *server = NULL;
    struct shaken shaken;
    CHECK_STATUS(having(&server, names[i]), 0);
    OPEN_PAIR(pair);
    CHECK_STATUS(shake(&pair, client, i % 2 ? NULL : "localhost", server, &shaken), 0);
    CHECK_STATUS(shaken.client, 0);
    CHECK_STATUS(shaken.server, 0);
  }
  return 0;
}

/* ---- of clients ------------------------------------------------------------------------------ */

static const struct {
  const char *certificate; /* NULL: none */
  enum green_tls_clients clients;
  const char *word;
} of_clients[] = {
    {"client", GREEN_TLS_KNOWN_CLIENTS, NULL},
    {"client", GREEN_TLS_ASK_CLIENTS, NULL},
    {"client", GREEN_TLS_ANY_CLIENT, NULL},
    {NULL, GREEN_TLS_KNOWN_CLIENTS, "no certificate"},
    {NULL, GREEN_TLS_ASK_CLIENTS, NULL},
    {"client_expired", GREEN_TLS_KNOWN_CLIENTS, "expired"},
    {"client_unknown", GREEN_TLS_ASK_CLIENTS, "unknown issuer"},
    {"client_purpose", GREEN_TLS_KNOWN_CLIENTS, "wrong purpose"},
};

static int check_subject(green_stream *server, const char *certificate,
                         enum green_tls_clients clients) {
  char subject[100];
  int rc = green_stream_tls(server, GREEN_TLS_PEER_SUBJECT, subject, sizeof subject);
  if (!certificate || !clients) {
    CHECK_STATUS(rc, GREEN_ENOENT);
    return 0;
  }
  if (is_memory(rc)) return GREEN_ENOMEM;
  CHECK_STRING(subject, "CN=Ada L\xc3\xb6velace, O=Acme\\, Inc., C=DE");
  CHECK_STATUS(rc, (int)strlen(subject));
  return 0;
}

static int check_client(size_t which) {
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  char path[60];
  const char *certificate = of_clients[which].certificate, *word = of_clients[which].word;
  snprintf(path, sizeof path, "%s.pem", certificate ? certificate : "");
  green_tls_options mine = {.ca = file_of("root.pem")};
  if (certificate) mine.certificate = file_of(path);
  green_tls_options theirs = {.certificate = file_of("good.pem"),
                              .clients = of_clients[which].clients};
  if (theirs.clients) theirs.ca = file_of("root.pem");
  CHECK_STATUS(green_tls_new(&client, &mine), 0);
  CHECK_STATUS(green_tls_new(&server, &theirs), 0);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.server, word ? GREEN_ETLS : 0);
  return word ? check_word(shaken.server_message, word)
              : check_subject(pair.server, certificate, of_clients[which].clients);
}

TEST(a_servers_view_of_clients) {
  SKIP_WITHOUT_TLS();
  for (size_t i = 0; i < test_scale(sizeof of_clients / sizeof *of_clients, 1); i++) {
    int rc = check_client(i);
    if (rc < 0)
      fprintf(stderr, "(%s)\n", of_clients[i].certificate ? of_clients[i].certificate : "none");
    CHECK_STATUS(rc, 0);
  }
  return 0;
}

/* With TLS 1.3 a client has begun before it hears of it. */
TEST(a_client_that_is_refused_hears_of_it_when_it_reads) {
  SKIP_WITHOUT_TLS();
  AUTO_TLS green_tls *client = NULL;
  AUTO_TLS green_tls *server = NULL;
  struct shaken shaken;
  char byte;
  CHECK_STATUS(trusting(&client), 0);
  CHECK_STATUS(green_tls_new(&server, &(green_tls_options){.certificate = file_of("good.pem"),
                                                           .ca = file_of("root.pem"),
                                                           .clients = GREEN_TLS_KNOWN_CLIENTS}),
               0);
  OPEN_PAIR(pair);
  CHECK_STATUS(shake(&pair, client, "localhost", server, &shaken), 0);
  CHECK_STATUS(shaken.client, 0);
  int rc = test_saw(green_stream_read(pair.client, &byte, 1));
  CHECK(rc == GREEN_ETLS || rc == GREEN_ECONNRESET || rc == GREEN_ENOMEM);
  if (rc != GREEN_ETLS || test_in_wasm) return 0; /* Node just hangs up: tls.h */
  return check_word(green_message(), "refused");
}
