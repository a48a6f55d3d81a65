/* Routes: patterns of paths, tried in the order in which they were added. */
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"

enum kind { LITERAL, PARAM, REST };

struct green__segment {
  enum kind kind;
  const char *text; /* in the route's path: what it must be, or the parameter's name */
  size_t size;
};

/* A value of a parameter before it is copied. */
struct span {
  const char *at;
  size_t size;
};

/* ---- adding ---------------------------------------------------------------------------------- */

static bool valid_path(const char *path) {
  if (*path != '/' || !green__is_plain(path, strlen(path))) return false;
  unsigned params = 0;
  for (const char *at = path; at; at = strchr(at + 1, '/')) {
    size_t size = strcspn(at + 1, "/");
    if (at[1] == ':' && size < 2) return false;
    if (at[1] == '*' && at[1 + size]) return false;
    params += at[1] == ':' || at[1] == '*';
  }
  return params <= GREEN__PARAMS_MOST;
}

static unsigned count_segments(const char *path) {
  unsigned count = 0;
  for (; *path; path++) count += *path == '/';
  return count;
}

static void route_split(struct green__route *route) {
  struct green__segment *segment = route->segments;
  for (const char *at = route->path; *at == '/'; segment++) {
    size_t size = strcspn(++at, "/");
    segment->kind = *at == ':' ? PARAM : *at == '*' ? REST : LITERAL;
    bool bare = segment->kind == LITERAL || (segment->kind == REST && size == 1);
    segment->text = bare ? at : at + 1;
    segment->size = bare ? size : size - 1;
    at += size;
  }
}

static void route_free(struct green__route *route) {
  if (route->drop) route->drop(route->arg);
  green__free(route->method);
  green__free(route->path);
  green__free(route->segments);
}

/* Without the caller's arg: 0, GREEN_ENOMEM. */
static int route_make(struct green__route *route, const char *method, const char *path) {
  *route = (struct green__route){.segment_count = count_segments(path)};
  route->path = green__copy_string(path, SIZE_MAX - 1);
  route->segments = green__alloc(route->segment_count * sizeof *route->segments);
  if (method) route->method = green__copy_string(method, SIZE_MAX - 1);
  if (route->path && route->segments && (route->method || !method)) {
    route_split(route);
    return 0;
  }
  route_free(route);
  return GREEN_ENOMEM;
}

/* One of HTTP's in small letters, which never comes so. (fetch() leaves patch as it is; others are a program's own.) */
static bool is_small(const char *method) {
  static const char *const small[] = {"get", "head", "post", "put", "delete", "options"};
  for (size_t i = 0; i < sizeof small / sizeof *small; i++)
    if (strcmp(method, small[i]) == 0) return true;
  return false;
}

/* Why there cannot be such a route, or NULL. */
static const char *route_unfit(const char *method, const char *path, green_handler function) {
  if (!function) return "no function";
  if (!valid_path(path)) return "not a path";
  if (!method) return NULL;
  if (!green__is_token(method, strlen(method))) return "not a method";
  return is_small(method) ? "a method is in capitals" : NULL;
}

int green__routes_add(struct green__routes *routes, const char *method, const char *path,
                      green_handler function, void *arg, void (*drop)(void *)) {
  const char *why = route_unfit(method, path, function);
  if (why) return green_fail(GREEN_EINVAL, "route %s %s: %s", method ? method : "", path, why);
  if (routes->count == routes->room) {
    size_t room = routes->room ? routes->room * 2 : 8;
    struct green__route *at = green__realloc(routes->at, room * sizeof *at);
    if (!at) return GREEN_ENOMEM;
    routes->at = at;
    routes->room = room;
  }
  struct green__route *route = &routes->at[routes->count];
  int rc = route_make(route, method, path);
  if (rc < 0) return rc;
  route->function = function;
  route->arg = arg;
  route->drop = drop;
  routes->count++;
  return 0;
}

