/* Connecting without blocking: libpq's own steps, with its host names looked up before.
 *
 * libpq heeds `connect_timeout` in functions that block alone, so it is done here: each address has
 * so long. libpq cannot be told to pass over the one that it is at, so where one has not answered
 * it begins anew, without that one.
 */
#include "pq.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/fd.h>

#define SECOND UINT64_C(1000000000)
#define SILENT 1 /* no status: an address has not answered in time */

/* ---- steps ---- */

/* How long each address has. */
struct limit {
  uint64_t span; /* ns; 0: as long as it takes */
  const char *host, *port;
  uint64_t due;
};

/* Each address has its own `host` in what was handed to libpq. */
static void limit_renew(struct limit *limit, PGconn *connection) {
  const char *host = PQhost(connection), *port = PQport(connection);
  if (!limit->span || (limit->due && host == limit->host && port == limit->port)) return;
  *limit = (struct limit){limit->span, host, port, green_now() + limit->span};
}

static int call_ready(struct green__pq_call *call, int events, const struct limit *limit) {
  struct pollfd one = {.fd = PQsocket(call->connection), .events = (short)events};
  if (!limit->span || one.fd < 0) return green__pq_ready(call, events);
  for (;;) {
    int rc = green_poll(&one, 1, green__pq_until(limit->due));
    if (rc != 0) return rc < 0 ? rc : 0;
    if (green_now() >= limit->due) return SILENT;
  }
}

typedef PostgresPollingStatusType step_function(PGconn *);

/* The socket may be another one after each step. */
static int go_on(struct green__pq_call *call, step_function *step, uint64_t span) {
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING; /* before the first, libpq says */
  struct limit limit = {.span = span};
  for (;;) {
    limit_renew(&limit, call->connection);
    int rc = call_ready(call, wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, &limit);
    if (rc != 0) return rc;
    wanted = step(call->connection);
    if (wanted == PGRES_POLLING_OK) return 0;
    if (wanted == PGRES_POLLING_FAILED) return green__pq_failed(call);
  }
}

static int steps_run(PGconn *connection, bool started, step_function *step, uint64_t span,
                     const char *function) {
  struct green__pq_call call = {.connection = connection};
  green__pq_enter(&call.use, connection, function);
  int rc = started && PQstatus(connection) != CONNECTION_BAD ? go_on(&call, step, span)
                                                             : green__pq_failed(&call);
  green__pq_leave(&call.use);
  return rc;
}

/* ---- connect_timeout ---- */

/* The seconds of a setting, as libpq reads them: 0 or less is none.  0, GREEN_EINVAL. */
static int read_timeout(const char *text, uint64_t *span) {
  char *end;
  *span = 0;
  if (!text || !*text) return 0;
  errno = 0;
  long seconds = strtol(text, &end, 10);
  bool good = end != text && !errno && seconds == (int)seconds;
  if (!good || end[strspn(end, " \t\n\r\f\v")])
    return green_fail(GREEN_EINVAL,
                      "invalid integer value \"%s\" for connection option \"connect_timeout\"",
                      text);
  if (seconds == 1 && PQlibVersion() < 170000) seconds = 2; /* so libpq does itself */
  if (seconds > 0) *span = (uint64_t)seconds * SECOND;
  return 0;
}

/* The time that a connection was given with its parameters. */
static int timeout_of(PGconn *connection, uint64_t *span) {
  PQconninfoOption *options = PQconninfo(connection);
  int rc = options ? 0 : GREEN_ENOMEM;
  *span = 0;
  for (PQconninfoOption *option = options; rc == 0 && option->keyword; option++)
    if (strcmp(option->keyword, "connect_timeout") == 0) rc = read_timeout(option->val, span);
  PQconninfoFree(options);
  return rc;
}

#define END_STEPS 1000 /* more than there are addresses */

/* A connection that is being made anew becomes bad; libpq has nothing for that but PQfinish().
 * Without its socket each step fails, and it goes on to the next address until there is none; or
 * what it has read already was all that it needed. */
static void reset_end(PGconn *connection, const char *function) {
  struct green__pq_use use;
  PostgresPollingStatusType wanted = PGRES_POLLING_READING;
  green__pq_enter(&use, connection, function);
  for (int i = 0; i < END_STEPS && wanted != PGRES_POLLING_FAILED && wanted != PGRES_POLLING_OK;
       i++) {
    green__pq_shut(connection);
    wanted = PQresetPoll(connection);
  }
  if (wanted == PGRES_POLLING_OK) green__pq_give_up(connection);
  green__pq_leave(&use);
}

