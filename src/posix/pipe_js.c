/* In WebAssembly, pipes and pairs of sockets inside the module: libc's names. They are greenio's
 * before green_posix_enable(), too, since Emscripten's own differ with its version. */
#include "own_js.h"
#include "posix.h"
#include "posix_js.h"

INTERPOSE(int, pipe2, (int fds[2], int flags)) {
  return (int)green__libc_result(green__js_posix_pipe(fds, flags));
}

INTERPOSE(int, pipe, (int fds[2])) {
  return (int)green__libc_result(green__js_posix_pipe(fds, 0));
}

INTERPOSE(int, socketpair, (int family, int type, int protocol, int fds[2])) {
  return (int)green__libc_result(green__js_posix_socketpair(family, type, protocol, fds));
}
