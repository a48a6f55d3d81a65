/* Options of a test's server from its command line: NAME=VALUE, those of green_server_options and
 * `drain`, the milliseconds of green_server_wait(). Others are passed over. */
#ifndef GREENIO_TESTS_RAW_READ_OPTION_H
#define GREENIO_TESTS_RAW_READ_OPTION_H

#include <stdlib.h>
#include <string.h>
#include <greenio/server.h>

static inline void read_option(green_server_options *options, uint64_t *drain, const char *text) {
  const char *value = strchr(text, '=') + 1;
  size_t size = (size_t)(value - text - 1);
  uint64_t time = strtoull(value, NULL, 10);
  unsigned number = (unsigned)time;
#define IS(name) (strlen(name) == size && strncmp(text, name, size) == 0)
  if (IS("host")) options->host = value;
  if (IS("port")) options->port = number;
  if (IS("path")) options->path = value;
  if (IS("share_port")) options->share_port = true;
  if (IS("backlog")) options->backlog = atoi(value);
  if (IS("max_connections")) options->max_connections = number;
  if (IS("max_connections_per_address")) options->max_connections_per_address = number;
  if (IS("max_head")) options->max_head = number;
  if (IS("max_headers")) options->max_headers = number;
  if (IS("idle_timeout")) options->idle_timeout = time;
  if (IS("certificate")) options->certificate = value;
  if (IS("key")) options->key = value;
  if (IS("drain")) *drain = time;
#undef IS
}

#endif
