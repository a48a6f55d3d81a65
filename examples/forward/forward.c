/* A port forwarder: every connection to LISTEN is joined with one of its own to TARGET.
 *
 * Two tasks a connection, one each way. The end of one way is passed on, and the other way goes on
 * until it ends too; a failure of either, or a cancel, resets both. A signal closes the
 * listener, lets the connections end for a while, and then cuts them.
 */
#include <greenio/greenio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "address.h"

#define CONNECT_MOST 10000 /* ms */

static const char help[] =
    "usage: forward [OPTION ...] LISTEN TARGET\n"
    "\n"
    "Joins every connection to LISTEN with one of its own to TARGET, and carries the bytes both\n"
    "ways. Each is PORT, HOST:PORT, [IPv6]:PORT, or a path with a slash for a Unix-domain socket.\n"
    "Without a host, LISTEN is every address of this machine and TARGET is this machine.\n"
    "\n"
    "  --quiet      no line for each connection\n"
    "  --grace N    after the first Ctrl-C or SIGTERM, let open connections end for N seconds "
    "(5);\n"
    "               a second one ends it at once\n"
    "  --help       print this\n"
    "\n"
    "The exit status is 0 after a signal, 1 if it cannot listen, 2 for wrong arguments.\n";

struct forward {
  struct address listen, target;
  const char *target_text;
  bool quiet;
  unsigned grace; /* seconds */
  green_listener *listener;
  unsigned long accepted, refused, cut;
  unsigned long long sent, received; /* bytes to the target, from it */
  green_group *connections;
};

struct connection {
  struct forward *forward;
  green_stream *client, *target;
  unsigned long number;
  unsigned long long sent, received;
};

/* ---- one way --------------------------------------------------------------------------------- */

struct way {
  green_stream *from, *to;
  unsigned long long *count;
};

static int carry(void *arg) {
  const struct way *way = arg;
  char data[16384];
  for (;;) {
    int count = green_stream_read(way->from, data, sizeof data);
    if (count < 0) return count;
    if (count == 0) return green_stream_shutdown(way->to);
    int rc = green_stream_write(way->to, data, (size_t)count, NULL);
    if (rc < 0) return rc;
    *way->count += (unsigned)count;
  }
}

/* ---- a connection ---------------------------------------------------------------------------- */

static int connect_target(struct connection *connection) {
  int rc = 0;
  GREEN_TIMEOUT(CONNECT_MOST) {
    rc = address_connect(&connection->forward->target, &connection->target);
  }
  return rc;
}

static int carry_both(struct connection *connection) {
  struct way there = {connection->client, connection->target, &connection->sent};
  struct way back = {connection->target, connection->client, &connection->received};
  green_stream_set_no_delay(connection->client, true);
  green_stream_set_no_delay(connection->target, true);
  int rc;
  GREEN_GROUP(ways, NULL, &rc) {
    green_group_spawn(ways, carry, &there);
    green_group_spawn(ways, carry, &back);
  }
  if (rc < 0) {
    green_stream_reset(connection->client);
    green_stream_reset(connection->target);
  }
  return rc;
}

static void leave(struct connection *connection) {
  struct forward *forward = connection->forward;
  forward->sent += connection->sent;
  forward->received += connection->received;
  green_stream_release(connection->client);
  green_stream_release(connection->target);
  free(connection);
}

static int serve(void *arg) {
  struct connection *connection = arg;
  struct forward *forward = connection->forward;
  int rc = connect_target(connection);
  if (rc < 0) {
    forward->refused++;
    fprintf(stderr, "forward: %lu: cannot connect to %s: %s\n", connection->number,
            forward->target_text, *green_message() ? green_message() : green_strerror(rc));
    green_stream_reset(connection->client);
  } else {
    rc = carry_both(connection);
    if (rc < 0) forward->cut++;
    if (!forward->quiet)
      printf("%lu: %llu bytes there, %llu back%s%s\n", connection->number, connection->sent,
             connection->received, rc < 0 ? ", cut: " : "", rc < 0 ? green_strerror(rc) : "");
  }
  leave(connection);
  return 0;
}

static void start(struct forward *forward, green_stream *client) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection) {
    connection->forward = forward;
    connection->client = client;
    connection->number = ++forward->accepted;
    if (green_group_spawn(forward->connections, serve, connection) == 0) return;
  }
  fprintf(stderr, "forward: out of memory, a connection is refused\n");
  if (connection)
    leave(connection);
  else
    green_stream_release(client);
}

