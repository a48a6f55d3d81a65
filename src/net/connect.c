/* Connecting: one address, and the first of several that answers (RFC 8305).
 *
 * Each attempt is a task of its own, joined before the call returns, so that nothing of it is left
 * behind whatever happens. One address alone is tried by the calling task. */
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "net.h"

#define STAGGER  250 /* ms between two attempts */
#define WHY_ROOM 200 /* bytes of what a host says of a failure */

static int stream_connected(green_stream *stream, const green_address *address) {
  int rc = green__socket_connect(&stream->endpoint, address);
  while (rc == GREEN_EAGAIN) {
    rc = green__endpoint_wait(&stream->endpoint, GREEN__OUTPUT, "a connection");
    if (rc == 0) rc = green__socket_connected(&stream->endpoint);
  }
  return rc;
}

static int connect_failed(int status, const green_address *address, const char *why) {
  return green__address_failed(status, "", address, why);
}

/* Leaves a message if it fails. */
static int connect_one(const green_address *address, green_stream **out) {
  char why[WHY_ROOM] = "";
  bool local = address->family == GREEN_UNIX;
  *out = NULL;
  const char *lacks = green__net_lacks(local ? GREEN__CONNECTING_LOCALLY : GREEN__CONNECTING);
  if (lacks) return connect_failed(GREEN_ENOTSUP, address, lacks);
  green_stream *stream = (green_stream *)green__endpoint_new(sizeof *stream);
  if (!stream) return connect_failed(GREEN_ENOMEM, address, "");
  stream->endpoint.local = local;
  int rc = stream_connected(stream, address);
  if (rc == 0) {
    *out = stream;
    return 0;
  }
  green__socket_why(&stream->endpoint, why, sizeof why);
  green_stream_release(stream);
  return connect_failed(rc, address, why);
}

/* ---- several --------------------------------------------------------------------------------- */

struct attempt {
  const green_address *address;
  green_stream *stream;
};

struct race {
  struct attempt *attempts;
  green_future **futures; /* of the attempts that are under way, or NULL */
  int *outcomes;          /* of those that have ended */
  size_t count, started;
  green_stream *winner;
};

static int attempt_run(void *arg) {
  struct attempt *attempt = arg;
  return connect_one(attempt->address, &attempt->stream);
}

/* The families in turn, beginning with the first address's. */
static void interleave(struct attempt *attempts, const green_address *addresses, size_t count) {
  size_t next[2] = {0, 0};
  bool other = false;
  for (size_t placed = 0; placed < count; other = !other) {
    size_t at = next[other];
    while (at < count && (addresses[at].family != addresses[0].family) != other) at++;
    next[other] = at + 1;
    if (at < count) attempts[placed++].address = &addresses[at];
  }
}

/* Takes an attempt's outcome; GREEN_ENOMEM ends the race. */
static int attempt_ended(struct race *race, size_t index) {
  int rc = race->outcomes[index] = green_join(race->futures[index]);
  race->futures[index] = NULL;
  race->winner = race->attempts[index].stream;
  return rc == GREEN_ENOMEM ? rc : 0;
}

/* Waits for one that ends; GREEN_EAGAIN: it is time for the next attempt. */
static int wait_for_one(struct race *race) {
  int rc = 0;
  uint64_t start = green_now();
  if (race->started == race->count) return green_wait_any(race->futures, race->count);
  GREEN_TIMEOUT(STAGGER) {
    rc = green_wait_any(race->futures, race->count);
  }
  bool stagger = rc == GREEN_ETIMEDOUT && green_now() - start >= STAGGER * GREEN__MILLISECOND;
  return stagger ? GREEN_EAGAIN : rc;
}

static bool under_way(const struct race *race) {
  for (size_t i = 0; i < race->started; i++)
    if (race->futures[i]) return true;
  return false;
}

static void start_next(struct race *race) {
  size_t index = race->started++;
  race->futures[index] = green_spawn(attempt_run, &race->attempts[index]);
}

