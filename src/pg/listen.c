/* Notifications: from the connection to the listeners of a channel, each of which has a queue.
 *
 * On a host that has to ask for them, one of the waiting tasks is in green__pg_host_attend(); it is
 * `attending`. The others are in `listening`. A call on the connection sends it away, and has the
 * first of those that wait attend again when it ends, as does one that goes for another reason: so
 * while nobody uses the connection and somebody waits, somebody attends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <greenio/status.h>
#include "core/memory.h"
#include "pg.h"

#define MOST      1000 /* notifications that were not read */
#define NAME_MOST 63   /* of which the server takes no more */

struct green__pg_channel {
  struct green__pg_channel *next;
  size_t listeners; /* 0: the server is to be told */
  char name[];
};

struct note {
  struct note *next;
  int process;
  bool missing; /* others before it */
  char payload[];
};

struct green_pg_listener {
  struct green_pg_listener *next;
  green_pg *pg; /* NULL: released */
  struct green__pg_channel *channel;
  struct note *head, *tail, *shown;
  size_t count;
  unsigned references;
  bool missing;             /* before the next one */
  bool released;            /* by the program */
  struct green__task *task; /* that waits */
  char name[];
};

/* ---- channels -------------------------------------------------------------------------------- */

static struct green__pg_channel *channel_of(green_pg *pg, const char *name) {
  struct green__pg_channel *channel = pg->channels;
  while (channel && strcmp(channel->name, name) != 0) channel = channel->next;
  return channel;
}

static int channel_add(green_pg *pg, const char *name, struct green__pg_channel **out) {
  struct green__pg_channel *channel = green__alloc(sizeof *channel + strlen(name) + 1);
  if (!channel) return GREEN_ENOMEM;
  strcpy(channel->name, name);
  channel->listeners = 0;
  channel->next = pg->channels;
  pg->channels = channel;
  *out = channel;
  return 0;
}

static int command(green_pg *pg, const char *verb, const char *name) {
  size_t room = 2 * strlen(name) + 20;
  char *sql = green__alloc(room);
  if (!sql) return GREEN_ENOMEM;
  int used = snprintf(sql, room, "%s ", verb);
  int rc = green_pg_quote(sql + used, room - (size_t)used, name);
  if (rc >= 0) rc = green__pg_simple(pg, sql);
  green__free(sql);
  return rc;
}

/* Tells the server of channels on which nobody listens any more. */
static int sweep(green_pg *pg) {
  struct green__pg_channel **link = &pg->channels, *channel;
  while ((channel = *link)) {
    if (channel->listeners) {
      link = &channel->next;
      continue;
    }
    int rc = command(pg, "unlisten", channel->name);
    if (pg->released) return GREEN_ECLOSED; /* and all channels are gone */
    if (rc < 0) return rc;
    *link = channel->next;
    green__free(channel);
  }
  return 0;
}

/* ---- listeners ------------------------------------------------------------------------------- */

/* The server is told for each listener: it may have forgotten the channel by the program's own
 * statement, and does nothing where it has not. */
static int open_channel(green_pg *pg, const char *name, struct green__pg_channel **out) {
  int rc = 0;
  if (pg->state != GREEN__PG_IDLE)
    return green__pg_fail(pg, GREEN_EBUSY, "to listen is not for transactions");
  *out = channel_of(pg, name);
  if (!*out || !(*out)->listeners) {
    rc = sweep(pg);
    if (rc == 0) rc = channel_add(pg, name, out);
  }
  return rc < 0 ? rc : command(pg, "listen", name); /* after a failure it is swept */
}

int green_pg_listen(green_pg *pg, green_pg_listener **out, const char *channel) {
  *out = NULL;
  int rc = green__pg_enter_in_turn(pg);
  if (rc < 0) return rc;
  if (!*channel || strlen(channel) > NAME_MOST)
    return green__pg_leave(
        pg, green__pg_fail(pg, GREEN_EINVAL, "the name of a channel has 1 to %d bytes", NAME_MOST));
  green_pg_listener *listener = green__alloc(sizeof *listener + strlen(channel) + 1);
  if (!listener) return green__pg_leave(pg, GREEN_ENOMEM);
  memset(listener, 0, sizeof *listener);
  strcpy(listener->name, channel);
  listener->references = 1;
  rc = open_channel(pg, channel, &listener->channel);
  if (rc < 0 || pg->released) {
    green__free(listener);
    return green__pg_leave(pg, rc);
  }
  listener->channel->listeners++;
  listener->pg = pg;
  listener->next = pg->listeners;
  pg->listeners = listener;
  *out = listener;
  return green__pg_leave(pg, 0);
}

static void listener_wake(green_pg_listener *listener) {
  struct green__task *task = listener->task;
  if (task) green__wake_task(task);
}

static struct note *take_note(green_pg_listener *listener) {
  struct note *note = listener->head;
  green__fifo_drop(listener->head, listener->tail, next);
  listener->count--;
  return note;
}

static void listener_unref(green_pg_listener *listener) {
  if (--listener->references) return;
  while (listener->head) green__free(take_note(listener));
  green__free(listener->shown);
  green__free(listener);
}

