/* top: the tasks of a greenio program, as top(1) shows processes: of another one, which offers them at a path
 * (offer.h), or of itself. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <greenio/greenio.h>
#include <greenio/server.h>
#include "demo.h"
#include "offer.h"
#include "screen.h"
#include "watched.h"

static const char usage[] =
    "usage: top [option ...] [URL]\n"
    "\n"
    "Shows the tasks of the greenio program that offers them at URL; without one those of a "
    "demonstration.\n"
    "The program has to know the token that stands in the environment as GREENIO_TOP_TOKEN.\n"
    "\n"
    "  -b           writes all tasks once, or -n times, and ends: for pipes and files\n"
    "  -d SECONDS   between two looks (1)\n"
    "  -n COUNT     ends after so many looks\n"
    "  -s KEY       sorts by t time, r runs, s stack, w since when, i number, n name (t)\n"
    "  --serve PORT offers the demonstration's tasks at http://127.0.0.1:PORT/tasks, 0: a free "
    "port\n"
    "  --help       prints this\n"
    "\n"
    "Keys: t, r, s, w, i and n sort, q quits.\n";

static struct {
  bool batch;
  double seconds;
  long count;
  int key;
  long port; /* -1: shows */
  const char *url, *token;
} options = {.seconds = 1, .key = 't', .port = -1};

/* ---- what is shown ---------------------------------------------------------------------------- */

/* Text of malloc's; NULL, with what is wrong in *rc. */
static char *read_own(int *rc) {
  char *text = NULL;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  if (out) watched_write(out);
  if (out && fclose(out) == 0) return text;
  free(text);
  *rc = GREEN_ENOMEM;
  return NULL;
}

static int check_answer(const green_http_response *response) {
  int status = green_http_response_status(response);
  if (status == 200) return 0;
  return green_fail(GREEN_EPROTO, "%s answers with %d%s", options.url, status,
                    status == 404 ? ": is GREENIO_TOP_TOKEN the program's token?" : "");
}

static char *read_other(int *rc) {
  char value[300];
  snprintf(value, sizeof value, "Bearer %s", options.token);
  green_http_header header = {"Authorization", value};
  green_http_request request = {
      .url = options.url, .headers = &header, .header_count = 1, .max_redirects = -1};
  green_http_response *response = NULL;
  GREEN_TIMEOUT(10000) {
    *rc = green_http_perform(NULL, &response, &request);
  }
  if (*rc == 0) *rc = check_answer(response);
  size_t size = 0;
  const char *body = *rc == 0 ? green_http_response_body(response, &size) : NULL;
  char *text = *rc == 0 ? malloc(size + 1) : NULL;
  if (text && size) memcpy(text, body, size);
  if (text) text[size] = 0;
  if (*rc == 0 && !text) *rc = GREEN_ENOMEM;
  green_http_response_release(response);
  return text;
}

static int look(struct sample *sample, const struct sample *before) {
  int rc = 0;
  char *text = options.url ? read_other(&rc) : read_own(&rc);
  if (!text) return rc;
  if (sample_read(sample, text, before) == 0) return 0;
  sample_free(sample);
  return green_fail(GREEN_EPROTO, "%s: this is not what a greenio program offers to top",
                    options.url ? options.url : "the demonstration");
}

/* ---- the terminal ----------------------------------------------------------------------------- */

static struct termios terminal;
static bool is_raw;

static void terminal_restore(void) {
  if (!is_raw) return;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal);
  fputs("\033[?25h\033[?1049l", stdout);
  fflush(stdout);
  is_raw = false;
}

static void terminal_begin(void) {
  if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &terminal) != 0) return;
  struct termios raw = terminal;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  is_raw = true;
  atexit(terminal_restore);
  fputs("\033[?1049h\033[?25l", stdout);
}

static void show(const struct sample *sample, const struct sample *before) {
  struct winsize size = {0};
  bool screen = !options.batch;
  if (screen) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
  if (screen) fputs("\033[H\033[J", stdout);
  sample_draw(stdout, sample, before, options.key, size.ws_col, size.ws_row, screen);
  fflush(stdout);
}

