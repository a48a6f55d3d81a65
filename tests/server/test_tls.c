/* TLS: a certificate that openssl makes, libcurl as the client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <greenio/tls.h>
#include "server_test.h"

struct files {
  char folder[64], certificate[96], key[96];
};

/* Each is made once, and removed when the program ends. */
static struct files made[2];

static void remove_files(void) {
  for (size_t i = 0; i < sizeof made / sizeof *made && *made[i].folder; i++) {
    unlink(made[i].certificate);
    unlink(made[i].key);
    rmdir(made[i].folder);
  }
}

static bool make_files(struct files *files) {
  char command[600];
  if (!*made[0].folder) atexit(remove_files);
  strcpy(files->folder, "/tmp/greenio-tls-XXXXXX");
  if (!mkdtemp(files->folder)) return false;
  snprintf(files->certificate, sizeof files->certificate, "%s/certificate.pem", files->folder);
  snprintf(files->key, sizeof files->key, "%s/key.pem", files->folder);
  snprintf(command, sizeof command,
           "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
           "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
           "-keyout %s -out %s 2>/dev/null",
           files->key, files->certificate);
  return system(command) == 0;
}

/* NULL: there is no openssl, or this is a greenio without TLS. */
static const struct files *files_at(size_t index) {
  static bool good[sizeof made / sizeof *made];
  green_tls *tls;
  if (green_tls_new(&tls, NULL) == GREEN_ENOTSUP) return NULL;
  green_tls_release(tls);
  if (!good[index] && !*made[index].folder) good[index] = make_files(&made[index]);
  return good[index] ? &made[index] : NULL;
}

static int get(green_http_client *client, const char *base, const char *path, int *status,
               char *body, size_t size) {
  green_http_response *response;
  char url[200];
  snprintf(url, sizeof url, "%s%s", base, path);
  int rc = green_http_get(client, &response, url);
  if (rc < 0) return rc;
  size_t got;
  const char *data = green_http_response_body(response, &got);
  *status = green_http_response_status(response);
  snprintf(body, size, "%.*s", (int)(got < size ? got : size - 1), data);
  green_http_response_release(response);
  return 0;
}

TEST(a_server_with_a_certificate) {
  const struct files *files = files_at(0);
  AUTO_SITE struct site site = {0};
  char body[100];
  int status = 0;
  if (!files) SKIP("openssl is not installed, or GREENIO_TLS is off");
  green_server_options options = {.certificate = files->certificate, .key = files->key};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  green_http_client *client = NULL;
  CHECK_STATUS(
      green_http_client_new(&client, &(green_http_client_options){.ca_file = files->certificate}),
      GREEN_OK);
  static const char *const paths[] = {"/peer", "/wait", "/", "/pieces?count=200", "/large"};
  int rc = 0;
  for (int i = 0; rc == 0 && i < 5; i++) {
    rc = get(client, site.base, paths[i], &status, body, sizeof body);
    if (rc == 0 && status != 200) rc = GREEN_EIO;
    if (rc == 0 && i == 0 && strcmp(body, "4 127.0.0.1 TLS") != 0) rc = GREEN_EPROTO;
  }
  green_http_client_release(client);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  return 0;
}

static int ask_for_ever(void *arg) {
  struct site *site = arg;
  char body[100];
  int status;
  green_http_client *client;
  int rc = green_http_client_new(&client, &(green_http_client_options){.insecure = true});
  if (rc < 0) return rc;
  rc = get(client, site->base, "/forever", &status, body, sizeof body);
  green_http_client_release(client);
  return rc;
}

TEST(a_client_that_goes_away_over_tls_cancels_its_task) {
  const struct files *files = files_at(0);
  AUTO_SITE struct site site = {0};
  if (!files) SKIP("openssl is not installed, or GREENIO_TLS is off");
  green_server_options options = {.certificate = files->certificate, .key = files->key};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  AUTO_JOIN green_future *client = green_spawn(ask_for_ever, &site);
  CHECK_STARTED(client);
  CHECK_STATUS(site_await_begun(&site, 1), GREEN_OK);
  CHECK_STATUS(green_cancel(client), GREEN_OK);
  CHECK_STATUS(site_await_cancelled(&site, 1), GREEN_OK);
  return 0;
}

