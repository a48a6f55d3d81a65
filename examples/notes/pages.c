/* The pages: a list with search and a form for a new note, and a page for each note. They work
 * without JavaScript; page/script.js keeps the list up to date. Their links are relative, so that they
 * may lie below any path, behind a proxy or in the scope of a service worker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include "html.h"
#include "notes.h"

/* ---- parts of pages -------------------------------------------------------------------------- */

static void begin(struct html *html, const green_request *request, const char *title) {
  html_begin(html, green_request_path(request));
  html_print(html,
             "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>%s</title>\n<link rel=\"stylesheet\" href=\"%/style.css\">\n"
             "<link rel=\"icon\" href=\"data:,\">\n"
             "<script src=\"%/script.js\" type=\"module\"></script>\n<body>\n"
             "<header><a href=\"%/\" class=\"home\">Notes</a>\n"
             "<form role=\"search\" action=\"%/\"><label for=\"q\">Search</label>\n",
             title);
}

static void end_header(struct html *html, const char *words) {
  html_print(html,
             "<input id=\"q\" name=\"q\" type=\"search\" value=\"%s\" autocomplete=\"off\">\n"
             "<button>Find</button></form></header>\n<main>\n",
             words);
}

static void end(struct html *html) {
  html_print(html, "</main>\n</body>\n</html>\n");
}

/* The version is 0 in the form for a new note. */
static void version_field(struct html *html, int64_t version) {
  html_print(html, "<input type=\"hidden\" name=\"version\" value=\"%d\">\n", version);
}

static void fields(struct html *html, const char *title, const char *body) {
  html_print(
      html,
      "<label for=\"title\">Title</label>\n"
      "<input id=\"title\" name=\"title\" required maxlength=\"200\" value=\"%s\">\n"
      "<label for=\"body\">Text</label>\n"
      "<textarea id=\"body\" name=\"body\" rows=\"5\" maxlength=\"100000\">\n%s</textarea>\n",
      title, body);
}

static int message(green_request *request, green_response *response, int status, const char *title,
                   const char *sentence) {
  struct html html = {.data = NULL};
  begin(&html, request, title);
  end_header(&html, "");
  html_print(&html, "<h1>%s</h1>\n<p>%s</p>\n<p><a href=\"%/\">All notes</a></p>\n", title,
             sentence);
  end(&html);
  return html_send(&html, response, status);
}

/* The page for a status; one that is not the client's doing is the application's to log. */
static int message_for(green_request *request, green_response *response, int rc) {
  switch (rc) {
  case GREEN_EINVAL:
    return message(request, response, 400, "That did not work",
                   "The text has characters that no text has.");
  case GREEN_ERANGE:
    return message(request, response, 422, "That did not work",
                   "A title has 1 to 200 characters, and a text at most 100,000. Go back to "
                   "change it.");
  case GREEN_ENAMETOOLONG:
    return message(request, response, 400, "That did not work",
                   "A search has at most 200 letters.");
  case GREEN_ENOENT:
    return message(request, response, 404, "There is no such note", "It may have been deleted.");
  }
  return rc;
}

/* ---- the list -------------------------------------------------------------------------------- */

static void list(struct html *html, const green_pg_result *found, const char *words) {
  size_t rows = green_pg_row_count(found);
  bool more = rows > STORE_MOST;
  if (more) rows = STORE_MOST;
  html_print(html, "<p id=\"count\" role=\"status\">");
  if (*words)
    html_print(html, more ? "The best %d of those found for “%s”" : "%d found for “%s”",
               (int64_t)rows, words);
  else
    html_print(html,
               more        ? "The newest %d notes"
               : rows == 1 ? "%d note"
                           : "%d notes",
               (int64_t)rows);
  html_print(html, "</p>\n<ul id=\"notes\" class=\"notes\">\n");
  for (size_t row = 0; row < rows; row++) {
    html_print(html, "<li><a href=\"%/notes/%s\">%s</a> <span class=\"changed\">%s</span>\n<p>",
               green_pg_text_at(found, row, 0, NULL), green_pg_text_at(found, row, 1, NULL),
               green_pg_text_at(found, row, 3, NULL));
    html_marked(html, green_pg_text_at(found, row, 2, NULL), STORE_MARK, STORE_UNMARK);
    html_print(html, "</p></li>\n");
  }
  html_print(html, "</ul>\n");
}

static int show_list(green_request *request, green_response *response, void *arg) {
  const char *words = green_request_query(request, "q");
  struct html html = {.data = NULL};
  green_pg_result *found;
  if (!words) words = "";
  int rc = store_find(arg, words, &found);
  if (rc < 0) return message_for(request, response, rc);
  begin(&html, request, *words ? "Notes found" : "Notes");
  end_header(&html, words);
  html_print(&html, "<h1>%s</h1>\n", *words ? "Notes found" : "All notes");
  list(&html, found, words);
  html_print(&html,
             "<h2>New note</h2>\n<form method=\"post\" action=\"%/notes\" class=\"note\">\n");
  fields(&html, "", "");
  html_print(&html, "<button>Add</button></form>\n");
  end(&html);
  green_pg_result_release(found);
  return html_send(&html, response, 200);
}

/* ---- a note ---------------------------------------------------------------------------------- */

static int64_t version_at(const green_pg_result *found) {
  const char *text = green_pg_text_at(found, 0, 4, NULL);
  return text ? strtoll(text, NULL, 10) : 0;
}

