/* Sockets natively: the system's calls, with readiness from libuv's polls.
 *
 * A side stays polled for until it was ready, nobody waited, and no task was still to run: a stream
 * that is read and answered in turn costs no change of the poll, also where there are so many that
 * each is read only after several polls. While no task waits the handle does not keep the loop
 * alive.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include <greenio/status.h>
#include <greenio/uv.h>
#include "core/memory.h"
#include "names_uv.h"
#include "net.h"
#include "system_pipe.h"
#include "system_socket.h"

union address {
  struct sockaddr any;
  struct sockaddr_in ipv4;
  struct sockaddr_in6 ipv6;
  struct sockaddr_un local;
};

const char *green__net_lacks(enum green__ability ability) {
  (void)ability;
  return NULL;
}

void green__socket_why(const struct green__endpoint *stream, char *text, size_t size) {
  (void)stream, (void)size;
  *text = 0;
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* The number of the interface that a zone names, or is; 0: there is none. */
static unsigned zone_number(const char *zone) {
  char name[300]; /* Windows asks for 257 bytes */
  size_t digits = strspn(zone, "0123456789");
  unsigned number = if_nametoindex(zone);
  if (number || !digits || digits > 9 || zone[digits]) return number;
  number = (unsigned)strtoul(zone, NULL, 10);
  return number && if_indextoname(number, name) ? number : 0;
}

/* Also with a zone, of which libuv 1.44 takes a name alone, or under Windows a number. */
static int to_ipv6(const green_address *address, struct sockaddr_in6 *out) {
  const char *zone = strchr(address->host, '%');
  if (uv_ip6_addr(address->host, (int)address->port, out) < 0) return GREEN_EINVAL;
  if (!zone) return 0;
  out->sin6_scope_id = zone_number(zone + 1);
  return out->sin6_scope_id ? 0 : GREEN_EINVAL;
}

const char *green__address_why(const green_address *address) {
  const char *zone = address->family == GREEN_IPV6 ? strchr(address->host, '%') : NULL;
  return zone && !zone_number(zone + 1) ? "there is no such interface" : "";
}

static int to_system(const green_address *address, union address *out, socklen_t *size) {
  memset(out, 0, sizeof *out);
  if (address->family != GREEN_UNIX && address->port > UINT16_MAX) return GREEN_EINVAL;
  switch (address->family) {
  case GREEN_IPV4:
    *size = sizeof out->ipv4;
    return uv_ip4_addr(address->host, (int)address->port, &out->ipv4) ? GREEN_EINVAL : 0;
  case GREEN_IPV6:
    *size = sizeof out->ipv6;
    return to_ipv6(address, &out->ipv6);
  case GREEN_UNIX:
    *size = sizeof out->local;
    out->local.sun_family = AF_UNIX;
    if (strlen(address->host) >= sizeof out->local.sun_path) return GREEN_EINVAL;
    memcpy(out->local.sun_path, address->host, strlen(address->host));
    return 0;
  }
  return GREEN_EINVAL;
}

int green__address_to_system(const green_address *address, struct sockaddr_storage *out,
                             socklen_t *size) {
  return to_system(address, (union address *)(void *)out, size);
}

int green__address_from_system(const struct sockaddr *from, green_address *out) {
  const union address *address = (const union address *)(const void *)from;
  memset(out, 0, sizeof *out);
  switch (from->sa_family) {
  case AF_INET:
    out->family = GREEN_IPV4;
    out->port = ntohs(address->ipv4.sin_port);
    return uv_ip4_name(&address->ipv4, out->host, sizeof out->host) ? GREEN_EINVAL : 0;
  case AF_INET6:
    out->family = GREEN_IPV6;
    out->port = ntohs(address->ipv6.sin6_port);
    if (uv_ip6_name(&address->ipv6, out->host, sizeof out->host)) return GREEN_EINVAL;
    if (address->ipv6.sin6_scope_id) {
      size_t used = strlen(out->host);
      snprintf(out->host + used, sizeof out->host - used, "%%%u",
               (unsigned)address->ipv6.sin6_scope_id);
    }
    return 0;
  case AF_UNIX:
    out->family = GREEN_UNIX;
    snprintf(out->host, sizeof out->host, "%.107s", address->local.sun_path);
    return 0;
  default:
    return GREEN_EINVAL;
  }
}

int green__socket_address(const struct green__endpoint *endpoint, bool peer, green_address *out) {
  union address address;
  socklen_t size = sizeof address;
  struct green__pipe *pipe = green__pipe_of(endpoint);
  if (pipe) {
    green__pipe_address(pipe, peer, out);
    return 0;
  }
  memset(&address, 0, sizeof address);
  int rc = (peer ? getpeername : getsockname)(endpoint->socket.fd, &address.any, &size);
  return rc < 0 ? green__system_failed() : green__address_from_system(&address.any, out);
}

/* ---- polling --------------------------------------------------------------------------------- */

static const int event_of[] = {[GREEN__INPUT] = UV_READABLE, [GREEN__OUTPUT] = UV_WRITABLE};