void green__routes_free(struct green__routes *routes) {
  for (size_t i = 0; i < routes->count; i++) route_free(&routes->at[i]);
  green__free(routes->at);
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool route_matches(const struct green__route *route, const char *path, struct span *spans) {
  const char *at = path;
  for (unsigned i = 0; i < route->segment_count; i++) {
    const struct green__segment *segment = &route->segments[i];
    if (*at != '/') return false;
    at++;
    if (segment->kind == REST) {
      *spans = (struct span){at, strlen(at)};
      return true;
    }
    if (segment->kind == LITERAL) {
      if (strncmp(at, segment->text, segment->size) != 0) return false;
      at += segment->size;
      if (*at && *at != '/') return false;
    } else {
      size_t size = strcspn(at, "/");
      if (!size) return false;
      *spans++ = (struct span){at, size};
      at += size;
    }
  }
  return !*at;
}

static int keep_params(const struct green__route *route, green_request *request,
                       const struct span *spans) {
  struct green__arena *arena = &request->exchange->arena;
  struct green__param *params = NULL;
  size_t count = 0;
  for (unsigned i = 0; i < route->segment_count; i++) {
    const struct green__segment *segment = &route->segments[i];
    if (segment->kind == LITERAL) continue;
    if (!params) params = green__arena_alloc(arena, GREEN__PARAMS_MOST * sizeof *params);
    if (!params) return GREEN_ENOMEM;
    params[count].name = green__arena_copy(arena, segment->text, segment->size);
    params[count].value = green__arena_copy(arena, spans[count].at, spans[count].size);
    if (!params[count].name || !params[count].value) return GREEN_ENOMEM;
    count++;
  }
  request->params = params;
  request->param_count = count;
  return 1;
}

int green__routes_find(const struct green__routes *routes, green_request *request,
                       const struct green__route **out) {
  struct span spans[GREEN__PARAMS_MOST];
  const struct green__route *get = NULL;
  bool head = strcmp(request->method, "HEAD") == 0, path_known = false;
  for (size_t i = 0; i < routes->count; i++) {
    const struct green__route *route = &routes->at[i];
    if (!route_matches(route, request->path, spans)) continue;
    path_known = true;
    bool any = !route->method && !get; /* behind the route for GET it is behind it for HEAD, too */
    if (any || (route->method && strcmp(route->method, request->method) == 0)) {
      *out = route;
      return keep_params(route, request, spans);
    }
    if (head && !get && route->method && strcmp(route->method, "GET") == 0) get = route;
  }
  if (!get) return path_known ? GREEN_EPERM : 0;
  *out = get;
  route_matches(get, request->path, spans);
  return keep_params(get, request, spans);
}

static bool seen_before(const struct green__routes *routes, size_t index, const char *path) {
  struct span spans[GREEN__PARAMS_MOST];
  for (size_t i = 0; i < index; i++)
    if (routes->at[i].method && strcmp(routes->at[i].method, routes->at[index].method) == 0 &&
        (*path == '*' || route_matches(&routes->at[i], path, spans)))
      return true;
  return false;
}

const char *green__routes_allow(const struct green__routes *routes, green_request *request) {
  struct span spans[GREEN__PARAMS_MOST];
  const char *path = request->path;
  size_t size = sizeof "OPTIONS, HEAD";
  for (size_t i = 0; i < routes->count; i++)
    if (routes->at[i].method) size += strlen(routes->at[i].method) + 2;
  char *text = green__arena_alloc(&request->exchange->arena, size);
  if (!text) return NULL;
  strcpy(text, "OPTIONS");
  bool head = false;
  for (size_t i = 0; i < routes->count; i++) {
    const struct green__route *route = &routes->at[i];
    if (!route->method || (*path != '*' && !route_matches(route, path, spans))) continue;
    if (strcmp(route->method, "OPTIONS") == 0 || seen_before(routes, i, path)) continue;
    if (strcmp(route->method, "HEAD") == 0 || strcmp(route->method, "GET") == 0) {
      if (!head) strcat(text, ", HEAD");
      head = true;
      if (*route->method == 'H') continue;
    }
    strcat(strcat(text, ", "), route->method);
  }
  return text;
}
