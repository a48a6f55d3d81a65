/* Listeners, for every host. */
#include <string.h>
#include <greenio/status.h>
#include <greenio/task.h>
#include "core/memory.h"
#include "net.h"

#define BACKLOG 511

static int listen_at(const green_address *address, const green_listener_options *options,
                     bool share, green_listener **out) {
  green_listener_options plain = options ? *options : (green_listener_options){0};
  if (plain.backlog < 0) return GREEN_EINVAL;
  if (!plain.backlog) plain.backlog = BACKLOG;
  green_listener *listener = (green_listener *)green__endpoint_new(sizeof *listener);
  if (!listener) return GREEN_ENOMEM;
  listener->endpoint.local = address->family == GREEN_UNIX;
  listener->endpoint.share = share;
  int rc = green__socket_listen(&listener->endpoint, address, &plain);
  if (rc < 0) {
    green_listener_release(listener);
    return rc;
  }
  *out = listener;
  return 0;
}

static int fail_at(int status, const green_address *address) {
  return status < 0 ? green__address_failed(status, "listen on ", address, "") : status;
}

static int listen_possible(const green_listener_options *options) {
  if (!green_current()) return GREEN_EMAIN;
  const char *lacks = green__net_lacks(GREEN__LISTENING);
  if (lacks) return green_fail(GREEN_ENOTSUP, "%s", lacks);
  lacks = options ? green__listen_lacks(options) : NULL;
  return lacks ? green_fail(GREEN_ENOTSUP, "%s is not supported on this host", lacks) : 0;
}

static int open_at_host(green_listener **out, const char *host, unsigned port,
                        const green_listener_options *options, bool share) {
  *out = NULL;
  int rc = listen_possible(options);
  if (rc < 0) return rc;
  if (host && *host) {
    green_address *addresses;
    size_t count;
    rc = green_address_lookup(&addresses, host, port, &count);
    if (rc < 0) return rc;
    rc = fail_at(listen_at(&addresses[0], options, share, out), &addresses[0]);
    green_addresses_release(addresses);
    return rc;
  }
  if (port > UINT16_MAX) return green_fail(GREEN_EINVAL, "a port is at most 65535");
  green_address every = {GREEN_IPV6, port, "::"};
  rc = listen_at(&every, options, share, out);
  if (rc < 0 && rc != GREEN_EADDRINUSE && rc != GREEN_EACCES && rc != GREEN_ENOMEM &&
      !(options && options->ipv6_only)) { /* there may be no IPv6 here */
    every = (green_address){GREEN_IPV4, port, "0.0.0.0"};
    rc = listen_at(&every, options, share, out);
  }
  return fail_at(rc, &every);
}

int green_listener_open(green_listener **out, const char *host, unsigned port,
                        const green_listener_options *options) {
  return open_at_host(out, host, port, options, false);
}

int green__listener_open_shared(green_listener **out, const char *host, unsigned port,
                                const green_listener_options *options) {
  return open_at_host(out, host, port, options, true);
}

int green_listener_open_unix(green_listener **out, const char *path,
                             const green_listener_options *options) {
  green_address address;
  *out = NULL;
  int rc = listen_possible(NULL);
  if (rc == 0) rc = green__address_local(path, &address);
  if (rc < 0) return rc;
  return fail_at(listen_at(&address, options, false, out), &address);
}

static int accept_next(green_listener *listener, green_stream *stream) {
  struct green__endpoint *endpoint = &listener->endpoint;
  while (!endpoint->closed) {
    int rc = 0;
    if (!endpoint->drained) {
      rc = green__endpoint_be_fair(endpoint);
      if (rc < 0) return rc;
      if (endpoint->closed) break;
      rc = green__socket_accept(endpoint, &stream->endpoint);
      if (rc != GREEN_EAGAIN) return rc;
      endpoint->drained = true;
    }
    rc = green__endpoint_wait(endpoint, GREEN__INPUT, "a connection");
    if (rc < 0) return rc;
  }
  return GREEN_ECLOSED;
}

int green_listener_accept(green_listener *listener, green_stream **out) {
  *out = NULL;
  if (!green_current()) return GREEN_EMAIN;
  green_stream *stream = (green_stream *)green__endpoint_new(sizeof *stream);
  if (!stream) return GREEN_ENOMEM;
  stream->endpoint.local = listener->endpoint.local;
  green__endpoint_retain(&listener->endpoint);
  int rc = accept_next(listener, stream);
  green__endpoint_release(&listener->endpoint);
  if (rc == 0)
    *out = stream;
  else
    green_stream_release(stream);
  return rc;
}

int green__listener_try_accept(green_listener *listener, green_stream **out) {
  *out = NULL;
  if (listener->endpoint.closed) return GREEN_ECLOSED;
  green_stream *stream = (green_stream *)green__endpoint_new(sizeof *stream);
  if (!stream) return GREEN_ENOMEM;
  stream->endpoint.local = listener->endpoint.local;
  int rc = green__socket_accept(&listener->endpoint, &stream->endpoint);
  if (rc == 0)
    *out = stream;
  else
    green_stream_release(stream);
  return rc;
}

int green_listener_address(const green_listener *listener, green_address *out) {
  memset(out, 0, sizeof *out);
  return listener->endpoint.closed ? GREEN_ECLOSED
                                   : green__socket_address(&listener->endpoint, false, out);
}

void green_listener_close(green_listener *listener) {
  green__endpoint_close(&listener->endpoint, false);
}

void green_listener_release(green_listener *listener) {
  if (!listener) return;
  green__handle_released(listener, __func__);
  green_listener_close(listener);
  green__endpoint_release(&listener->endpoint);
}
