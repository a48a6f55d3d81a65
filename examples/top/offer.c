#include "offer.h"

#include <stdlib.h>
#include <string.h>
#include "watched.h"

/* In a time that does not tell how much of it is right. */
static bool is_token(const char *given, const char *token) {
  size_t length = strlen(given);
  unsigned char differs = length != strlen(token);
  for (size_t i = 0; token[i]; i++)
    differs |= (unsigned char)(token[i] ^ (length ? given[i % length] : 0));
  return !differs;
}

static bool is_allowed(green_request *request, const char *token) {
  const char *authorization = green_request_header(request, "Authorization");
  const green_address *peer = green_request_peer(request);
  if (!authorization || strncmp(authorization, "Bearer ", 7) != 0) return false;
  if (!is_token(authorization + 7, token)) return false;
  if (!peer) return false;
  return peer->family == GREEN_UNIX || strncmp(peer->host, "127.", 4) == 0 ||
         strcmp(peer->host, "::1") == 0 || strncmp(peer->host, "::ffff:127.", 11) == 0;
}

static int answer_tasks(green_request *request, green_response *response, void *token) {
  if (!is_allowed(request, token)) return green_response_send_status(response, 404);
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (!out) return GREEN_ENOMEM;
  watched_write(out);
  if (fclose(out) != 0) {
    free(text);
    return GREEN_ENOMEM;
  }
  int rc = green_response_set_header(response, "Cache-Control", "no-store");
  if (rc < 0) {
    free(text);
    return rc;
  }
  return green_response_give(response, 200, "text/tab-separated-values; charset=utf-8", text, size,
                             free);
}

int offer_tasks(green_app *app, const char *path, const char *token) {
  if (!token || strlen(token) < 16)
    return green_fail(GREEN_EINVAL, "the token of %s has to have 16 characters or more", path);
  return green_app_route(app, "GET", path, answer_tasks, (void *)(uintptr_t)token);
}
