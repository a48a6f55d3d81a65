/* Descriptors of Emscripten's file system that become ready: raw sockets (-sNODERAWSOCKETS) and pipes. `FS` is
 * Emscripten's, or null in programs without raw sockets; its nodes call their listeners whenever what poll(2) says of them may have changed, and when one of their descriptors is closed.
 */
export const bindings = {
  name: 'fd',
  imports: {
    supported: 'i', listen: 'ii', isOpen: 'ii', isIdle: 'ii', forget: 'vi', forgetAll: 'v', timeout: 'dii', limit: 'iiid', closing: 'vi',
  },
  exports: { ready: 'iii', closed: 'ii' },
  needs: { FS: 'greenFS' },
};
/* C: green__js_fd_*, declared in fd_js.h; in descriptor_js.c, sockets_js.c and renamed_js.c. */

export const layout = {
  headers: ['fd/fd_js.h'],
  constants: {
    GREEN__FD_SAME: 0, GREEN__FD_NEW: 1, GREEN__FD_ALWAYS: 2, GREEN__FD_BAD: 3, /* enum green__fd_listened */
    POLLNVAL: 0x20, SOCK_STREAM: 1,
  },
};

export const make = (env, c, { FS }) => {
  const { loop } = env;
  const files = () => FS ?? env.files; /* Emscripten's file system: of raw sockets, or what greenio::posix gives */
  const { GREEN__FD_SAME: SAME, GREEN__FD_NEW: NEW, GREEN__FD_ALWAYS: ALWAYS, GREEN__FD_BAD: BAD, POLLNVAL, SOCK_STREAM } = layout.constants;
  const watches = new Map(); /* by descriptor */

  const forget = fd => {
    const watch = watches.get(fd);
    if (!watch) return;
    watches.delete(fd);
    watch.listeners.delete(watch.entry);
  };

  const heard = (fd, stream, flags) => {
    if (watches.get(fd)?.stream !== stream) return;
    if (!(flags & POLLNVAL)) return loop.enter(c.ready, fd, stream.stream_ops.poll(stream));
    /* about to be closed, or another descriptor of the same node is */
    queueMicrotask(() => {
      if (watches.get(fd)?.stream !== stream || stream.fd === fd) return;
      forget(fd);
      loop.enter(c.closed, fd);
    });
  };

  const forgetAll = () => [...watches.keys()].forEach(forget);
  loop.onClose.push(forgetAll);

  return {
    supported: () => (files() ? 1 : 0),
    listen(fd) {
      const stream = files()?.getStream(fd);
      if (stream && watches.get(fd)?.stream === stream) return SAME;
      forget(fd);
      if (!stream) return BAD;
      if (!stream.stream_ops?.poll || !stream.node) return ALWAYS;
      const listening = stream.node.addListener(flags => heard(fd, stream, flags));
      watches.set(fd, { stream, ...listening });
      return NEW;
    },
    isOpen: fd => (files()?.getStream(fd) ? 1 : 0),
    forget,
    forgetAll,

    /* SO_RCVTIMEO and SO_SNDTIMEO live and die with the socket. */
    timeout(fd, sending) {
      const sock = files()?.getStream(fd)?.node?.sock;
      return sock ? sock.greenTimeouts?.[sending] ?? 0 : -1;
    },

    limit(fd, sending, milliseconds) {
      const sock = files()?.getStream(fd)?.node?.sock;
      if (!sock) return 0;
      (sock.greenTimeouts ??= [0, 0])[sending] = milliseconds;
      return 1;
    },

    isIdle(fd) {
      const sock = files()?.getStream(fd)?.node?.sock;
      return sock?.type === SOCK_STREAM && !sock.server && !sock.connection ? 1 : 0;
    },

    /* Emscripten would throw away what a connection has not sent yet, and leave open what a listening
     * socket has not handed out. */
    closing(fd) {
      const sock = files()?.getStream(fd)?.node?.sock;
      if (!sock) return;
      if (sock.connection?.writableLength > 0 && !sock.opts?.linger?.onoff) {
        sock.connection.destroySoon();
        sock.connection = null;
      }
      if (sock.server) for (const { stream } of sock.pending.splice(0)) FS.close(stream);
    },
  };
};
