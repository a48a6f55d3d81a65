/* The JSON API:
 *
 *   GET /api/notes?q=WORDS    notes that were found, or all, the first 50:
 *                             [{id, title, body, created, changed}]
 *   POST /api/notes           {title, body}: 201 and the note
 *   GET /api/notes/ID         the note, and its version as ETag
 *   PUT /api/notes/ID         {title, body}, what is not there stays: the note. With If-Match: 412
 *                             if it has another version by now
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
  case GREEN_ENAMETOOLONG:
    return refuse(response, 400, "A search has at most 200 bytes.");
  case GREEN_EBUSY:
    return refuse(response, 412, "The note has been changed meanwhile.");
  case GREEN_ERANGE:
    return refuse(response, 422, "A title has 1 to 200 characters, and a body at most 100,000.");
  case GREEN_ENOENT:
    return refuse(response, 404, "There is no such note.");
  }
  return rc;
}

/* What nests deeper than any note does is not for the database, whose own reader of JSON calls
 * itself for each level. */
#define DEEPEST 16

static bool is_deep(const char *json) {
  int depth = 0;
  bool string = false;
  for (const char *at = json; *at && depth <= DEEPEST; at++) {
    if (string && *at == '\\' && at[1])
      at++;
    else if (*at == '"')
      string = !string;
    else if (!string && (*at == '[' || *at == '{'))
      depth++;
    else if (!string && (*at == ']' || *at == '}'))
      depth--;
  }
  return depth > DEEPEST;
}

/* The body, if it may be a note's JSON. */
static int read_json(green_request *request, const char **json) {
  size_t size;
  int rc = green_request_body(request, json, &size);
  if (rc < 0) return rc;
  if (strlen(*json) != size) return green_fail(GREEN_EINVAL, "a NUL in the body");
  return is_deep(*json) ? green_fail(GREEN_EINVAL, "the body nests too deep") : 0;
}

/* The ETag of the version in the row. */
static void set_version(green_response *response, const green_pg_result *result) {
  char tag[32];
  snprintf(tag, sizeof tag, "\"%s\"", green_pg_text_at(result, 0, 0, NULL));
  green_response_set_header(response, "ETag", tag);
}

/* The version that the client has seen; 0: it does not say. One that is none is no note's. The tag is
 * weak where the answer was compressed, and names the same version. */
static int64_t version_of(const green_request *request) {
  const char *tag = green_request_header(request, "If-Match");
  if (!tag || strcmp(tag, "*") == 0) return 0;
  if (strncmp(tag, "W/", 2) == 0) tag += 2;
  int64_t version = *tag == '"' ? strtoll(tag + 1, NULL, 10) : 0;
  return version > 0 ? version : -1;
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
  if (rc == 0) set_version(response, result);
  return reply(response, 200, rc, result, 1);
}

static int add(green_request *request, green_response *response, void *arg) {
  green_pg_result *result = NULL;
  const char *json;
  char location[64];
  int rc = read_json(request, &json);
  if (rc < 0 && rc != GREEN_EINVAL) return rc;
  if (rc == 0) rc = store_add_json(arg, json, &result);
  if (rc == 0) {
    snprintf(location, sizeof location, "/api/notes/%s", green_pg_text_at(result, 0, 2, NULL));
    green_response_set_header(response, "Location", location);
    set_version(response, result);
  }
  return reply(response, 201, rc, result, 1);
}

static int change(green_request *request, green_response *response, void *arg) {
  green_pg_result *result = NULL;
  const char *json;
  int rc = read_json(request, &json);
  if (rc < 0 && rc != GREEN_EINVAL) return rc;
  if (rc == 0) rc = store_change_json(arg, note_of(request), version_of(request), json, &result);
  if (rc == 0) set_version(response, result);
  return reply(response, 200, rc, result, 1);
}

static int drop(green_request *request, green_response *response, void *arg) {
  int rc = store_remove(arg, note_of(request));
  return rc < 0 ? refuse_for(response, rc) : green_response_send_status(response, 204);
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
