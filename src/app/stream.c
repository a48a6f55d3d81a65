/* Responses that go on for as long as their clients stay: without a worker, so that the pool's are
 * there for other requests, and at most so many of them. */
#include <greenio/status.h>
#include "app.h"
#include "core/pool.h"
#include "core/wait.h"

static int stream_refuse(struct green__exchange *exchange, const green_app *app) {
  exchange->no_stream = true;
  return green_fail(GREEN_EAGAIN, "there are %d streams already, as many as max_streams says",
                    app->options.max_streams);
}

/* Counts it for an application; it is counted until the request is over. */
static int stream_add(struct green__exchange *exchange, green_app *app) {
  struct green__stream *stream = exchange->streams;
  while (stream && stream->app != app) stream = stream->next;
  if (stream) return 0;
  if (app->streams >= (size_t)app->options.max_streams) return stream_refuse(exchange, app);
  stream = green__arena_alloc(&exchange->arena, sizeof *stream);
  if (!stream) return GREEN_ENOMEM;
  *stream = (struct green__stream){exchange->streams, app};
  exchange->streams = stream;
  app->streams++;
  return 0;
}

int green_response_detach(green_response *response) {
  struct green__exchange *exchange = response->exchange;
  int rc = 0;
  if (!green__running()) return GREEN_EMAIN;
  for (struct green__frame *frame = exchange->frame; frame && rc == 0; frame = frame->outer)
    rc = stream_add(exchange, frame->app);
  for (struct green__frame *frame = exchange->frame; frame && rc == 0; frame = frame->outer)
    rc = green__pool_detach(frame->task);
  return rc;
}

void green__streams_end(struct green__exchange *exchange) {
  for (struct green__stream *stream = exchange->streams; stream; stream = stream->next)
    stream->app->streams--;
  exchange->streams = NULL;
}