/* Runs the steps of a connection: without `start` it stays as it is when it does not answer. */
static int run_in_time(PGconn *connection, step_function *start, step_function *step,
                       const char *function) {
  uint64_t span;
  int rc = timeout_of(connection, &span);
  if (rc < 0) return rc;
  rc = steps_run(connection, !start || start(connection), step, span, function);
  if (rc == SILENT)
    rc = green_fail(GREEN_ETIMEDOUT, "%s port %s: no answer within %u s (connect_timeout)",
                    PQhost(connection), PQport(connection), (unsigned)(span / SECOND));
  if (start && rc < 0) reset_end(connection, function);
  return rc;
}

int green_pq_wait(PGconn *connection) {
  if (!green_current()) return GREEN_EMAIN;
  if (!connection) return GREEN_EINVAL;
  if (green__pq_user(connection)) return GREEN_EBUSY;
  if (PQstatus(connection) != CONNECTION_OK)
    return run_in_time(connection, NULL, PQconnectPoll, __func__);
  struct green__pq_call call = {.connection = connection};
  green__pq_enter(&call.use, connection, __func__);
  int rc = green__pq_exchange(&call);
  green__pq_leave(&call.use);
  return rc;
}

static PostgresPollingStatusType start_reset(PGconn *connection) {
  return PQresetStart(connection) ? PGRES_POLLING_WRITING : PGRES_POLLING_FAILED;
}

int green_pq_reset(PGconn *connection) {
  if (!green_current()) return GREEN_EMAIN;
  if (!connection) return GREEN_EINVAL;
  if (green__pq_user(connection)) return GREEN_EBUSY;
  return run_in_time(connection, start_reset, PQresetPoll, __func__);
}

/* ---- addresses ---- */

/* What is tried, one behind the other: a setting of libpq is a list with an item for each. */
enum setting { HOST, ADDRESS, PORT, LISTS, TIMEOUT = LISTS, SETTINGS };
static const char *const names[SETTINGS] = {"host", "hostaddr", "port", "connect_timeout"};

struct target {
  char *item[LISTS]; /* in one block */
};

struct targets {
  struct target *at;
  size_t count;
  int status; /* of the last name that has no address */
};

static void targets_free(struct targets *targets) {
  for (size_t i = 0; i < targets->count; i++) free(targets->at[i].item[0]);
  free(targets->at);
}

static int target_add(struct targets *targets, const char *host, const char *address,
                      const char *port) {
  const char *item[LISTS] = {host, address, port};
  size_t size[LISTS], all = 0;
  for (int i = 0; i < LISTS; i++) all += size[i] = strlen(item[i]) + 1;
  struct target *grown = realloc(targets->at, (targets->count + 1) * sizeof *grown);
  if (grown) targets->at = grown;
  char *text = grown ? malloc(all) : NULL;
  if (!text) return GREEN_ENOMEM;
  for (int i = 0; i < LISTS; text += size[i++])
    grown[targets->count].item[i] = memcpy(text, item[i], size[i]);
  targets->count++;
  return 0;
}

static int add_all(struct targets *targets, const char *host, const char *port) {
  green_address *addresses;
  size_t count;
  int rc = green_address_lookup(&addresses, host, 0, &count);
  if (rc == GREEN_ENOHOST || rc == GREEN_EINVAL) return targets->status = GREEN_ENOHOST, 0;
  for (size_t i = 0; rc == 0 && i < count; i++)
    rc = target_add(targets, host, addresses[i].host, port);
  green_addresses_release(addresses);
  return rc;
}

/* Ends the item at `list`, which may be NULL, and gives what is behind it. */
static char *list_cut(char *list) {
  char *comma = list ? strchr(list, ',') : NULL;
  if (comma) *comma++ = 0;
  return comma;
}

static bool is_name(const char *host) {
  return host && *host && *host != '/' && *host != '@';
}

