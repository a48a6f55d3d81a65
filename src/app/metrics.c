/* Metrics of an application, in Prometheus' text format. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <greenio/status.h>
#include "app.h"
#include "core/memory.h"
#include "host.h"

#define TEXT ((size_t)16 << 10) /* more than all lines can be */

static const char *const methods[GREEN__METHODS] = {"GET",    "HEAD",  "POST",    "PUT",
                                                    "DELETE", "PATCH", "OPTIONS", "other"};
static const char *const bounds[GREEN__BUCKETS] = {"0.001", "0.0025", "0.005", "0.01", "0.025",
                                                   "0.05",  "0.1",    "0.25",  "0.5",  "1",
                                                   "2.5",   "5",      "10"};
static const uint64_t microseconds[GREEN__BUCKETS] = {1000,    2500,    5000,    10000,  25000,
                                                      50000,   100000,  250000,  500000, 1000000,
                                                      2500000, 5000000, 10000000};

static unsigned method_of(const green_request *request) {
  unsigned i = 0;
  while (i < GREEN__METHODS - 1 && (!request->method || strcmp(request->method, methods[i]) != 0))
    i++;
  return i;
}

static unsigned bucket_of(uint64_t nanoseconds) {
  unsigned i = 0;
  while (i < GREEN__BUCKETS && nanoseconds > microseconds[i] * 1000) i++;
  return i;
}

void green__metrics_count(struct green__exchange *exchange) {
  struct green__metrics *metrics = &exchange->app->metrics;
  uint64_t took = green__host_now() - exchange->begun;
  if (exchange->answered)
    metrics->requests[method_of(&exchange->request)][exchange->answer.status / 100 - 1]++;
  if (!exchange->whole) metrics->broken++;
  metrics->buckets[bucket_of(took)]++;
  metrics->nanoseconds += took;
  metrics->sent += exchange->sent;
}

struct page {
  char *text;
  size_t at;
};

static void line(struct page *page, const char *format, ...) GREEN_PRINTF(2, 3);
static void line(struct page *page, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int size = vsnprintf(page->text + page->at, TEXT - page->at, format, arguments);
  va_end(arguments);
  if (size > 0 && (size_t)size < TEXT - page->at) page->at += (size_t)size;
}

static void head(struct page *page, const char *name, const char *type, const char *help) {
  line(page, "# HELP greenio_%s %s\n# TYPE greenio_%s %s\n", name, help, name, type);
}

static void metric_print(struct page *page, const char *name, const char *type, const char *help,
                         uint64_t value) {
  head(page, name, type, help);
  line(page, "greenio_%s %llu\n", name, (unsigned long long)value);
}

static void print_requests(struct page *page, const struct green__metrics *metrics) {
  head(page, "http_requests_total", "counter", "Requests that were answered.");
  for (unsigned i = 0; i < GREEN__METHODS; i++)
    for (unsigned kind = 0; kind < 5; kind++)
      if (metrics->requests[i][kind])
        line(page, "greenio_http_requests_total{method=\"%s\",class=\"%uxx\"} %llu\n", methods[i],
             kind + 1, (unsigned long long)metrics->requests[i][kind]);
}

static void print_latency(struct page *page, const struct green__metrics *metrics) {
  uint64_t count = 0;
  head(page, "http_request_duration_seconds", "histogram",
       "From the head of a request to the end of its answer.");
  for (unsigned i = 0; i <= GREEN__BUCKETS; i++) {
    count += metrics->buckets[i];
    line(page, "greenio_http_request_duration_seconds_bucket{le=\"%s\"} %llu\n",
         i < GREEN__BUCKETS ? bounds[i] : "+Inf", (unsigned long long)count);
  }
  line(page, "greenio_http_request_duration_seconds_sum %.9f\n",
       (double)metrics->nanoseconds / 1e9);
  line(page, "greenio_http_request_duration_seconds_count %llu\n", (unsigned long long)count);
}

static void print_all(struct page *page, const green_app *app) {
  const struct green__metrics *metrics = &app->metrics;
  print_requests(page, metrics);
  print_latency(page, metrics);
  metric_print(page, "http_requests_broken_total", "counter",
               "Requests whose answer was not sent whole.", metrics->broken);
  metric_print(page, "http_received_bytes_total", "counter", "Bytes of request bodies.",
               metrics->received);
  metric_print(page, "http_sent_bytes_total", "counter", "Bytes of response bodies.",
               metrics->sent);
  metric_print(page, "http_requests_in_flight", "gauge", "Requests that have begun and not ended.",
               app->in_flight);
  metric_print(page, "http_streams", "gauge", "Requests that go on without a worker.",
               app->streams);
  metric_print(page, "tasks", "gauge", "Green tasks that have not ended.",
               green__tasks_live(green__runtime_own()));
  metric_print(page, "pool_workers_max", "gauge", "Workers that the pool may have.",
               (uint64_t)green_pool_max_workers(app->pool));
  metric_print(page, "pool_workers", "gauge", "Workers of the pool.",
               (uint64_t)green_pool_worker_count(app->pool));
  metric_print(page, "pool_workers_idle", "gauge", "Workers of the pool without a request.",
               (uint64_t)green_pool_idle_count(app->pool));
  metric_print(page, "pool_queued", "gauge", "Requests that wait for a worker.",
               green_pool_queued_count(app->pool));
}

static int metrics_answer(green_request *request, green_response *response, void *app) {
  struct page page = {.text = green__alloc(TEXT)};
  (void)request;
  if (!page.text) return GREEN_ENOMEM;
  print_all(&page, app);
  return green_response_give(response, 200, "text/plain; version=0.0.4; charset=utf-8", page.text,
                             page.at, green__free);
}

int green_app_serve_metrics(green_app *app, const char *path, green_app *of) {
  if (!of) of = app;
  int rc = green_app_route(app, "GET", path, metrics_answer, of);
  if (rc == 0) of->metrics.wanted = true;
  return rc;
}