/* Whether to stop polling for the side. A task that was woken for it may not have run yet. */
static bool is_unwanted(struct green__endpoint *endpoint, enum green__side side) {
  return !green__endpoint_ready(endpoint, side) && !green__tasks_ready(endpoint->runtime);
}

static int tell_events(struct green__endpoint *endpoint, int events) {
  int unwanted = 0;
  if (endpoint->observe) {
    bool more = events & UV_WRITABLE && endpoint->flush && endpoint->flush(endpoint);
    if (events & UV_READABLE) endpoint->drained = false;
    unwanted = events & ~(int)endpoint->observe(endpoint->observer, (unsigned)events);
    return more ? unwanted & ~UV_WRITABLE : unwanted;
  }
  for (int side = GREEN__INPUT; side <= GREEN__OUTPUT; side++)
    if ((events & event_of[side]) && is_unwanted(endpoint, side)) unwanted |= event_of[side];
  return unwanted;
}

int green__socket_told(struct green__endpoint *endpoint, int events) {
  int unwanted = tell_events(endpoint, events);
  unwanted &= endpoint->socket.armed;
  endpoint->socket.armed &= ~unwanted;
  return unwanted;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
  struct green__endpoint *endpoint = poll->data;
  if (status < 0) { /* the socket has failed, and libuv has stopped: the calls will say how */
    events = UV_READABLE | UV_WRITABLE | UV_DISCONNECT;
    endpoint->socket.armed = 0;
  }
  if (!green__socket_told(endpoint, events) || endpoint->closed) return; /* by who was told */
  if (endpoint->socket.armed)
    uv_poll_start(poll, endpoint->socket.armed, on_poll);
  else
    uv_poll_stop(poll);
}

int green__socket_arm(struct green__endpoint *endpoint, int events) {
  struct green__socket *socket = &endpoint->socket;
  struct green__pipe *pipe = green__pipe_of(endpoint);
  if (pipe) {
    socket->armed |= events;
    return green__pipe_arm(pipe, events);
  }
  if ((socket->armed & events) == events) return 0;
  int rc = uv_poll_start(&socket->poll, socket->armed | events, on_poll);
  if (rc < 0) return green_status_from_uv(rc);
  socket->armed |= events;
  return 0;
}

static uv_handle_t *handle_of(struct green__endpoint *endpoint) {
  struct green__pipe *pipe = green__pipe_of(endpoint);
  return pipe ? green__pipe_handle(pipe) : (uv_handle_t *)&endpoint->socket.poll;
}

int green__socket_watch(struct green__endpoint *endpoint, enum green__side side) {
  int rc = green__socket_arm(endpoint, event_of[side]);
  if (rc == 0) uv_ref(handle_of(endpoint));
  return rc;
}

void green__socket_unwatched(struct green__endpoint *endpoint, enum green__side side) {
  (void)side;
  if (!endpoint->waiting[0].head && !endpoint->waiting[1].head && !endpoint->flush)
    uv_unref(handle_of(endpoint));
}

/* ---- the file of a listener ------------------------------------------------------------------ */

/* By the path alone it would not be known: another listener may have taken that meanwhile. */
struct green__socket_file {
  uint64_t device, inode;
  char path[];
};

/* Which file the path names: false: none. */
static bool file_named(const char *path, uint64_t *device, uint64_t *inode) {
  uv_fs_t fs;
  int rc = uv_fs_lstat(NULL, &fs, path, NULL); /* without a loop libuv does it at once */
  *device = fs.statbuf.st_dev;
  *inode = fs.statbuf.st_ino;
  uv_fs_req_cleanup(&fs);
  return rc == 0;
}

/* Of a socket that was just bound. NULL: no memory. */
static struct green__socket_file *file_new(const char *path) {
  size_t size = strlen(path) + 1;
  struct green__socket_file *file = green__alloc(sizeof *file + size);
  if (!file) return NULL;
  memcpy(file->path, path, size);
  if (!file_named(path, &file->device, &file->inode)) *file->path = 0; /* gone already */
  return file;
}

/* While its socket is open no other file has its number. */
static void file_remove(struct green__socket_file *file) {
  uint64_t device, inode;
  if (file && file_named(file->path, &device, &inode) && device == file->device &&
      inode == file->inode)
    unlink(file->path);
  green__free(file);
}

/* ---- open and closed ------------------------------------------------------------------------- */

/* Takes the descriptor over, whatever the outcome. */
static int open_with(struct green__endpoint *endpoint, uv_os_sock_t fd) {
  struct green__socket *socket = &endpoint->socket;
  if (!green__system_is_open(fd)) return green__system_failed();
  int rc = uv_poll_init_socket(green_uv_loop(), &socket->poll, fd);
  if (rc < 0) {
    green__system_close(fd);
    return green_status_from_uv(rc);
  }
  socket->fd = fd;
  socket->poll.data = endpoint;
  uv_unref((uv_handle_t *)&socket->poll);
  green__endpoint_retain(endpoint);
  green__endpoint_opened(endpoint);
  return 0;
}