/* Goes through the lists that libpq would go through; they are cut up. One port stands for all. */
static int look_up(struct targets *targets, char *const settings[SETTINGS]) {
  char *host = settings[HOST], *address = settings[ADDRESS], *port = settings[PORT];
  int rc = 0;
  while (rc == 0 && (host || address)) {
    char *next_host = list_cut(host), *next_address = list_cut(address),
         *next_port = list_cut(port);
    bool given = address && *address;
    if (is_name(host) && !given)
      rc = add_all(targets, host, port ? port : "");
    else
      rc = target_add(targets, host ? host : "", given ? address : "", port ? port : "");
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

/* Whether libpq takes the lists; if not it says itself what is wrong. */
static bool are_lists(char *const settings[SETTINGS]) {
  int hosts = items(settings[HOST]), addresses = items(settings[ADDRESS]),
      ports = items(settings[PORT]), most = hosts > addresses ? hosts : addresses;
  return most && (!hosts || !addresses || hosts == addresses) && (ports <= 1 || ports == most);
}

/* The lists of what is tried, for the caller to free; "" if all items are.  NULL: no memory. */
static char *list_of(const struct targets *targets, enum setting which) {
  size_t size = 0;
  bool any = false;
  for (size_t i = 0; i < targets->count; i++) size += strlen(targets->at[i].item[which]) + 1;
  char *list = malloc(size + 1), *end = list;
  for (size_t i = 0; list && i < targets->count; i++) {
    any = any || *targets->at[i].item[which];
    end += sprintf(end, "%s%s", i ? "," : "", targets->at[i].item[which]);
  }
  if (list && !any) *list = 0;
  return list;
}

/* ---- parameters ---- */

#define MOST  80                    /* libpq has some fifty settings */
#define GIVEN (MOST - 1 - SETTINGS) /* of them by the caller: others come behind them */

struct parameters {
  const char *keywords[MOST], *values[MOST];
  int count, expand;
  bool full;
  PQconninfoOption *owner; /* of the strings, or NULL */
};

static void parameter(struct parameters *out, const char *keyword, const char *value) {
  if (!value) return;
  if (out->count + 1 >= MOST) {
    out->full = true;
    return;
  }
  out->keywords[out->count] = keyword;
  out->values[out->count++] = value;
  out->keywords[out->count] = out->values[out->count] = NULL;
}

/* Those that a connection was started with, but for the lists. */
static bool parameters_of(struct parameters *out, PGconn *connection) {
  PQconninfoOption *options = PQconninfo(connection);
  if (!options) return false;
  PQconninfoFree(out->owner);
  *out = (struct parameters){.owner = options};
  for (PQconninfoOption *option = options; option->keyword; option++) {
    bool is_list = false;
    for (int i = 0; i < LISTS; i++) is_list = is_list || strcmp(option->keyword, names[i]) == 0;
    if (!is_list) parameter(out, option->keyword, option->val);
  }
  return true;
}

/* Copies of the settings after services, the environment and the defaults: asked of a connection
 * that is refused before it begins, for a mode that there is not. 0, GREEN_ENOMEM. */
static int ask_settings(const struct parameters *parameters, char *settings[SETTINGS]) {
  struct parameters refusing = *parameters;
  parameter(&refusing, "sslmode", "none-of-these");
  PGconn *refused = PQconnectStartParams(refusing.keywords, refusing.values, refusing.expand);
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

/* ---- attempts ---- */

struct attempt {
  struct parameters parameters;
  struct targets targets;
  uint64_t span;
  struct green__pq_start *start;
};

/* One connection of libpq's, at what is left to be tried. */
static int attempt_begin(PGconn **out, const struct attempt *attempt) {
  struct parameters parameters = attempt->parameters;
  char *lists[LISTS] = {NULL};
  int rc = 0;
  for (int i = 0; i < LISTS && attempt->targets.count; i++) {
    if (!(lists[i] = list_of(&attempt->targets, i))) rc = GREEN_ENOMEM;
    parameter(&parameters, names[i], lists[i]);
  }
  if (rc == 0)
    *out = PQconnectStartParams(parameters.keywords, parameters.values, parameters.expand);
  for (int i = 0; i < LISTS; i++) free(lists[i]);
  if (rc == 0 && !*out) rc = GREEN_ENOMEM;
  if (rc < 0) return rc;
  if (attempt->start->started) attempt->start->started(*out);
  return steps_run(*out, true, PQconnectPoll, attempt->span, "green_pq_connect");
}

static bool is_at(PGconn *connection, const struct target *target) {
  const char *now[LISTS] = {PQhost(connection), PQhostaddr(connection), PQport(connection)};
  for (int i = 0; i < LISTS; i++)
    if (*target->item[i] && (!now[i] || strcmp(now[i], target->item[i]) != 0)) return false;
  return true;
}

/* Keeps what is to be said of the one that has not answered. */
static void note_silent(const struct attempt *attempt, PGconn *connection) {
  char *said = attempt->start->silent;
  size_t room = sizeof attempt->start->silent, used = strlen(said);
  const char *host = PQhost(connection), *address = PQhostaddr(connection);
  bool both = address && *address && strcmp(address, host) != 0;
  snprintf(said + used, room - used, "%s%s%s%s%s port %s: no answer within %u s (connect_timeout)",
           used ? "; " : "", host, both ? " (" : "", both ? address : "", both ? ")" : "",
           PQport(connection), (unsigned)(attempt->span / SECOND));
}

/* Goes on without the one that has not answered.  0, GREEN_ETIMEDOUT: it was the last,
 * GREEN_ENOMEM. */
static int pass_over(struct attempt *attempt, PGconn *connection) {
  struct targets *targets = &attempt->targets;
  size_t i = 0;
  note_silent(attempt, connection);
  while (i < targets->count && !is_at(connection, &targets->at[i])) i++;
  if (targets->count <= 1 || i == targets->count)
    return green_fail(GREEN_ETIMEDOUT, "%s", attempt->start->silent);
  free(targets->at[i].item[0]);
  targets->count--;
  memmove(&targets->at[i], &targets->at[i + 1], (targets->count - i) * sizeof *targets->at);
  return parameters_of(&attempt->parameters, connection) ? 0 : GREEN_ENOMEM;
}

static int attempt_all(PGconn **out, struct attempt *attempt) {
  for (;;) {
    int rc = attempt_begin(out, attempt);
    if (rc == 0 || rc == GREEN_ENOTCONN || (rc == GREEN_EINVAL && *out)) return rc;
    if (rc == SILENT) rc = pass_over(attempt, *out);
    PQfinish(*out);
    *out = NULL;
    if (rc < 0) return rc;
  }
}

static int connect_with(PGconn **out, struct attempt *attempt) {
  char *settings[SETTINGS] = {NULL};
  int rc = ask_settings(&attempt->parameters, settings);
  if (rc == 0) rc = read_timeout(settings[TIMEOUT], &attempt->span);
  bool listed = rc == 0 && are_lists(settings);
  if (listed) rc = look_up(&attempt->targets, settings);
  if (rc == 0 && listed && !attempt->targets.count) rc = attempt->targets.status;
  if (rc == 0) rc = attempt_all(out, attempt);
  for (int i = 0; i < SETTINGS; i++) free(settings[i]);
  return rc;
}

int green__pq_connect_params(PGconn **out, const char *const *keywords, const char *const *values,
                             int expand_dbname, struct green__pq_start *start) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  struct attempt attempt = {.start = start};
  attempt.parameters.expand = expand_dbname;
  for (int i = 0; keywords[i]; i++) parameter(&attempt.parameters, keywords[i], values[i]);
  bool full = attempt.parameters.full || attempt.parameters.count > GIVEN;
  int rc = green__pq_enable_sockets();
  if (rc == 0)
    rc = full ? green_fail(GREEN_EINVAL, "more than %d parameters", GIVEN)
              : connect_with(out, &attempt);
  PQconninfoFree(attempt.parameters.owner);
  targets_free(&attempt.targets);
  return rc;
}

int green_pq_connect_params(PGconn **out, const char *const *keywords, const char *const *values,
                            int expand_dbname) {
  struct green__pq_start start = {NULL, ""};
  int rc = green__pq_connect_params(out, keywords, values, expand_dbname, &start);
  if (rc == GREEN_ENOTCONN && *start.silent)
    green_fail(rc, "%s; %s", start.silent, PQerrorMessage(*out));
  return rc;
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
  struct parameters given = {.count = 0};
  for (PQconninfoOption *option = options; option->keyword; option++)
    parameter(&given, option->keyword, option->val);
  int rc = green_pq_connect_params(out, given.keywords, given.values, false);
  PQconninfoFree(options);
  return rc;
}
