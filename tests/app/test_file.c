/* Files as responses. */
#include <string.h>
#include "client.h"

static char folder[64];

static int write_file(const char *name, const char *data, size_t size) {
  char path[128];
  green_file *file;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int rc = green_file_open(&file, path, GREEN_FILE_WRITE | GREEN_FILE_CREATE | GREEN_FILE_TRUNCATE);
  if (rc < 0) return rc;
  rc = green_file_write(file, data, size, 0);
  int closed = green_file_close(file);
  green_file_release(file);
  return rc < 0 ? rc : closed;
}

static int make_folder(void) {
  static char large[200000];
  snprintf(folder, sizeof folder, "app_test_%llx", (unsigned long long)green_now());
  int rc = green_directory_make(folder);
  for (size_t i = 0; i < sizeof large; i++) large[i] = (char)('a' + i % 26);
  char inner[80];
  snprintf(inner, sizeof inner, "%s/inner", folder);
  if (rc == 0) rc = green_directory_make(inner);
  if (rc == 0) rc = write_file("a.txt", "0123456789", 10);
  if (rc == 0) rc = write_file("empty", "", 0);
  if (rc == 0) rc = write_file(".hidden", "no", 2);
  if (rc == 0) rc = write_file("inner/index.html", "<p>index", 8);
  if (rc == 0) rc = write_file("some.txt", large, 5000);
  if (rc == 0) rc = write_file("large.bin", large, sizeof large);
  return rc;
}

static void remove_folder(bool *there) {
  static const char *const names[] = {"a.txt",   "some.txt",         "empty",
                                      ".hidden", "inner/index.html", "large.bin"};
  char path[128];
  (void)there;
  GREEN_SHIELD {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
      snprintf(path, sizeof path, "%s/%s", folder, names[i]);
      green_path_remove(path);
    }
    snprintf(path, sizeof path, "%s/inner", folder);
    green_directory_remove(path);
    green_directory_remove(folder);
  }
}
#define AUTO_FOLDER __attribute__((unused, cleanup(remove_folder)))

static int ask(struct client *client, green_app *app, const char *target, const char *headers) {
  return client_ask(client, app, &(struct ask){.target = target, .headers = headers});
}

TEST(app_files) {
  AUTO_FOLDER bool there = true;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make_folder(), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_serve_files(app, "/files", folder), 0);
  CHECK_STATUS(client_get(&client, app, "/files/a.txt"), 200);
  CHECK_STRING(client.body, "0123456789");
  CHECK_STRING(client_header(&client, "content-type"), "text/plain; charset=utf-8");
  CHECK_STRING(client_header(&client, "accept-ranges"), "bytes");
  CHECK(client_header(&client, "last-modified") && client_header(&client, "etag"));
  CHECK_STATUS(client_get(&client, app, "/files/empty"), 200);
  CHECK_NUMBER(client.size, 0);
  CHECK_STATUS(client_get(&client, app, "/files/inner/"), 200);
  CHECK_STRING(client.body, "<p>index");
  CHECK_STATUS(client_get(&client, app, "/files/large.bin"), 200);
  CHECK_NUMBER(client.size, 200000);
  for (size_t i = 0; i < client.size; i += 997) CHECK_NUMBER(client.body[i], 'a' + (int)(i % 26));
  CHECK_STATUS(
      client_ask(&client, app, &(struct ask){.method = "HEAD", .target = "/files/large.bin"}), 200);
  CHECK_NUMBER(client.announced, 200000);
  CHECK_NUMBER(client.size, 0);
  CHECK_STATUS(client_ask(&client, app, &(struct ask){.method = "PUT", .target = "/files/a.txt"}),
               405);
  return 0;
}

TEST(app_files_that_are_not_served) {
  static const char *const targets[] = {
      "/files/",
      "/files/b",
      "/files/.hidden",
      "/files/inner",
      "/files/a.txt/b",
      "/files//a.txt",
      "/files/inner//index.html",
      "/files/a.txt/",
      "/files/a.txt%20",
      "/files/a.txt.",
      "/files/a.txt.%20.",
      "/files/A~1.TXT",
      "/files/nul",
      "/files/con.txt",
      "/files/lpt1.a",
      "/files/...",
      "/files/..a",
      "/files/c:a",
  };
  AUTO_FOLDER bool there = true;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make_folder(), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_serve_files(app, "/files", folder), 0);
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    int status = client_get(&client, app, targets[i]);
    if (status != 404) printf("%s ", targets[i]);
    CHECK_STATUS(status, 404);
  }
  return 0;
}

TEST(app_files_that_the_client_has) {
  char tag[80], headers[200], modified[80];
  AUTO_FOLDER bool there = true;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make_folder(), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_serve_files(app, "/", folder), 0);
  CHECK_STATUS(client_get(&client, app, "/a.txt"), 200);
  snprintf(tag, sizeof tag, "%s", client_header(&client, "etag"));
  snprintf(modified, sizeof modified, "%s", client_header(&client, "last-modified"));
  snprintf(headers, sizeof headers, "If-None-Match: \"other\", %s\n", tag);
  CHECK_STATUS(ask(&client, app, "/a.txt", headers), 304);
  CHECK_STRING(client_header(&client, "etag"), tag);
  CHECK_NUMBER(client.size, 0);
  CHECK_STATUS(ask(&client, app, "/a.txt", "If-None-Match: \"other\"\n"), 200);
  snprintf(headers, sizeof headers, "If-Modified-Since: %s\n", modified);
  CHECK_STATUS(ask(&client, app, "/a.txt", headers), 304);
  CHECK_STATUS(ask(&client, app, "/a.txt", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\n"),
               200);
  CHECK_STATUS(ask(&client, app, "/a.txt", "If-Modified-Since: yesterday\n"), 200);
  snprintf(headers, sizeof headers, "If-None-Match: \"other\"\nIf-Modified-Since: %s\n", modified);
  CHECK_STATUS(ask(&client, app, "/a.txt", headers), 200);
  snprintf(headers, sizeof headers, "If-Range: %s\nRange: bytes=1-2\n", tag);
  CHECK_STATUS(ask(&client, app, "/a.txt", headers), 206);
  CHECK_STATUS(ask(&client, app, "/a.txt", "If-Range: \"other\"\nRange: bytes=1-2\n"), 200);
  return 0;
}

