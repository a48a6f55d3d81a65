/* Local streams are sockets as the others are: ../windows/system_pipe.h. */
#ifndef GREENIO_SRC_NATIVE_SYSTEM_PIPE_H
#define GREENIO_SRC_NATIVE_SYSTEM_PIPE_H

#define GREEN__HAS_PIPES                   false
#define green__pipe_of(endpoint)           ((void)(endpoint), (void *)0)
#define green__pipe_handle(pipe)           ((uv_handle_t *)0)
#define green__pipe_listen(endpoint, ...)  0
#define green__pipe_connect(endpoint, ...) 0
#define green__pipe_accept(pipe, ...)      0
#define green__pipe_connected(pipe)        0
#define green__pipe_arm(pipe, ...)         0
#define green__pipe_read(pipe, ...)        0
#define green__pipe_write(pipe, ...)       0
#define green__pipe_address(pipe, ...)     ((void)0)
#define green__pipe_unread(pipe)           0
#define green__pipe_is_cut(pipe)           false
#define green__pipe_is_over(pipe)          false
#define green__pipe_close(pipe, ...)       ((void)0)

#endif
