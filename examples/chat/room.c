/* The room. Each member has two tasks, in blocking style: one receives what it says, and tells all; the
 * other sends it what is said, from its channel. So who is slow holds up nobody: whose channel is full has
 * to go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chat.h"

#define BEHIND 64 /* lines that a member may be behind */

struct line {
  unsigned references;
  size_t size;
  char text[];
};

struct member {
  struct member *next;
  struct room *room;
  green_websocket *ws;
  green_channel *lines; /* of struct line *, each with a reference */
  green_future *sender;
  char name[NAME_MOST + 1];
};

static void line_release(struct line *line) {
  if (--line->references == 0) free(line);
}

/* ---- to all ---------------------------------------------------------------------------------- */

static void give(struct member *member, struct line *line) {
  line->references++;
  if (green_channel_try_send(member->lines, &line) == 0) return;
  line_release(line);
  green_cancel(member->sender); /* too slow: it tells it so */
}

static int say(struct room *room, const char *who, const char *what) {
  size_t room_for = strlen(who) + strlen(what) + 1;
  struct line *line = malloc(sizeof *line + room_for);
  if (!line) return GREEN_ENOMEM;
  line->references = 1;
  line->size = (size_t)snprintf(line->text, room_for, "%s%s", who, what);
  for (struct member *member = room->members; member; member = member->next) give(member, line);
  line_release(line);
  return 0;
}

/* The sender's task. */
static int send_lines(void *arg) {
  struct member *member = arg;
  struct line *line;
  int rc = 0;
  while (rc == 0 && (rc = green_channel_receive(member->lines, &line)) == 0) {
    rc = green_websocket_send(member->ws, GREEN_WEBSOCKET_TEXT, line->text, line->size);
    line_release(line);
  }
  if (rc == GREEN_ECANCELED) green_websocket_close(member->ws, 1008, "too slow");
  return 0;
}

/* ---- a member -------------------------------------------------------------------------------- */

static void enter(struct member *member) {
  member->next = member->room->members;
  member->room->members = member;
  member->room->count++;
}

static void leave(struct member *member) {
  struct member **at = &member->room->members;
  while (*at != member) at = &(*at)->next;
  *at = member->next;
  member->room->count--;
}

/* A name has something in it that can be seen, and nothing that is no text. */
static bool name_take(struct member *member, const green_websocket_message *message) {
  bool seen = false;
  if (message->type != GREEN_WEBSOCKET_TEXT || message->size > NAME_MOST) return false;
  for (size_t i = 0; i < message->size; i++) {
    if ((unsigned char)message->data[i] < ' ') return false;
    if (message->data[i] != ' ') seen = true;
  }
  memcpy(member->name, message->data, message->size + 1);
  return seen;
}

/* Receives what the member says until it leaves. */
static int listen_to(struct member *member) {
  green_websocket_message message = {0};
  char who[NAME_MOST + 3];
  int rc;
  snprintf(who, sizeof who, "%s: ", member->name);
  while ((rc = green_websocket_receive(member->ws, &message)) > 0) {
    rc = message.type == GREEN_WEBSOCKET_TEXT
             ? say(member->room, who, message.data)
             : green_websocket_close(member->ws, 1003, "text alone");
    if (rc < 0) break;
  }
  green_websocket_message_release(&message);
  return rc;
}

static int member_run(struct member *member) {
  member->sender = green_spawn(send_lines, member);
  enter(member);
  int rc = say(member->room, member->name, " has come");
  if (rc == 0) rc = listen_to(member);
  leave(member);
  say(member->room, member->name, " has gone");
  green_cancel(member->sender);
  GREEN_SHIELD {
    green_join(member->sender);
  }
  bool gone = rc == GREEN_ECONNRESET || rc == GREEN_ETIMEDOUT || rc == GREEN_ECLOSED;
  return gone ? 0 : rc; /* people come and go */
}

static void member_end(struct member *member) {
  struct line *line;
  while (member->lines && green_channel_try_receive(member->lines, &line) == 0) line_release(line);
  if (member->lines) green_channel_close(member->lines);
  green_channel_release(member->lines);
  green_websocket_release(member->ws);
}

int room_enter(green_request *request, green_response *response, void *arg) {
  struct member member = {.room = arg};
  green_websocket_message first = {0};
  green_websocket_options options = {
      .max_message = LINE_MOST, .keep_alive = 30000, .close_time = 1000};
  (void)request;
  int rc = green_response_start_websocket(response, &member.ws, &options);
  if (rc == GREEN_ENOTSUP) { /* workerd sends no pings */
    options.keep_alive = 0;
    rc = green_response_start_websocket(response, &member.ws, &options);
  }
  if (rc < 0) return rc;
  rc = green_channel_new(&member.lines, sizeof(struct line *), BEHIND);
  if (rc == 0) rc = green_websocket_receive(member.ws, &first);
  if (rc == 1 && name_take(&member, &first))
    rc = member_run(&member);
  else if (rc == 1)
    rc = green_websocket_close(member.ws, 1008, "the first message is a name");
  green_websocket_message_release(&first);
  member_end(&member);
  return rc < 0 ? rc : 0;
}