TEST(what_is_not_tls_is_closed) {
  const struct files *files = files_at(0);
  AUTO_SITE struct site site = {0};
  AUTO_STREAM green_stream *stream = NULL;
  char data[100];
  if (!files) SKIP("openssl is not installed, or GREENIO_TLS is off");
  green_server_options options = {.certificate = files->certificate, .key = files->key};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  CHECK_STATUS(site_connect(&site, &stream), GREEN_OK);
  CHECK_STATUS(say(stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), GREEN_OK);
  int rc;
  while ((rc = green_stream_read(stream, data, sizeof data)) > 0) /* an alert, maybe */
    CHECK(memcmp(data, "HTTP", 4) != 0);
  CHECK(rc == 0 || rc == GREEN_ECONNRESET || test_allocator_failed());
  return 0;
}

TEST(certificates_that_are_none) {
  const struct files *files = files_at(0);
  AUTO_SITE struct site site = {0};
  green_server *server;
  if (!files) SKIP("openssl is not installed, or GREENIO_TLS is off");
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  green_server_options options = {
      .host = "127.0.0.1", .certificate = files->key, .key = files->key};
  CHECK_STATUS(green_server_open(&server, site.app, &options), GREEN_ETLS);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_CONTAINS(green_message(), "key.pem is not a certificate");
  options.certificate = "/nowhere.pem";
  CHECK_STATUS(green_server_open(&server, site.app, &options), GREEN_ENOENT);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_CONTAINS(green_message(), "/nowhere.pem");
  return 0;
}

/* While the server runs, and with a connection that was there before. */
TEST(a_certificate_that_is_renewed) {
  const struct files *first = files_at(0), *second = first ? files_at(1) : NULL;
  AUTO_SITE struct site site = {0};
  char body[100];
  int status = 0;
  if (!second) SKIP("openssl is not installed, or GREENIO_TLS is off");
  green_server_options options = {.certificate = first->certificate, .key = first->key};
  CHECK_STATUS(site_open(&site, &options), GREEN_OK);
  green_http_client *clients[2] = {NULL, NULL};
  int rc = green_http_client_new(&clients[0],
                                 &(green_http_client_options){.ca_file = first->certificate});
  if (rc == 0)
    rc = green_http_client_new(&clients[1],
                               &(green_http_client_options){.ca_file = second->certificate});
  int wrong = 0, other = 0, bad = 0;
  if (rc == 0) rc = get(clients[0], site.base, "/", &status, body, sizeof body);
  if (rc == 0) wrong = get(clients[1], site.base, "/", &status, body, sizeof body);
  if (rc == 0) bad = green_server_set_certificate(site.server, first->key, first->key);
  if (rc == 0) rc = green_server_set_certificate(site.server, second->certificate, second->key);
  if (rc == 0) rc = get(clients[0], site.base, "/", &status, body, sizeof body); /* is kept */
  if (rc == 0) other = get(clients[1], site.base, "/", &status, body, sizeof body);
  green_http_client_release(clients[0]);
  green_http_client_release(clients[1]);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_STATUS(rc, GREEN_OK);
  CHECK_STATUS(wrong, GREEN_ETLS);
  CHECK_STATUS(bad, GREEN_ETLS);
  CHECK_STATUS(other, GREEN_OK);
  CHECK_NUMBER(status, 200);
  return 0;
}

TEST(a_certificate_for_a_server_without_tls) {
  AUTO_SITE struct site site = {0};
  CHECK_STATUS(site_open(&site, NULL), GREEN_OK);
  CHECK_STATUS(green_server_set_certificate(site.server, "/nowhere.pem", NULL), GREEN_EINVAL);
  GIVE_UP_WITHOUT_MEMORY();
  CHECK_CONTAINS(green_message(), "no TLS");
  return 0;
}
