/* The C library's calls, until greenio_posix puts in those that it stands in front of. */
#include <unistd.h>
#include "fd/fd.h"

struct green__libc green__libc = {
    .read = read,
    .readv = readv,
    .recv = recv,
    .recvfrom = recvfrom,
    .recvmsg = recvmsg,
    .write = write,
    .writev = writev,
    .send = send,
    .sendto = sendto,
    .sendmsg = sendmsg,
    .connect = connect,
    .accept4 = accept4,
    .getsockopt = getsockopt,
    .poll = poll,
    .close = close,
};
