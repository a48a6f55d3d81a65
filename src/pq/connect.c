/* Connecting without blocking: libpq's own steps, with its host names looked up before. */
#include "pq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- steps ---- */

typedef PostgresPollingStatusType step_function(PGconn *);

/* The socket may be another one after each step. */
static int go_on(struct green__pq_call *call, step_function *step) {
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING; /* before the first, libpq says */
  for (;;) {
    int rc = green__pq_ready(call, wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT);
    if (rc < 0) return rc;
    wanted = step(call->connection);
    if (wanted == PGRES_POLLING_OK) return 0;
    if (wanted == PGRES_POLLING_FAILED) return green__pq_failed(call);
  }
}

static int run(PGconn *connection, bool started, step_function *step, const char *function) {
  struct green__pq_call call = {.connection = connection};
  green__pq_enter(&call.use, connection, function);
  int rc = started && PQstatus(connection) != CONNECTION_BAD ? go_on(&call, step)
                                                             : green__pq_failed(&call);
  green__pq_leave(&call.use);
  return rc;
}

int green_pq_wait(PGconn *connection) {
  if (!green_current()) return GREEN_EMAIN;
  if (!connection) return GREEN_EINVAL;
  if (green__pq_user(connection)) return GREEN_EBUSY;
  if (PQstatus(connection) != CONNECTION_OK) return run(connection, true, PQconnectPoll, __func__);
  struct green__pq_call call = {.connection = connection};
  green__pq_enter(&call.use, connection, __func__);
  int rc = green__pq_exchange(&call);
  green__pq_leave(&call.use);
  return rc;
}

int green_pq_reset(PGconn *connection) {
  if (!green_current()) return GREEN_EMAIN;
  if (!connection) return GREEN_EINVAL;
  if (green__pq_user(connection)) return GREEN_EBUSY;
  return run(connection, PQresetStart(connection), PQresetPoll, __func__);
}

/* ---- addresses ---- */

/* A setting of libpq that is a list, an item a host. */
enum setting { HOST, ADDRESS, PORT, SETTINGS };
static const char *const names[SETTINGS] = {"host", "hostaddr", "port"};

/* The lists with an item for each address. */
struct lists {
  char *text[SETTINGS];
  size_t size[SETTINGS];
  FILE *out[SETTINGS];
  int count;
  int status; /* of the last name that has no address */
};

static bool lists_open(struct lists *lists) {
  *lists = (struct lists){.status = 0};
  for (int i = 0; i < SETTINGS; i++)
    if (!(lists->out[i] = open_memstream(&lists->text[i], &lists->size[i]))) return false;
  return true;
}

static bool lists_end(struct lists *lists) {
  bool good = true;
  for (int i = 0; i < SETTINGS; i++) {
    if (lists->out[i] && fclose(lists->out[i]) != 0) good = false;
    lists->out[i] = NULL;
  }
  return good;
}

static void lists_free(struct lists *lists) {
  lists_end(lists);
  for (int i = 0; i < SETTINGS; i++) free(lists->text[i]);
}

static void lists_add(struct lists *lists, const char *host, const char *address,
                      const char *port) {
  const char *item[SETTINGS] = {host, address, port};
  for (int i = 0; i < SETTINGS; i++)
    fprintf(lists->out[i], "%s%s", lists->count ? "," : "", item[i]);
  lists->count++;
}

static int add_all(struct lists *lists, const char *host, const char *port) {
  green_address *addresses;
  size_t count;
  int rc = green_getaddrinfo(host, 0, &addresses, &count);
  if (rc == GREEN_ENOHOST || rc == GREEN_EINVAL) return lists->status = GREEN_ENOHOST, 0;
  for (size_t i = 0; rc == 0 && i < count; i++) lists_add(lists, host, addresses[i].host, port);
  green_addresses_free(addresses);
  return rc;
}

/* Ends the item at `list`, which may be NULL, and gives what is behind it. */
static char *cut(char *list) {
  char *comma = list ? strchr(list, ',') : NULL;
  if (comma) *comma++ = 0;
  return comma;
}

static bool is_name(const char *host) {
  return host && *host && *host != '/' && *host != '@';
}

/* Goes through the lists that libpq would go through; they are cut up. One port stands for all. */
static int look_up(struct lists *lists, char *const settings[SETTINGS]) {
  char *host = settings[HOST], *address = settings[ADDRESS], *port = settings[PORT];
  int rc = 0;
  while (rc == 0 && host) {
    char *next_host = cut(host), *next_address = cut(address), *next_port = cut(port);
    bool given = address && *address;
    if (is_name(host) && !given)
      rc = add_all(lists, host, port ? port : "");
    else
      lists_add(lists, host, given ? address : "", port ? port : "");
    host = next_host;
    address = next_address;
    if (next_port) port = next_port;
  }
  return rc;
}