int green__socket_adopt(struct green__endpoint *endpoint, uv_os_sock_t fd) {
  return open_with(endpoint, fd);
}

static int open_new(struct green__endpoint *endpoint, const union address *address) {
  return open_with(endpoint, green__system_open(address->any.sa_family, SOCK_STREAM));
}

static void socket_on_closed(uv_handle_t *handle) {
  green__endpoint_release(handle->data);
}

void green__socket_close(struct green__endpoint *endpoint, bool reset) {
  struct green__socket *socket = &endpoint->socket;
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  struct green__pipe *pipe = green__pipe_of(endpoint);
  if (pipe) {
    green__pipe_close(pipe, reset);
    return;
  }
  uv_close((uv_handle_t *)&socket->poll, socket_on_closed);
  if (socket->closing) socket->closing(socket);
  if (reset && !endpoint->local)
    green__system_set(socket->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  file_remove(socket->file);
  socket->file = NULL;
  green__system_close(socket->fd);
}

/* ---- listening ------------------------------------------------------------------------------- */

static int bind_to(struct green__endpoint *listener, const union address *address, socklen_t size,
                   const green_listener_options *options) {
  uv_os_sock_t fd = listener->socket.fd;
  int only = options->ipv6_only;
  if (!listener->local) green__system_reuse(fd, !options->no_reuse);
  int rc = listener->share ? green__system_share(fd) : 0;
  if (rc < 0) return rc;
  if (address->any.sa_family == AF_INET6)
    green__system_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  if (bind(fd, &address->any, size) < 0) return green__system_failed();
  if (listener->local) {
    listener->socket.file = file_new(address->local.sun_path);
    if (!listener->socket.file) {
      unlink(address->local.sun_path);
      return GREEN_ENOMEM;
    }
  }
  return listen(fd, options->backlog) < 0 ? green__system_failed() : 0;
}

const char *green__listen_lacks(const green_listener_options *options) {
  (void)options;
  return NULL;
}

int green__socket_listen(struct green__endpoint *listener, const green_address *address,
                         const green_listener_options *options) {
  union address system;
  socklen_t size;
  if (GREEN__HAS_PIPES && address->family == GREEN_UNIX)
    return green__pipe_listen(listener, address->host, options->backlog);
  int rc = to_system(address, &system, &size);
  if (rc == 0) rc = open_new(listener, &system);
  return rc < 0 ? rc : bind_to(listener, &system, size, options);
}

int green__socket_accept(struct green__endpoint *listener, struct green__endpoint *stream) {
  struct green__pipe *pipe = green__pipe_of(listener);
  return pipe ? green__pipe_accept(pipe, stream)
              : open_with(stream, green__system_accept(listener->socket.fd));
}

/* ---- a stream -------------------------------------------------------------------------------- */

int green__socket_connect(struct green__endpoint *stream, const green_address *address) {
  union address system;
  socklen_t size;
  if (GREEN__HAS_PIPES && address->family == GREEN_UNIX)
    return green__pipe_connect(stream, address->host);
  int rc = to_system(address, &system, &size);
  if (rc == 0) rc = open_new(stream, &system);
  return rc < 0 ? rc : green__system_connect(stream->socket.fd, &system.any, size);
}

int green__socket_connected(struct green__endpoint *stream) {
  struct green__pipe *pipe = green__pipe_of(stream);
  return pipe ? green__pipe_connected(pipe) : green__system_error(stream->socket.fd);
}

int green__socket_read(struct green__endpoint *stream, void *data, size_t size) {
  struct green__pipe *pipe = green__pipe_of(stream);
  if (pipe) return green__pipe_read(pipe, data, size);
  int got = stream->socket.plain ? green__plain_read(stream->socket.fd, data, size)
                                 : green__system_read(stream->socket.fd, data, size);
  if (got >= 0) stream->drained = got > 0 && (size_t)got < size;
  return got;
}

int green__socket_write(struct green__endpoint *stream, const void *data, size_t size) {
  struct green__pipe *pipe = green__pipe_of(stream);
  if (pipe) return green__pipe_write(pipe, data, size);
  return stream->socket.plain ? green__plain_write(stream->socket.fd, data, size)
                              : green__system_write(stream->socket.fd, data, size);
}

int green__socket_shutdown(struct green__endpoint *stream) {
  if (green__pipe_of(stream) || stream->socket.closing) return GREEN_ENOTSUP;
  if (shutdown(stream->socket.fd, SHUT_WR) == 0) return 0;
  int rc = green__system_failed();
  return rc == GREEN_ENOTCONN ? GREEN_ECONNRESET : rc;
}

int green__socket_no_delay(struct green__endpoint *stream, bool on) {
  int value = on;
  return green__system_set(stream->socket.fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
}

int green__socket_keep_alive(struct green__endpoint *stream, unsigned seconds) {
  return green__system_keep_alive(stream->socket.fd, seconds);
}