static void form(struct html *html, int64_t id, int64_t version, const char *title,
                 const char *body) {
  html_print(html, "<form method=\"post\" action=\"%/notes/%d\" class=\"note\">\n", id);
  version_field(html, version);
  fields(html, title, body);
  html_print(html, "<button>Save</button></form>\n");
}

static int show_note(green_request *request, green_response *response, void *arg) {
  struct html html = {.data = NULL};
  green_pg_result *found;
  int64_t id = note_of(request);
  int rc = store_get(arg, id, &found);
  if (rc < 0) return message_for(request, response, rc);
  const char *title = green_pg_text_at(found, 0, 1, NULL);
  begin(&html, request, title);
  end_header(&html, "");
  html_print(&html, "<h1>%s</h1>\n<p class=\"changed\">Changed %s</p>\n", title,
             green_pg_text_at(found, 0, 3, NULL));
  form(&html, id, version_at(found), title, green_pg_text_at(found, 0, 2, NULL));
  html_print(&html,
             "<form method=\"post\" action=\"%/notes/%d/delete\"><button class=\"delete\">Delete "
             "this note</button></form>\n",
             id);
  end(&html);
  green_pg_result_release(found);
  return html_send(&html, response, 200);
}

/* The form's two fields. */
static int read_form(green_request *request, const char **title, const char **body) {
  int rc = green_request_form(request, "title", title);
  if (rc == 0) rc = green_request_form(request, "body", body);
  if (rc == 0 && (!*title || !*body))
    rc = green_fail(GREEN_EINVAL, "the form has no title or no text");
  return rc;
}

static int add_note(green_request *request, green_response *response, void *arg) {
  const char *title, *body;
  int64_t id;
  char location[64];
  int rc = read_form(request, &title, &body);
  if (rc < 0) return rc == GREEN_EINVAL ? message_for(request, response, rc) : rc;
  rc = store_add(arg, title, body, &id);
  if (rc < 0) return message_for(request, response, rc);
  snprintf(location, sizeof location, "/notes/%lld", (long long)id);
  return green_response_redirect(response, 303, location);
}

/* Somebody else has changed it meanwhile: what there is now, and what was to be saved. */
static int show_both(green_request *request, green_response *response, struct notes *notes,
                     int64_t id, const char *title, const char *body) {
  struct html html = {.data = NULL};
  green_pg_result *found;
  int rc = store_get(notes, id, &found);
  if (rc < 0) return message_for(request, response, rc);
  begin(&html, request, "Changed meanwhile");
  end_header(&html, "");
  html_print(&html,
             "<h1>Changed meanwhile</h1>\n<p>Nothing was saved: the note has been changed since "
             "you opened it. It is now:</p>\n<h2>%s</h2>\n<pre>%s</pre>\n"
             "<p>This is what you wrote. Save puts it in its place.</p>\n",
             green_pg_text_at(found, 0, 1, NULL), green_pg_text_at(found, 0, 2, NULL));
  form(&html, id, version_at(found), title, body);
  end(&html);
  green_pg_result_release(found);
  return html_send(&html, response, 409);
}

/* The version that the form was made of; 0: it does not say. */
static int64_t version_of(green_request *request) {
  const char *text;
  if (green_request_form(request, "version", &text) < 0 || !text) return 0;
  int64_t version = strtoll(text, NULL, 10);
  return version > 0 ? version : -1;
}

static int change_note(green_request *request, green_response *response, void *arg) {
  const char *title, *body;
  int64_t id = note_of(request);
  int rc = read_form(request, &title, &body);
  if (rc < 0) return rc == GREEN_EINVAL ? message_for(request, response, rc) : rc;
  rc = store_change(arg, id, version_of(request), title, body);
  if (rc == GREEN_EBUSY) return show_both(request, response, arg, id, title, body);
  return rc < 0 ? message_for(request, response, rc)
                : green_response_redirect(response, 303, green_request_path(request));
}

static int delete_note(green_request *request, green_response *response, void *arg) {
  int rc = store_remove(arg, note_of(request));
  return rc < 0 ? message_for(request, response, rc) : green_response_redirect(response, 303, "/");
}

/* ---- what pages need ------------------------------------------------------------------------- */

static int show_style(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  green_response_set_header(response, "Cache-Control", "no-cache");
  return green_response_send(response, 200, "text/css; charset=utf-8", asset_style,
                             asset_style_size);
}

static int show_script(green_request *request, green_response *response, void *arg) {
  (void)request, (void)arg;
  green_response_set_header(response, "Cache-Control", "no-cache");
  return green_response_send(response, 200, "text/javascript; charset=utf-8", asset_script,
                             asset_script_size);
}

int pages_add(green_app *app, struct notes *notes) {
  int rc = green_app_route(app, "GET", "/", show_list, notes);
  if (rc == 0) rc = green_app_route(app, "POST", "/notes", add_note, notes);
  if (rc == 0) rc = green_app_route(app, "GET", "/notes/:id", show_note, notes);
  if (rc == 0) rc = green_app_route(app, "POST", "/notes/:id", change_note, notes);
  if (rc == 0) rc = green_app_route(app, "POST", "/notes/:id/delete", delete_note, notes);
  if (rc == 0) rc = green_app_route(app, "GET", "/style.css", show_style, notes);
  if (rc == 0) rc = green_app_route(app, "GET", "/script.js", show_script, notes);
  return rc;
}
