/* The JSON API:
 *
 *   GET /api/notes?q=WORDS    notes that were found, or all: [{id, title, body, created, changed}]
 *   POST /api/notes           {title, body}: 201 and the note
 *   GET /api/notes/ID         the note
 *   PUT /api/notes/ID         {title, body}, what is not there stays: the note
 *   DELETE /api/notes/ID      204
 *   GET /api/changes          server-sent events
 *
 * What fails gives {"error": "a sentence"}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/greenio.h>
#include "notes.h"

int64_t note_of(const green_request *request) {
  const char *text = green_request_param(request, "id");
  size_t size = strlen(text);
  return size < 19 && strspn(text, "0123456789") == size ? strtoll(text, NULL, 10) : 0;
}

static int refuse(green_response *response, int status, const char *sentence) {
  return green_response_print(response, status, "application/json", "{\"error\": \"%s\"}\n",
                              sentence);
}

/* The answer for a status; one that is not the client's doing is the application's to log. */
static int refuse_for(green_response *response, int rc) {
  switch (rc) {
  case GREEN_EINVAL:
    return refuse(response, 400, "The body is no JSON object with a title and a body.");
  case GREEN_ERANGE:
    return refuse(response, 422, "A title has 1 to 200 characters, and a body at most 100,000.");
  case GREEN_ENOENT:
    return refuse(response, 404, "There is no such note.");
  }
  return rc;
}

/* Answers with the JSON in that column of the row, or for the failure. */
static int reply(green_response *response, int status, int rc, green_pg_result *result,
                 size_t column) {
  size_t size = 0;
  const char *json = rc < 0 ? NULL : green_pg_text_at(result, 0, column, &size);
  rc = rc < 0 ? refuse_for(response, rc)
              : green_response_send(response, status, "application/json", json, size);
  green_pg_result_release(result);
  return rc;
}

static const char *words_of(green_request *request) {
  const char *words = green_request_query(request, "q");
  return words ? words : "";
}

static int find(green_request *request, green_response *response, void *arg) {
  green_pg_result *result;
  int rc = store_find_json(arg, words_of(request), &result);
  return reply(response, 200, rc, result, 0);
}

static int get(green_request *request, green_response *response, void *arg) {
  green_pg_result *result;
  int rc = store_get_json(arg, note_of(request), &result);
  return reply(response, 200, rc, result, 0);
}

static int add(green_request *request, green_response *response, void *arg) {
  green_pg_result *result = NULL;
  const char *json;
  char location[64];
  size_t size;
  int rc = green_request_body(request, &json, &size);
  if (rc < 0) return rc;
  rc = strlen(json) == size ? store_add_json(arg, json, &result) : GREEN_EINVAL;
  if (rc == 0) {
    snprintf(location, sizeof location, "/api/notes/%s", green_pg_text_at(result, 0, 0, NULL));
    green_response_set_header(response, "Location", location);
  }
  return reply(response, 201, rc, result, 1);
}

static int change(green_request *request, green_response *response, void *arg) {
  green_pg_result *result = NULL;
  const char *json;
  size_t size;
  int rc = green_request_body(request, &json, &size);
  if (rc < 0) return rc;
  rc =
      strlen(json) == size ? store_change_json(arg, note_of(request), json, &result) : GREEN_EINVAL;
  return reply(response, 200, rc, result, 0);
}

static int drop(green_request *request, green_response *response, void *arg) {
  int rc = store_remove(arg, note_of(request));
  return rc < 0 ? refuse_for(response, rc) : green_response_status(response, 204);
}

int api_add(green_app *app, struct notes *notes) {
  int rc = green_app_route(app, "GET", "/api/notes", find, notes);
  if (rc == 0) rc = green_app_route(app, "POST", "/api/notes", add, notes);
  if (rc == 0) rc = green_app_route(app, "GET", "/api/notes/:id", get, notes);
  if (rc == 0) rc = green_app_route(app, "PUT", "/api/notes/:id", change, notes);
  if (rc == 0) rc = green_app_route(app, "DELETE", "/api/notes/:id", drop, notes);
  if (rc == 0) rc = green_app_route(app, "GET", "/api/changes", changes_events, notes);
  return rc;
}
