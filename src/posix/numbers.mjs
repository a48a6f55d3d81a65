/* The C library's numbers that greenio::posix needs, and errors of Node's as errno. */
import { seen } from '../../wasm/outside.mjs';

export const layout = {
  headers: ['<errno.h>', '<fcntl.h>', '<limits.h>', '<netinet/in.h>', '<netinet/tcp.h>', '<poll.h>', '<signal.h>', '<sys/epoll.h>', '<sys/socket.h>', '<sys/stat.h>', 'posix/posix_js.h'],
  constants: {
    EACCES: 2, EADDRINUSE: 3, EADDRNOTAVAIL: 4, EAFNOSUPPORT: 5, EAGAIN: 6, EALREADY: 7, EBADF: 8, EBUSY: 10, ECONNABORTED: 13, ECONNREFUSED: 14,
    ECONNRESET: 15, EEXIST: 20, EHOSTUNREACH: 23, EINPROGRESS: 26, EINVAL: 28, EIO: 29, EISCONN: 30, ELOOP: 32, EMFILE: 33, ENETUNREACH: 40, ENOBUFS: 42,
    ENOENT: 44, ENOPROTOOPT: 50, ENOTCONN: 53, ENOTSOCK: 57, EOPNOTSUPP: 138, EPERM: 63, EPIPE: 64, EPROTONOSUPPORT: 66, EPROTOTYPE: 67,
    ETIMEDOUT: 73,
    POLLIN: 1, POLLOUT: 4, POLLERR: 8, POLLHUP: 16, POLLNVAL: 32, POLLRDNORM: 64, POLLWRNORM: 256, POLLRDHUP: 8192, PIPE_BUF: 4096,
    O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_APPEND: 1024, O_NONBLOCK: 2048, S_IFSOCK: 0o140000, S_IFDIR: 0o40000, S_IFIFO: 0o10000, S_IFCHR: 0o20000, S_IFREG: 0o100000, ENOTTY: 59, ENXIO: 60,
    AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, SOCK_STREAM: 1, SOCK_NONBLOCK: 2048, SOCK_CLOEXEC: 524288,
    MSG_PEEK: 2, MSG_DONTWAIT: 64, MSG_WAITALL: 256, MSG_NOSIGNAL: 16384, MSG_MORE: 32768, MSG_CMSG_CLOEXEC: 1073741824,
    SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2, SOL_SOCKET: 1, SO_REUSEADDR: 2, SO_TYPE: 3, SO_ERROR: 4, SO_SNDBUF: 7, SO_RCVBUF: 8, SO_KEEPALIVE: 9,
    SO_LINGER: 13, SO_ACCEPTCONN: 30, SO_PROTOCOL: 38, SO_DOMAIN: 39, IPPROTO_TCP: 6, TCP_NODELAY: 1, TCP_KEEPIDLE: 4, IPPROTO_IPV6: 41,
    IPV6_V6ONLY: 26, SIGWINCH: 28, EPOLLET: 2147483648, EPOLLONESHOT: 1073741824, EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3, GREEN__POSIX_FOREIGN: -4096,
  },
};

const numbers = layout.constants;
/* What says "not yet" to C is final here: as of a Unix-domain listener whose backlog is full. */
/** @type {Record<string, string>} */
const others = { EAGAIN: 'EBUSY', EWOULDBLOCK: 'EBUSY', EALREADY: 'EBUSY', EINPROGRESS: 'EBUSY', ENOTFOUND: 'EHOSTUNREACH', ENOHOST: 'EHOSTUNREACH', ENETWORK: 'ENETUNREACH', ERR_SOCKET_BAD_PORT: 'EINVAL', ERR_INVALID_ARG_VALUE: 'EINVAL', ERR_STREAM_DESTROYED: 'EPIPE', ERR_STREAM_WRITE_AFTER_END: 'EPIPE' };

export const errnoOf = error => {
  const { code } = seen(error);
  const name = Object.hasOwn(others, code) ? others[code] : code;
  return /^E[A-Z0-9]+$/.test(name) && Object.hasOwn(numbers, name) ? numbers[name] : numbers.EIO;
};