void green_pg_listener_release(green_pg_listener *listener) {
  if (!listener) return;
  green__handle_released(listener, __func__);
  green_pg *pg = listener->pg;
  if (pg) {
    struct green_pg_listener **link = &pg->listeners;
    while (*link != listener) link = &(*link)->next;
    *link = listener->next;
    listener->channel->listeners--;
    listener->pg = NULL;
  }
  listener->released = true;
  listener_wake(listener);
  listener_unref(listener);
}

int green__pg_unlisten(green_pg *pg) {
  while (pg->listeners) {
    green_pg_listener *listener = pg->listeners;
    pg->listeners = listener->next;
    listener->channel->listeners--;
    listener->pg = NULL;
    listener_wake(listener);
  }
  return sweep(pg);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void listener_add(green_pg_listener *listener, const char *payload, int process) {
  struct note *note =
      listener->count < MOST ? green__alloc(sizeof *note + strlen(payload) + 1) : NULL;
  if (!note) {
    listener->missing = true;
    return;
  }
  strcpy(note->payload, payload);
  note->process = process;
  note->missing = listener->missing;
  listener->missing = false;
  green__fifo_add(listener->head, listener->tail, note, next);
  listener->count++;
}

void green__pg_notified(green_pg *pg, const char *channel, const char *payload, int process) {
  for (green_pg_listener *listener = pg->listeners; listener; listener = listener->next) {
    if (strcmp(listener->channel->name, channel) != 0) continue;
    listener_add(listener, payload, process);
    listener_wake(listener);
  }
}

void green__pg_listeners_wake(green_pg *pg) {
  for (green_pg_listener *listener = pg->listeners; listener; listener = listener->next)
    listener_wake(listener);
}

void green__pg_listeners_detach(green_pg *pg) {
  green__pg_listeners_wake(pg);
  pg->attending = NULL;
  while (pg->listeners) {
    green_pg_listener *listener = pg->listeners;
    pg->listeners = listener->next;
    listener->pg = NULL;
  }
  while (pg->channels) {
    struct green__pg_channel *channel = pg->channels;
    pg->channels = channel->next;
    green__free(channel);
  }
}

/* ---- waiting --------------------------------------------------------------------------------- */

void green__pg_listeners_attend(green_pg *pg) {
  if (!green__pg_host_pushes && !pg->attending && !pg->user && pg->listening.head)
    green__wake(pg->listening.head, 0);
}

/* As the one that reads for all. */
static int attend(green_pg *pg, struct green__task *self) {
  pg->references++;
  pg->attending = self;
  int rc = green__pg_host_attend(pg);
  if (pg->attending == self) {
    pg->attending = NULL;
    green__pg_listeners_attend(pg);
  }
  green__pg_drop(pg);
  return rc;
}

static int wait_note(green_pg_listener *listener, struct green__task *self) {
  green_pg *pg = listener->pg;
  if (!green__pg_host_pushes && !pg->attending && !pg->user && pg->ready) return attend(pg, self);
  int rc = green__wait_begin(&self);
  if (rc < 0) return rc;
  pg->references++;
  green__wait_on(self, &pg->listening);
  rc = green__park(self, "notification", listener);
  /* It may have been woken to attend, and does not wait any more. */
  if (rc < 0 || !listener->pg || listener->head) green__pg_listeners_attend(pg);
  green__pg_drop(pg);
  return rc;
}

static int show(green_pg_listener *listener, green_pg_notification *out) {
  bool *missing = listener->head ? &listener->head->missing : &listener->missing;
  if (*missing) {
    *missing = false;
    return green_fail(GREEN_ENOBUFS, "notifications are missing here; %d had not been read", MOST);
  }
  green__free(listener->shown);
  listener->shown = take_note(listener);
  *out =
      (green_pg_notification){listener->name, listener->shown->payload, listener->shown->process};
  return 0;
}

int green_pg_listener_next(green_pg_listener *listener, green_pg_notification *out) {
  struct green__task *self = green__running();
  memset(out, 0, sizeof *out);
  if (!self) return GREEN_EMAIN;
  if (listener->task) return green_fail(GREEN_EBUSY, "another task waits on this listener");
  listener->task = self;
  listener->references++;
  int rc = 0;
  while (rc >= 0 && !listener->head && !listener->missing) {
    if (!listener->pg)
      rc = green_fail(GREEN_ECLOSED, "the %s was released",
                      listener->released ? "listener" : "connection");
    else if (listener->pg->lost)
      rc = green__pg_lost_before(listener->pg, GREEN_ECONNRESET);
    else
      rc = wait_note(listener, self);
  }
  if (rc >= 0) rc = show(listener, out);
  listener->task = NULL;
  listener_unref(listener);
  return rc;
}

int green_pg_notify(green_pg *pg, const char *channel, const char *payload) {
  return green_pg_query(
      pg, NULL, "select pg_notify($1, $2)",
      GREEN_PG_VALUES(green_pg_text(channel), green_pg_text(payload ? payload : "")));
}