/* Where answers are compressed, too: HEAD and 304 have the headers of GET. */
TEST(app_files_have_the_same_headers_for_all_that_ask) {
  static const char *const targets[] = {"/a.txt", "/some.txt", "/large.bin"};
  char headers[200], all[sizeof(struct client)];
  AUTO_FOLDER bool there = true;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make_folder(), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5, .compress = true}), 0);
  CHECK_STATUS(green_app_serve_files(app, "/", folder), 0);
  const char *codings = "Accept-Encoding: gzip, br\n";
  for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
    struct ask get = {.target = targets[i], .headers = codings};
    struct ask head = get;
    head.method = "HEAD";
    CHECK_STATUS(client_ask(&client, app, &get), 200);
    CHECK_ALLOCATIONS();
    snprintf(all, sizeof all, "%s", client.headers);
    uint64_t announced = client.announced;
    bool varies = client_header(&client, "vary") != NULL;
    CHECK_STATUS(client_ask(&client, app, &head), 200);
    CHECK_ALLOCATIONS();
    CHECK_STRING(client.headers, all);
    CHECK(client.announced == announced);
    CHECK(varies == (i == 1));
    CHECK_STATUS(client_ask(&client, app, &get), 200);
    CHECK_ALLOCATIONS();
    snprintf(headers, sizeof headers, "If-None-Match: \"other\"\nIf-None-Match: %s\n",
             client_header(&client, "etag"));
    CHECK_STATUS(ask(&client, app, targets[i], headers), 304);
    CHECK_ALLOCATIONS();
    CHECK((client_header(&client, "vary") != NULL) == varies);
  }
  return 0;
}

static int serve_file(green_request *request, green_response *response, void *arg) {
  (void)arg;
  return green_response_send_file(response, request, folder, "a.txt");
}

/* RFC 9110: conditions for reading are of GET and HEAD, ranges of GET alone. */
TEST(app_files_for_other_methods) {
  AUTO_FOLDER bool there = true;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make_folder(), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, serve_file, NULL), 0);
  struct ask ask = {.method = "HEAD", .target = "/", .headers = "Range: bytes=2-4\n"};
  CHECK_STATUS(client_ask(&client, app, &ask), 200);
  CHECK_NUMBER(client.announced, 10);
  ask.headers = "If-None-Match: *\n";
  CHECK_STATUS(client_ask(&client, app, &ask), 304);
  ask.method = "POST";
  CHECK_STATUS(client_ask(&client, app, &ask), 200);
  ask.headers = "Range: bytes=2-4\n";
  CHECK_STATUS(client_ask(&client, app, &ask), 200);
  return 0;
}

TEST(app_files_in_part) {
  AUTO_FOLDER bool there = true;
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(make_folder(), 0);
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_serve_files(app, "/", folder), 0);
  CHECK_STATUS(ask(&client, app, "/a.txt", "Range: bytes=2-4\n"), 206);
  CHECK_STRING(client.body, "234");
  CHECK_STRING(client_header(&client, "content-range"), "bytes 2-4/10");
  CHECK_STATUS(ask(&client, app, "/a.txt", "Range: bytes=-3\n"), 206);
  CHECK_STRING(client.body, "789");
  CHECK_STATUS(ask(&client, app, "/a.txt", "Range: bytes=0-1,3-4\n"), 200);
  CHECK_STRING(client.body, "0123456789");
  CHECK_STATUS(ask(&client, app, "/a.txt", "Range: bytes=10-\n"), 416);
  CHECK_STRING(client_header(&client, "content-range"), "bytes */10");
  CHECK_STATUS(ask(&client, app, "/large.bin", "Range: bytes=100-150099\n"), 206);
  CHECK_NUMBER(client.size, 150000);
  CHECK_NUMBER(client.body[0], 'a' + 100 % 26);
  return 0;
}

static int tagged(green_request *request, green_response *response, void *arg) {
  (void)arg;
  int rc = green_response_set_etag(response, request, "v1");
  return rc ? rc > 0 ? 0 : rc : green_response_send(response, 200, NULL, "body", 4);
}

TEST(app_tags_of_the_programs_own) {
  AUTO_APP green_app *app = NULL;
  AUTO_CLIENT struct client client = {0};
  CHECK_STATUS(green_app_new(&app, &(green_app_options){.workers = 5}), 0);
  CHECK_STATUS(green_app_use(app, tagged, NULL), 0);
  CHECK_STATUS(client_get(&client, app, "/"), 200);
  CHECK_STRING(client_header(&client, "etag"), "\"v1\"");
  CHECK_STATUS(ask(&client, app, "/", "If-None-Match: \"v1\"\n"), 304);
  CHECK_STATUS(ask(&client, app, "/", "If-None-Match: \"v2\"\n"), 200);
  return 0;
}
