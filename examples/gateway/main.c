/* A gateway: pages connect to hosts and ports by it, through one WebSocket each (docs/gateway.md).
 *
 * It is a tool that an attacker would love, so nothing is allowed that is not listed, and nobody is let in without the token,
 * unless it is told so. It sees the bytes, unless the programs speak TLS themselves, and has no TLS of its own: on a network
 * it stands behind a web server that has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/server.h>
#include "gateway.h"

#define DRAIN      2000 /* ms */
#define TOKEN_MOST 200  /* bytes */

static const char help[] =
    "usage: gateway [OPTION ...] [HOST:]PORT\n"
    "\n"
    "Joins the connections of greenio/gateway, by WebSocket, with TCP connections of its own.\n"
    "HOST is 127.0.0.1 unless given; port 0 picks a free one.\n"
    "\n"
    "  --allow ENTRY          whom clients may connect to; may be given again. HOST:PORT, where\n"
    "                         HOST is a name or an address, [IPv6]:PORT, *:PORT for any public\n"
    "                         address, HOST:* for any port; NAME:PORT=HOST:PORT for a name that\n"
    "                         the gateway alone knows. What a name stands for has to be public\n"
    "                         (not this machine, nor a private network) unless the list has the\n"
    "                         address itself\n"
    "  --allow-private ENTRY  the same, and it need not be public\n"
    "  --token-file FILE      clients have to know what is in the file's first line\n"
    "  --no-token             or need not: one of the two has to be given\n"
    "  --origin ORIGINS       pages of these may connect, \"https://a.example, "
    "https://b.example\",\n"
    "                         or of any, \"*\"; unless given, pages of the gateway's own origin\n"
    "  --clients N            WebSockets at once (100)\n"
    "  --connections N        connections at once in a WebSocket (1024)\n"
    "  --bytes N              bytes of a connection, both ways; 0 for any number (0)\n"
    "  --time N               seconds of a connection; 0 for any (0)\n"
    "  --connect-time N       seconds until a connection has to stand, and until a client has\n"
    "                         to say who it is (10)\n"
    "  --window N             bytes that a client may be ahead of its peer (131072)\n"
    "  --quiet                no line for each connection\n"
    "  --help                 print this\n"
    "\n"
    "The exit status is 0 after a signal, 1 if it cannot begin, 2 for wrong arguments.\n";

struct arguments {
  struct gateway gateway;
  char host[HOST_MOST + 1];
  unsigned port;
  const char *token_file;
  bool no_token, help;
  char token[TOKEN_MOST + 1];
};

/* ---- arguments ------------------------------------------------------------------------------- */

/* False, with a line for people. */
static bool refuse(const char *why, const char *what) {
  fprintf(stderr, "gateway: %s%s\n\n%s", why, what, help);
  return false;
}

static bool read_number(const char *text, uint64_t most, uint64_t *out) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  *out = strtoull(text, &end, 10);
  return !*end && *out <= most;
}

static bool read_listen(struct arguments *out, const char *text) {
  uint64_t port;
  const char *colon = strrchr(text, ':');
  size_t size = colon ? (size_t)(colon - text) : 0;
  if (size > 1 && *text == '[' && colon[-1] == ']') text++, size -= 2;
  if (size > HOST_MOST || !read_number(colon ? colon + 1 : text, 65535, &port)) return false;
  if (size) snprintf(out->host, sizeof out->host, "%.*s", (int)size, text);
  out->port = (unsigned)port;
  return true;
}

/* One with a number. False: it is none of these; *fine: whether it could be read. */
static bool read_limit(struct gateway *out, const char *name, const char *value, bool *fine) {
  static const struct {
    const char *name;
    uint64_t least, most;
  } limits[] = {{"--clients", 1, 100000}, {"--connections", 1, 100000}, {"--bytes", 0, UINT64_MAX},
                {"--time", 0, 31536000},  {"--connect-time", 1, 86400}, {"--window", 1, 1 << 30}};
  size_t i = 0, count = sizeof limits / sizeof *limits;
  uint64_t number = 0;
  while (i < count && strcmp(name, limits[i].name)) i++;
  if (i == count) return false;
  *fine = read_number(value, limits[i].most, &number) && number >= limits[i].least;
  switch (i) {
  case 0:
    out->most_sessions = (unsigned)number;
    break;
  case 1:
    out->most_connections = (unsigned)number;
    break;
  case 2:
    out->most_bytes = number;
    break;
  case 3:
    out->most_time = number * 1000;
    break;
  case 4:
    out->connect_time = number * 1000;
    break;
  case 5:
    out->window = (uint32_t)number;
  }
  return true;
}

