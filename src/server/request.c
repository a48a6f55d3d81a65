/* A request: its head is read, the application begins, and the connection's task sees to it that the body
 * goes in and the answer out, until both are over. */
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "server.h"

/* ---- reading a head -------------------------------------------------------------------------- */

/* Where more of it goes. False: it is as large as it may be, or there is no memory. */
static bool make_room(struct green__connection *connection) {
  struct green__buffers *buffers = connection->buffers;
  size_t size = buffers->in_end - buffers->in_start, most = connection->server->max_head + 1;
  if (buffers->in_end < buffers->in_room) return true;
  if (buffers->in_start) {
    memmove(buffers->in, buffers->in + buffers->in_start, size);
    buffers->in_start = 0;
    buffers->in_end = size;
    return true;
  }
  if (buffers->in_room >= most) return false;
  size_t room = buffers->in_room * 2 < most ? buffers->in_room * 2 : most;
  char *in = green__alloc(room);
  if (!in) return false;
  memcpy(in, buffers->in, size);
  if (buffers->in != (char *)(buffers + 1)) green__free(buffers->in);
  buffers->in = in;
  buffers->in_room = room;
  return true;
}

/* 0: some has come. GREEN_EAGAIN: not now. Else it has ended. */
static int read_more(struct green__connection *connection) {
  bool drained;
  if (green__buffers_take(connection) < 0 || !make_room(connection)) return GREEN_ENOMEM;
  struct green__buffers *buffers = connection->buffers;
  int rc = green__stream_try_read(connection->stream, buffers->in + buffers->in_end,
                                  buffers->in_room - buffers->in_end, &drained);
  if (drained && !(connection->there & GREEN__HUNG))
    connection->there &= ~(unsigned)GREEN__READABLE;
  if (rc == GREEN_EAGAIN) connection->there &= ~(unsigned)GREEN__READABLE;
  if (rc == 0) return GREEN_ECLOSED;
  if (rc < 0) return rc;
  buffers->in_end += (size_t)rc;
  return 0;
}

/* A head that is larger than heads may be. */
static void refuse_head(struct green__connection *connection) {
  const struct green__buffers *buffers = connection->buffers;
  const char *head = buffers->in + buffers->in_start;
  size_t size = buffers->in_end - buffers->in_start;
  if (memchr(head, '\n', size))
    green__answer_refuse(connection, 431, "a head that is too large");
  else if (memchr(head, ' ', size))
    green__answer_refuse(connection, 414, NULL);
  else
    green__answer_refuse(connection, 400, "a line that is no request");
}

/* What is answered at once, and empty lines, would keep the others from running. False: it is over. */
static bool give_turn(struct green__connection *connection) {
  if (!green__owes_turn(&connection->streak)) return true;
  green_yield();
  return !(connection->there & (GREEN__CUT | GREEN__EXPIRED));
}

/* Parks until something of the next request comes. False: nothing will. */
static bool await_input(struct green__connection *connection, bool begun) {
  struct green_server *server = connection->server;
  unsigned ending = begun ? 0 : GREEN__ENDING;
  if (!green__answer_flush(connection)) return false;
  if (!begun) {
    green__buffers_give(connection);
    if (server->draining) connection->there |= GREEN__READABLE; /* once more */
  }
  if (!(connection->there & GREEN__READABLE) || begun) {
    unsigned there = green__connection_wait(connection, GREEN__READABLE | ending, true,
                                            begun ? "the rest of a request" : "a request");
    if (there & GREEN__CUT) return false;
    if (there & GREEN__EXPIRED && !(there & GREEN__READABLE)) {
      if (begun) green__answer_refuse(connection, 408, NULL);
      return false;
    }
  } else {
    green__connection_timed(connection); /* empty lines without end are no request */
  }
  int rc = read_more(connection);
  return rc == 0 || (rc == GREEN_EAGAIN && !(server->draining && !begun));
}

/* Reads until a head is whole: its size. 0: the connection is over. */
static size_t head_read(struct green__connection *connection) {
  struct green__head_search search = {0};
  connection->head = false;
  green__connection_moved(connection);
  while (give_turn(connection)) {
    struct green__buffers *buffers = connection->buffers;
    size_t size = 0;
    if (buffers) {
      const char *data = buffers->in + buffers->in_start;
      size = buffers->in_end - buffers->in_start;
      if (!search.seen) {
        size_t empty = green__empty_lines(data, size);
        buffers->in_start += empty;
        data += empty;
        size -= empty;
      }
      bool half = size == 1 && *data == '\r'; /* of an empty line, maybe */
      enum green__found found = half ? GREEN__FOUND_LATER : green__head_search(&search, data, size);
      size_t seen = found == GREEN__FOUND ? search.seen : size;
      if (found == GREEN__FOUND_BAD) {
        green__answer_refuse(connection, 400, "a line that does not end with CR LF");
        return 0;
      }
      if (seen > connection->server->max_head) {
        refuse_head(connection);
        return 0;
      }
      if (found == GREEN__FOUND) return search.seen;
    }
    if (!await_input(connection, size > 0)) return 0;
  }
  return 0;
}