/* 0: there is a winner, or all have failed. */
static int race_run(struct race *race) {
  while (!race->winner && (race->started < race->count || under_way(race))) {
    if (!under_way(race)) start_next(race);
    int rc = wait_for_one(race);
    if (rc == GREEN_EAGAIN)
      start_next(race);
    else if (rc >= 0)
      rc = attempt_ended(race, (size_t)rc);
    if (rc < 0 && rc != GREEN_EAGAIN) return rc;
  }
  return 0;
}

/* Ends those that are still under way; one may have connected since. */
static void call_off(struct race *race) {
  for (size_t i = 0; i < race->started; i++)
    if (race->futures[i]) green_cancel(race->futures[i]);
  GREEN_SHIELD {
    for (size_t i = 0; i < race->started; i++) {
      if (!race->futures[i]) continue;
      green_join(race->futures[i]);
      race->futures[i] = NULL;
      green_stream_release(race->attempts[i].stream);
    }
  }
}

static int race_new(struct race *race, const green_address *addresses, size_t count) {
  memset(race, 0, sizeof *race);
  race->count = count;
  race->attempts = green__alloc(count * sizeof *race->attempts);
  race->futures = green__alloc(count * sizeof(green_future *));
  race->outcomes = green__alloc(count * sizeof *race->outcomes);
  if (!race->attempts || !race->futures || !race->outcomes) return GREEN_ENOMEM;
  memset(race->attempts, 0, count * sizeof *race->attempts);
  memset(race->futures, 0, count * sizeof(green_future *));
  interleave(race->attempts, addresses, count);
  return 0;
}

static void race_free(struct race *race) {
  green__free(race->attempts);
  green__free(race->futures);
  green__free(race->outcomes);
}

static size_t attempt_describe(char *text, size_t room, const green_address *address, int status) {
  char where[GREEN_ADDRESS_TEXT];
  // cppcheck-suppress nullPointer ; it may be NULL, to measure
  int used = snprintf(text, room, "; %s: %s", green_address_text(address, where, sizeof where),
                      green_strerror(status));
  return used < 0 ? 0 : (size_t)used;
}

/* Leaves a message that names each failure. */
static int fail_all(const struct race *race) {
  size_t size = 1, used = 0;
  for (size_t i = 0; i < race->count; i++)
    size += attempt_describe(NULL, 0, race->attempts[i].address, race->outcomes[i]);
  char *text = green__alloc(size);
  for (size_t i = 0; text && i < race->count; i++)
    used +=
        attempt_describe(text + used, size - used, race->attempts[i].address, race->outcomes[i]);
  green_fail(race->outcomes[0], "%s", text ? text + 2 : green_strerror(race->outcomes[0]));
  green__free(text);
  return race->outcomes[0];
}

static int connect_race(const green_address *addresses, size_t count, green_stream **out) {
  struct race race;
  int rc = race_new(&race, addresses, count);
  if (rc == 0) rc = race_run(&race);
  if (race.futures) call_off(&race);
  if (rc == 0 && race.winner)
    *out = race.winner;
  else if (rc == 0)
    rc = fail_all(&race);
  else
    green_stream_release(race.winner), green_fail(rc, "%s", green_strerror(rc));
  race_free(&race);
  return rc;
}

/* ---- public ---------------------------------------------------------------------------------- */

int green_stream_connect_any(green_stream **out, const green_address *addresses, size_t count) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  if (!count) return green_fail(GREEN_EINVAL, "no address to connect to");
  return count > 1 ? connect_race(addresses, count, out) : connect_one(&addresses[0], out);
}

int green_stream_connect(green_stream **out, const char *host, unsigned port) {
  green_address *addresses;
  size_t count;
  *out = NULL;
  int rc = green_address_lookup(&addresses, host, port, &count);
  if (rc < 0) return rc;
  rc = green_stream_connect_any(out, addresses, count);
  green_addresses_release(addresses);
  return rc;
}

int green_stream_connect_unix(green_stream **out, const char *path) {
  green_address address;
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  int rc = green__address_local(path, &address);
  return rc < 0 ? rc : green_stream_connect_any(out, &address, 1);
}