static bool read_flag(struct arguments *out, const char *name) {
  bool *flag = !strcmp(name, "--help")       ? &out->help
               : !strcmp(name, "--no-token") ? &out->no_token
               : !strcmp(name, "--quiet")    ? &out->gateway.quiet
                                             : NULL;
  if (flag) *flag = true;
  return flag != NULL;
}

static bool read_option(struct arguments *out, const char *name, const char *value) {
  bool fine = true, private_too = strcmp(name, "--allow-private") == 0;
  if (!value) return refuse("what is this, or what belongs to it: ", name);
  if (private_too || strcmp(name, "--allow") == 0)
    return guard_add(out->gateway.guard, value, private_too) == 0 ||
           refuse("not HOST:PORT, nor NAME:PORT=HOST:PORT: ", value);
  if (strcmp(name, "--token-file") == 0)
    out->token_file = value;
  else if (strcmp(name, "--origin") == 0)
    out->gateway.origins = value;
  else if (!read_limit(&out->gateway, name, value, &fine))
    return refuse("what is this: ", name);
  return fine || refuse("a number that it cannot be: ", value);
}

static bool read_arguments(struct arguments *out, int argc, char **argv) {
  const char *where = NULL;
  for (int i = 1; i < argc; i++) {
    if (read_flag(out, argv[i])) continue;
    if (argv[i][0] == '-') {
      if (!read_option(out, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) return false;
      i++;
    } else if (where) {
      return refuse("what is this: ", argv[i]);
    } else {
      where = argv[i];
    }
  }
  if (out->help) return true;
  if (!where) return refuse("PORT is needed", "");
  if (!read_listen(out, where)) return refuse("not PORT, HOST:PORT or [IPv6]:PORT: ", where);
  if (!guard_count(out->gateway.guard))
    return refuse("nothing is allowed: --allow says what clients may connect to", "");
  if (!out->token_file == !out->no_token)
    return refuse("either --token-file or --no-token is needed", "");
  return true;
}

/* ---- running --------------------------------------------------------------------------------- */

/* Its first line. */
static int read_token(struct arguments *arguments) {
  green_file *file;
  const char *path = arguments->token_file;
  int rc = green_file_open(&file, path, GREEN_FILE_READ);
  if (rc < 0) return green_fail(rc, "%s: %s", path, green_strerror(rc));
  rc = green_file_read(file, arguments->token, TOKEN_MOST, 0);
  green_file_release(file);
  if (rc < 0) return green_fail(rc, "%s: %s", path, green_strerror(rc));
  size_t size = strcspn(arguments->token, "\r\n");
  if (!size || size == TOKEN_MOST)
    return green_fail(GREEN_EINVAL, "%s: its first line has to be a token of at most %d bytes",
                      path, TOKEN_MOST - 1);
  arguments->token[size] = 0;
  arguments->gateway.token = arguments->token;
  return 0;
}

static int serve(green_app *app, const struct arguments *arguments) {
  green_server *server;
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  green_server_options options = {.host = arguments->host, .port = arguments->port};
  int rc = green_server_open(&server, app, &options);
  if (rc < 0) return rc;
  if (green_server_address(server, &address) == 0)
    printf("gateway on ws://%s/\n", green_address_text(&address, text, sizeof text));
  fflush(stdout);
  rc = green_server_wait(server, DRAIN);
  green_server_release(server);
  return rc == GREEN_ETIMEDOUT ? 0 : rc; /* connections were cut */
}

static int run(void *arg) {
  struct arguments *arguments = arg;
  green_app *app = NULL;
  int rc = arguments->token_file ? read_token(arguments) : 0;
  if (rc == 0) rc = green_app_new(&app, NULL);
  if (rc == 0) rc = green_app_use(app, session_serve, &arguments->gateway);
  if (rc == 0) rc = serve(app, arguments);
  green_app_release(app);
  return rc;
}

int main(int argc, char **argv) {
  struct arguments arguments = {
      .host = "127.0.0.1",
      .gateway = {
          .most_sessions = 100, .most_connections = 1024, .connect_time = 10000, .window = 131072}};
  if (guard_new(&arguments.gateway.guard) < 0) return 1;
  int status = read_arguments(&arguments, argc, argv) ? 0 : 2;
  if (status == 0 && arguments.help)
    fputs(help, stdout);
  else if (status == 0)
    status = green_run(run, &arguments) < 0;
  guard_release(arguments.gateway.guard);
  return status;
}