/* ---- what it says ---------------------------------------------------------------------------- */

static void on_changed(void *connection) {
  green__connection_tell(connection, GREEN__CHANGED);
}

static void take_field(void *exchange, const struct green__field *field) {
  green__exchange_header(exchange, field->name, field->name_size, field->value, field->value_size);
}

static void head_refused(struct green__connection *connection, int status, const char *why) {
  if (connection->exchange) green__exchange_close(connection->exchange, false);
  connection->exchange = NULL;
  green__answer_refuse(connection, status, why);
}

static void request_begin(struct green__connection *connection,
                          const struct green__head_check *check,
                          const struct green__first_line *line) {
  struct green__head head = {
      .method = line->method,
      .target = line->target,
      .protocol = line->protocol,
      .peer = &connection->peer,
      .body = check->body,
      .secure = connection->server->tls,
  };
  connection->head = strcmp(line->method, "HEAD") == 0;
  connection->old = check->old;
  connection->close = !green__head_keeps(check);
  connection->expects = check->body;
  connection->half_closed = false;
  connection->dropped = 0;
  connection->chunks = (struct green__chunks){.most = connection->server->max_head};
  connection->continues = check->expects && !check->old && check->body;
  green__exchange_begin(connection->exchange, &head);
}

/* False: it was refused. */
static bool head_take(struct green__connection *connection, size_t size) {
  struct green__buffers *buffers = connection->buffers;
  char *head = buffers->in + buffers->in_start;
  struct green__first_line line;
  struct green__head_check check = {0};
  const char *fields;
  buffers->in_start += size;
  if (!green__head_split(head, &line, &fields)) {
    head_refused(connection, 400, "a line that is no request");
    return false;
  }
  green__head_line(&check, line.method, line.target, line.protocol);
  connection->exchange = green__exchange_open(connection->server->app, on_changed, connection);
  if (!connection->exchange) green__head_refuse(&check, 503, NULL);
  green__head_fields(&check, fields, head + size, connection->server->max_headers, take_field,
                     connection->exchange);
  if (green__head_end(&check)) {
    connection->head = strcmp(line.method, "HEAD") == 0;
    head_refused(connection, check.status, check.why);
    return false;
  }
  request_begin(connection, &check, &line);
  return true;
}

/* ---- until it is over ------------------------------------------------------------------------ */

/* Nobody waits for the answer any more, as far as the system tells: the client has ended what it sends,
 * and there is none of it that was not read. */
static bool has_gone(struct green__connection *connection) {
  const struct green__buffers *buffers = connection->buffers;
  bool unread = buffers && buffers->in_start < buffers->in_end;
  connection->there &= ~(unsigned)GREEN__HUNG;
  bool over = (connection->server->tls && !connection->continues) ||
              green__stream_is_over(connection->stream);
  connection->half_closed = unread || !over;
  return !connection->half_closed;
}

static bool has_output(const struct green__connection *connection) {
  return connection->body_size || (connection->buffers && connection->buffers->out_end);
}

/* Whether there is nothing more to do than to send what is in `out`, and that can wait for the answer to
 * the next request, which is here already. */
static bool may_wait(const struct green__connection *connection) {
  const struct green__buffers *buffers = connection->buffers;
  return !connection->close && !connection->answer->upgrade && !connection->body_size &&
         !connection->expects && buffers->in_start < buffers->in_end &&
         buffers->out_end < sizeof buffers->out / 2;
}

/* What there was none of at once is waited for. False: the client has gone, or its time is over. */
static bool await_progress(struct green__connection *connection, bool output) {
  bool body = green__body_wanted(connection);
  unsigned wanted = GREEN__CHANGED;
  if (body && !connection->continues) wanted |= GREEN__READABLE;
  if (output) wanted |= GREEN__WRITABLE;
  if (!output && !connection->half_closed && (!connection->expects || connection->continues))
    wanted |= GREEN__HUNG;
  if (!output) {
    const struct green__buffers *buffers = connection->buffers;
    if (buffers && buffers->in_start == buffers->in_end) green__buffers_give(connection);
  }
  unsigned there = green__connection_wait(connection, wanted,
                                          (wanted & (GREEN__READABLE | GREEN__WRITABLE)) != 0,
                                          output ? "a client that reads"
                                          : body ? "a request's body"
                                                 : "an answer");
  if (there & GREEN__CUT) return false;
  if (there & GREEN__EXPIRED && !(there & ~(unsigned)GREEN__EXPIRED)) {
    if (output || connection->answer) return false;
    green__body_late(connection);
  }
  if (there & GREEN__HUNG && !(there & GREEN__CHANGED)) return !has_gone(connection);
  return true;
}