static int items(const char *list) {
  int count = list && *list ? 1 : 0;
  for (; count && *list; list++) count += *list == ',';
  return count;
}

/* Whether there is something to look up in lists that libpq takes: it says itself what is wrong. */
static bool has_names(char *const settings[SETTINGS]) {
  int hosts = items(settings[HOST]), addresses = items(settings[ADDRESS]),
      ports = items(settings[PORT]);
  return hosts && (addresses == 0 || addresses == hosts) && (ports <= 1 || ports == hosts);
}

/* ---- what libpq makes of the parameters ---- */

/* Copies of the settings after services, the environment and the defaults: asked of a connection
 * that is refused before it begins, for a mode that there is not. 0, GREEN_ENOMEM. */
static int ask_settings(const char **keywords, const char **values, int count, int expand,
                        char *settings[SETTINGS]) {
  keywords[count] = "sslmode";
  values[count] = "none-of-these";
  PGconn *refused = PQconnectStartParams(keywords, values, expand);
  keywords[count] = values[count] = NULL;
  PQconninfoOption *options = refused ? PQconninfo(refused) : NULL;
  int rc = options ? 0 : GREEN_ENOMEM;
  for (PQconninfoOption *option = options; option && option->keyword; option++)
    for (int i = 0; i < SETTINGS; i++)
      if (strcmp(option->keyword, names[i]) == 0 && option->val &&
          !(settings[i] = strdup(option->val)))
        rc = GREEN_ENOMEM;
  PQconninfoFree(options);
  PQfinish(refused);
  return rc;
}

static int start(PGconn **out, const char **keywords, const char **values, int expand,
                 green__pq_started *started) {
  *out = PQconnectStartParams(keywords, values, expand);
  if (!*out) return GREEN_ENOMEM;
  if (started) started(*out);
  int rc = run(*out, true, PQconnectPoll, "green_pq_connect");
  if (rc == 0 || rc == GREEN_ENOTCONN || rc == GREEN_EINVAL) return rc;
  PQfinish(*out);
  *out = NULL;
  return rc;
}

/* Connects with the addresses of what is to be looked up behind the parameters, where they count.
 */
static int start_at(PGconn **out, const char **keywords, const char **values, int count, int expand,
                    char *const settings[SETTINGS], green__pq_started *started) {
  struct lists lists;
  int rc = lists_open(&lists) ? look_up(&lists, settings) : GREEN_ENOMEM;
  if (!lists_end(&lists) && rc == 0) rc = GREEN_ENOMEM;
  if (rc == 0 && lists.count == 0) rc = lists.status;
  if (rc == 0) {
    for (int i = 0; i < SETTINGS; i++) {
      keywords[count + i] = names[i];
      values[count + i] = lists.text[i];
    }
    rc = start(out, keywords, values, expand, started);
  }
  lists_free(&lists);
  return rc;
}

static int connect_with(PGconn **out, const char **keywords, const char **values, int count,
                        int expand, green__pq_started *started) {
  char *settings[SETTINGS] = {NULL};
  int rc = ask_settings(keywords, values, count, expand, settings);
  if (rc == 0)
    rc = has_names(settings) ? start_at(out, keywords, values, count, expand, settings, started)
                             : start(out, keywords, values, expand, started);
  for (int i = 0; i < SETTINGS; i++) free(settings[i]);
  return rc;
}

int green__pq_connect_params(PGconn **out, const char *const *keywords, const char *const *values,
                             int expand_dbname, green__pq_started *started) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  int count = 0;
  while (keywords[count]) count++;
  size_t room = (size_t)count + SETTINGS + 1;
  const char **copy = calloc(2 * room, sizeof *copy);
  if (!copy) return GREEN_ENOMEM;
  memcpy(copy, keywords, (size_t)count * sizeof *copy);
  memcpy(copy + room, values, (size_t)count * sizeof *copy);
  int rc = connect_with(out, copy, copy + room, count, expand_dbname, started);
  free(copy);
  return rc;
}

int green_pq_connect_params(PGconn **out, const char *const *keywords, const char *const *values,
                            int expand_dbname) {
  return green__pq_connect_params(out, keywords, values, expand_dbname, NULL);
}

int green_pq_connect(PGconn **out, const char *conninfo) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  char *error = NULL;
  PQconninfoOption *options = PQconninfoParse(conninfo, &error);
  if (!options) {
    int rc = error ? green_fail(GREEN_EINVAL, "%s", error) : GREEN_ENOMEM;
    PQfreemem(error);
    return rc;
  }
  const char *keywords[64], *values[64]; /* libpq has some forty */
  int count = 0;
  for (PQconninfoOption *option = options; option->keyword && count < 63; option++) {
    if (!option->val) continue;
    keywords[count] = option->keyword;
    values[count++] = option->val;
  }
  keywords[count] = values[count] = NULL;
  int rc = green_pq_connect_params(out, keywords, values, false);
  PQconninfoFree(options);
  return rc;
}