/* Waits until the next look; true: q was pressed, or the terminal has gone. */
static bool wait_for_key(void) {
  char key = 0;
  ssize_t got = 0;
  GREEN_TIMEOUT((uint64_t)(options.seconds * 1000)) {
    got = is_raw ? green_read(STDIN_FILENO, &key, 1)
                 : green_sleep((uint64_t)(options.seconds * 1000));
  }
  if (got == 0 && is_raw) return true;
  if (got == GREEN_ECANCELED) return true;
  if (got < 0 && is_raw && errno != ETIMEDOUT) return true;
  if (is_sort_key(key)) options.key = key;
  return key == 'q' || key == 'Q';
}

static int show_all(void) {
  struct sample before = {0}, sample;
  bool first = true;
  int rc = 0;
  for (long i = 0; !options.count || i < options.count; i++) {
    rc = look(&sample, first ? NULL : &before);
    if (rc < 0) break;
    sample_sort(&sample, options.key);
    show(&sample, first ? NULL : &before);
    sample_free(&before);
    before = sample;
    first = false;
    if (i + 1 != options.count && wait_for_key()) break;
  }
  sample_free(&before);
  return rc;
}

/* ---- main ------------------------------------------------------------------------------------- */

static int serve(void) {
  green_app *app;
  green_server *server;
  green_address address;
  int rc = green_app_new(&app, NULL);
  if (rc == 0) rc = offer_tasks(app, "/tasks", options.token);
  green_server_options here = {.host = "127.0.0.1", .port = (unsigned)options.port};
  if (rc == 0) rc = green_server_open(&server, app, &here);
  if (rc == 0) rc = green_server_address(server, &address);
  if (rc < 0) return rc;
  printf("http://127.0.0.1:%u/tasks\n", address.port);
  fflush(stdout);
  rc = green_server_wait(server, 1000);
  green_server_release(server);
  green_app_release(app);
  return rc;
}

static int run_top(void *arg) {
  (void)arg;
  int rc = 0;
  green_future_set_name(green_current(), "top");
  if (!options.url) rc = watched_start();
  if (rc == 0 && !options.url) rc = demo_start();
  if (rc == 0 && !options.url && options.port < 0)
    rc = green_sleep(100); /* so that there is something */
  if (rc == 0) rc = options.port >= 0 ? serve() : show_all();
  terminal_restore();
  if (rc < 0) fprintf(stderr, "top: %s\n", green_message_of(rc));
  demo_end();
  watched_end();
  return rc;
}

static int parse(int argc, char **argv) {
  static const struct option names[] = {
      {"help", no_argument, NULL, 'h'}, {"serve", required_argument, NULL, 'S'}, {0}};
  for (int option; (option = getopt_long(argc, argv, "bd:n:s:", names, NULL)) != -1;) {
    if (option == 'b') options.batch = true;
    if (option == 'd') options.seconds = atof(optarg);
    if (option == 'n') options.count = atol(optarg);
    if (option == 's') options.key = *optarg;
    if (option == 'S') options.port = atol(optarg);
    if (option == 'h') fputs(usage, stdout), exit(0);
    if (option == '?') return -1;
  }
  if (argc - optind > 1 || !(options.seconds >= 0.1) || options.count < 0 ||
      !is_sort_key(options.key))
    return -1;
  options.url = argv[optind];
  options.token = getenv("GREENIO_TOP_TOKEN");
  if (!isatty(STDOUT_FILENO)) options.batch = true;
  if (options.batch && !options.count) options.count = 1;
  return 0;
}

int main(int argc, char **argv) {
  if (parse(argc, argv) < 0) {
    fputs(usage, stderr);
    return 2;
  }
  if ((options.url || options.port >= 0) &&
      (!options.token || !*options.token || strlen(options.token) > 250)) {
    fputs("top: set GREENIO_TOP_TOKEN to the token that the program wants, of at most 250 "
          "characters\n",
          stderr);
    return 2;
  }
  if (!options.batch && options.port < 0) terminal_begin();
  return green_run(run_top, NULL) < 0;
}
