/* Logs: one line a request in the combined log format, and a sentence for what went wrong. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <greenio/status.h>
#include "app.h"
#include "log.h"
#include "quiet.h"

#define LINE 2048 /* bytes at most; long targets and headers are cut */

struct line {
  size_t at;
  char text[LINE];
};

static void line_add(struct line *line, const char *text) {
  size_t size = strlen(text), room = LINE - 1 - line->at;
  if (size > room) size = room;
  memcpy(line->text + line->at, text, size);
  line->at += size;
  line->text[line->at] = 0;
}

/* At most `most` bytes of what it becomes, so that there is room for what comes behind it. Quotes
 * are escaped where it stands between some. */
static void add_escaped(struct line *line, const char *text, size_t most, bool quoted) {
  static const char digits[] = "0123456789ABCDEF";
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    bool plain = *c >= ' ' && *c < 0x7f && !(quoted && *c == '"') && *c != '\\';
    char itself[] = {(char)*c, 0};
    char escape[] = {'\\', 'x', digits[*c >> 4], digits[*c & 15], 0};
    size_t size = plain ? 1 : 4;
    if (size > most) return;
    most -= size;
    line_add(line, plain ? itself : escape);
  }
}

static void add_date(struct line *line) {
  struct green__date date;
  char text[40];
  green__date_split((int64_t)time(NULL), &date);
  snprintf(text, sizeof text, "[%02u/%s/%04d:%02u:%02u:%02u +0000]", date.day, date.month_name,
           date.year, date.hour, date.minute, date.second);
  line_add(line, text);
}

static void line_add_header(struct line *line, const green_request *request, const char *name) {
  const char *value = green_request_header(request, name);
  line_add(line, " \"");
  add_escaped(line, value ? value : "-", 400, true);
  line_add(line, "\"");
}

static void write_line(struct green__exchange *exchange, struct line *line) {
  const green_request *request = &exchange->request;
  char numbers[48];
  line->at = 0;
  add_escaped(line, *request->peer.host ? request->peer.host : "-", 112, true);
  line_add(line, " - - ");
  add_date(line);
  line_add(line, " \"");
  add_escaped(line, request->method ? request->method : "-", 40, true);
  line_add(line, " ");
  add_escaped(line, request->target ? request->target : "-", 800, true);
  line_add(line, " ");
  add_escaped(line, request->protocol ? request->protocol : "-", 20, true);
  snprintf(numbers, sizeof numbers, "\" %d %llu",
           exchange->answered ? exchange->answer.status : 499, (unsigned long long)exchange->sent);
  line_add(line, numbers);
  line_add_header(line, request, "Referer");
  line_add_header(line, request, "User-Agent");
}

GREEN__QUIET void green__log_request(struct green__exchange *exchange) {
  GREEN__QUIETLY;
  const green_app *app = exchange->app;
  struct line line;
  if (!app->log && !app->log_file) return;
  write_line(exchange, &line);
  if (app->log)
    app->log(line.text, app->log_arg);
  else
    fprintf(app->log_file, "%s\n", line.text);
}

GREEN__QUIET void green__log_failure(struct green__exchange *exchange, int status,
                                     const char *message) {
  GREEN__QUIETLY;
  const green_app *app = exchange->app;
  const green_request *request = &exchange->request;
  struct line line = {.at = 0};
  add_escaped(&line, request->method ? request->method : "-", 40, false);
  line_add(&line, " ");
  add_escaped(&line, request->target ? request->target : "-", 800, false);
  line_add(&line, ": ");
  line_add(&line, green_status_name(status));
  line_add(&line, ": ");
  add_escaped(&line, message ? message : green_strerror(status), 800, false);
  if (app->error_log)
    app->error_log(line.text, app->error_log_arg);
  else
    green__say("greenio: %s", line.text);
}

void green_app_set_log(green_app *app, void (*write)(const char *line, void *arg), void *arg) {
  app->log = write;
  app->log_arg = arg;
  app->log_file = NULL;
}

void green_app_set_log_file(green_app *app, FILE *file) {
  app->log = NULL;
  app->log_file = file;
}

void green_app_set_error_log(green_app *app, void (*write)(const char *line, void *arg),
                             void *arg) {
  app->error_log = write;
  app->error_log_arg = arg;
}
