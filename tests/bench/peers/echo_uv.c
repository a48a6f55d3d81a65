/* native.echo's peer: the same server as raw libuv callbacks, in the manner of libuv's guide: one
 * write request a message, here without an allocation. */
#include <stdio.h>
#include <stdlib.h>
#include <arpa/inet.h>
#include <uv.h>

struct connection {
  uv_tcp_t tcp;
  uv_write_t write;
  char data[16384];
};

static void on_closed(uv_handle_t *handle) {
  free(handle->data);
}

static void on_written(uv_write_t *write, int status) {
  if (status < 0) uv_close((uv_handle_t *)write->handle, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buffer) {
  struct connection *connection = handle->data;
  (void)size;
  *buffer = uv_buf_init(connection->data, sizeof connection->data);
}

/* The buffer is free again: the client sends the next message after the answer. */
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  struct connection *connection = stream->data;
  if (count < 0) {
    uv_close((uv_handle_t *)stream, on_closed);
  } else if (count > 0) {
    uv_buf_t out = uv_buf_init(buffer->base, (unsigned)count);
    uv_write(&connection->write, stream, &out, 1, on_written);
  }
}

static void on_connection(uv_stream_t *listener, int status) {
  struct connection *connection = malloc(sizeof *connection);
  (void)status;
  uv_tcp_init(listener->loop, &connection->tcp);
  connection->tcp.data = connection;
  uv_accept(listener, (uv_stream_t *)&connection->tcp);
  uv_tcp_nodelay(&connection->tcp, 1);
  uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read);
}

int main(void) {
  uv_tcp_t listener;
  struct sockaddr_in address;
  int size = sizeof address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  uv_tcp_init(uv_default_loop(), &listener);
  uv_tcp_bind(&listener, (struct sockaddr *)&address, 0);
  if (uv_listen((uv_stream_t *)&listener, 511, on_connection) < 0) return 1;
  uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