/* Body in, answer out. False: it is to be broken off. */
static bool exchange_run(struct green__connection *connection) {
  bool patient = true; /* the function may have its answer as soon as its worker has run */
  for (;;) {
    connection->there &= ~(unsigned)GREEN__CHANGED;
    if (!green__answer_take(connection) || !green__body_take(connection)) return false;
    if (connection->there & GREEN__CHANGED) continue;
    if (!connection->answer && green__exchange_answer(connection->exchange))
      continue; /* made while the body was given */
    if (connection->complete && (connection->broken || may_wait(connection))) return true;
    if (connection->continues && !connection->answer &&
        green__exchange_is_read(connection->exchange)) {
      if (green__buffers_take(connection) < 0) return false;
      green__answer_continue(connection);
      patient = false;
    }
    if (!connection->answer && patient) {
      patient = false;
      green__yield_to_first();
      continue;
    }
    bool output = has_output(connection);
    int rc = green__answer_send(connection);
    if (rc < 0 && rc != GREEN_EAGAIN) return false;
    if (connection->complete && rc == 0) return true;
    if (output && rc == 0) continue;
    if (!await_progress(connection, rc == GREEN_EAGAIN)) return false;
  }
}

/* The rest of a body that nobody wants, for which there is one time in all. False: the connection is not
 * kept for it. */
static bool body_drop(struct green__connection *connection) {
  green__connection_moved(connection);
  for (;;) {
    connection->there &= ~(unsigned)GREEN__CHANGED;
    if (!green__body_take(connection)) return false;
    if (!connection->expects || connection->close) return !connection->close;
    if (!green__body_wanted(connection)) return false;
    unsigned there = green__connection_wait(connection, GREEN__READABLE | GREEN__ENDING, true,
                                            "a request's body");
    if (there & GREEN__ENDING) connection->unread = true;
    if (there & (GREEN__CUT | GREEN__EXPIRED | GREEN__ENDING)) return false;
  }
}

static void exchange_forget(struct green__connection *connection, bool whole) {
  green__exchange_close(connection->exchange, whole && !connection->cut_short);
  connection->exchange = NULL;
  connection->answer = NULL;
  connection->body = NULL;
  connection->body_size = 0;
  connection->begun = connection->complete = connection->chunked = false;
  connection->cut_short = false;
}

/* ---- what the connection becomes ------------------------------------------------------------- */

static void on_over(void *host) {
  struct green__connection *connection = host;
  if (connection->over) *connection->over = true;
  exchange_forget(connection, true);
  connection->there |= GREEN__CUT; /* nothing is left that could linger */
  green__connection_end(connection);
}

static enum green__served hand_over(struct green__connection *connection) {
  struct green__upgrade *upgrade = connection->answer->upgrade;
  struct green__buffers *buffers = connection->buffers;
  struct green__handover handover = {
      .stream = connection->stream, .over = on_over, .host = connection};
  bool over = false;
  if (buffers) {
    handover.data = buffers->in + buffers->in_start;
    handover.size = buffers->in_end - buffers->in_start;
  }
  green__connection_moved(connection);
  connection->stream = NULL;
  connection->upgrade = upgrade;
  connection->over = &over; // cppcheck-suppress autoVariables ; until the next lines
  upgrade->begin(upgrade, &handover);
  if (!over && connection->server->draining) upgrade->leave(upgrade, connection->server->hurried);
  if (over) return GREEN__SERVED_TAKEN;
  green__buffers_give(connection);
  connection->over = NULL;
  return GREEN__SERVED_TAKEN;
}

enum green__served green__request_serve(struct green__connection *connection) {
  size_t size = head_read(connection);
  if (!size || !head_take(connection, size)) return GREEN__SERVED_OVER;
  green__connection_moved(connection);
  bool good = exchange_run(connection);
  if (good && connection->answer->upgrade && !connection->broken) return hand_over(connection);
  if (good && connection->broken) {
    bool open = !connection->chunked && connection->answer->size == GREEN__UNKNOWN;
    green__answer_flush(connection);
    if (open) green_stream_reset(connection->stream);
    good = false;
  }
  exchange_forget(connection, good);
  if (!good) {
    connection->unread = false;
    connection->there |= GREEN__CUT;
    return GREEN__SERVED_OVER;
  }
  return !connection->close && body_drop(connection) ? GREEN__SERVED_NEXT : GREEN__SERVED_OVER;
}