static int accept_all(void *arg) {
  struct forward *forward = arg;
  for (;;) {
    green_stream *client;
    int rc = green_listener_accept(forward->listener, &client);
    if (rc == 0) {
      start(forward, client);
    } else if (rc == GREEN_EMFILE || rc == GREEN_ENOMEM) {
      fprintf(stderr, "forward: cannot accept: %s\n", green_strerror(rc));
      rc = green_sleep(200); /* some will end */
      if (rc < 0) return rc;
    } else {
      return rc;
    }
  }
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct signals {
  green_future *both[2];
};

static int signals_open(struct signals *signals) {
  int rc = green_signal(&signals->both[0], SIGINT);
  return rc < 0 ? rc : green_signal(&signals->both[1], SIGTERM);
}

static void signals_close(struct signals *signals) {
  for (int i = 0; i < 2; i++) {
    if (!signals->both[i]) continue;
    green_cancel(signals->both[i]);
    green_future_release(signals->both[i]);
    signals->both[i] = NULL;
  }
}

static int cut_on_signal(void *arg) {
  struct forward *forward = arg;
  struct signals again = {{NULL, NULL}};
  int rc = signals_open(&again);
  if (rc == 0) rc = green_wait_any(again.both, 2);
  signals_close(&again);
  if (rc >= 0) green_group_cancel(forward->connections);
  return rc;
}

/* Lets what is open end for a while, or until another signal; then cuts it. */
static void wind_down(struct forward *forward) {
  size_t open = green_group_running_count(forward->connections);
  if (!open) return;
  fprintf(stderr, "forward: %zu connections are open, up to %u s for them to end\n", open,
          forward->grace);
  green_future *cutter = green_spawn(cut_on_signal, forward);
  GREEN_TIMEOUT(forward->grace * 1000) {
    green_group_wait(forward->connections);
  }
  green_cancel(cutter);
  green_join(cutter);
}

static int run(struct forward *forward) {
  struct signals signals = {{NULL, NULL}};
  int rc = green_group_new(&forward->connections, NULL);
  if (rc < 0) return rc;
  green_future *acceptor = green_spawn(accept_all, forward);
  rc = signals_open(&signals);
  if (rc == 0) {
    green_future *ends[] = {acceptor, signals.both[0], signals.both[1]};
    rc = green_wait_any(ends, 3);
  }
  signals_close(&signals);
  green_listener_close(forward->listener);
  green_cancel(acceptor);
  int ended = green_join(acceptor);
  wind_down(forward);
  green_group_release(forward->connections);
  fprintf(stderr,
          "forward: %lu connections, %lu without a target, %lu cut; %llu bytes there, %llu back\n",
          forward->accepted, forward->refused, forward->cut, forward->sent, forward->received);
  return rc == 0 ? ended : rc < 0 ? rc : 0; /* it was a signal */
}

static int app(void *arg) {
  struct forward *forward = arg;
  green_address address;
  char text[GREEN_ADDRESS_TEXT];
  int rc = address_listen(&forward->listen, &forward->listener);
  if (rc < 0) return green_fail(rc, "%s", green_message());
  rc = green_listener_address(forward->listener, &address);
  if (rc == 0) {
    printf("forwarding %s to %s\n", green_address_text(&address, text, sizeof text),
           forward->target_text);
    fflush(stdout);
    rc = run(forward);
  }
  green_listener_release(forward->listener);
  return rc;
}

static int usage(const char *why, const char *what) {
  fprintf(stderr, "forward: %s%s\n\n%s", why, what, help);
  return 2;
}

int main(int argc, char **argv) {
  struct forward forward = {.grace = 5};
  const char *places[2];
  int count = 0;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--help") == 0) {
      fputs(help, stdout);
      return 0;
    } else if (strcmp(argv[i], "--quiet") == 0) {
      forward.quiet = true;
    } else if (strcmp(argv[i], "--grace") == 0 && i + 1 < argc) {
      char *end;
      forward.grace = (unsigned)strtoul(argv[++i], &end, 10);
      if (*end || forward.grace > 86400) return usage("not a number of seconds: ", argv[i]);
    } else if (argv[i][0] == '-' || count == 2) {
      return usage("what is this: ", argv[i]);
    } else {
      places[count++] = argv[i];
    }
  }
  if (count < 2) return usage("LISTEN and TARGET are needed", "");
  for (int i = 0; i < 2; i++)
    if (!address_parse(places[i], i ? &forward.target : &forward.listen))
      return usage("not PORT, HOST:PORT, [IPv6]:PORT or a path: ", places[i]);
  if (!forward.target.path && !forward.target.port) return usage("TARGET needs a port", "");
  forward.target_text = places[1];
  return green_run(app, &forward) < 0;
}
