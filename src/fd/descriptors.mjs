
/* greenio: descriptors of Emscripten's file system that become ready: raw sockets (-sNODERAWSOCKETS) and
 * pipes. See wasm/depth.mjs for what these files are; `FS` is Emscripten's, whose nodes call their listeners
 * whenever what poll(2) says of them may have changed, and when one of their descriptors is closed.
 */
const greenio$descriptors = (host, loop) => {
  const [SAME, NEW, ALWAYS, BAD] = [0, 1, 2, 3]; /* enum green__fd_listened */
  const POLLNVAL = 0x20;
  const SOCK_STREAM = 1;
  const watches = new Map(); /* by descriptor */

  const forget = fd => {
    const watch = watches.get(fd);
    if (!watch) return;
    watches.delete(fd);
    watch.listeners.delete(watch.entry);
  };

  const heard = (fd, stream, flags) => {
    if (watches.get(fd)?.stream !== stream) return;
    if (!(flags & POLLNVAL)) return loop.enter(host.fdReady, fd, stream.stream_ops.poll(stream));
    /* about to be closed, or another descriptor of the same node is */
    queueMicrotask(() => {
      if (watches.get(fd)?.stream !== stream || stream.fd === fd) return;
      forget(fd);
      loop.enter(host.fdClosed, fd);
    });
  };

  const forgetAll = () => [...watches.keys()].forEach(forget);
  loop.onClose.push(forgetAll);

  return {
    listen(FS, fd) {
      const stream = FS.getStream(fd);
      if (stream && watches.get(fd)?.stream === stream) return SAME;
      forget(fd);
      if (!stream) return BAD;
      if (!stream.stream_ops?.poll || !stream.node) return ALWAYS;
      const listening = stream.node.addListener(flags => heard(fd, stream, flags));
      watches.set(fd, { stream, ...listening });
      return NEW;
    },
    forget,
    forgetAll,

    /* SO_RCVTIMEO and SO_SNDTIMEO live and die with the socket. */
    timeout(FS, fd, sending) {
      const sock = FS.getStream(fd)?.node?.sock;
      return sock ? sock.greenTimeouts?.[sending] ?? 0 : -1;
    },

    limit(FS, fd, sending, milliseconds) {
      const sock = FS.getStream(fd)?.node?.sock;
      if (!sock) return 0;
      (sock.greenTimeouts ??= [0, 0])[sending] = milliseconds;
      return 1;
    },

    isIdle(FS, fd) {
      const sock = FS.getStream(fd)?.node?.sock;
      return sock?.type === SOCK_STREAM && !sock.server && !sock.connection ? 1 : 0;
    },

    /* Emscripten would throw away what a connection has not sent yet, and leave open what a listening
     * socket has not handed out. */
    closing(FS, fd) {
      const sock = FS.getStream(fd)?.node?.sock;
      if (!sock) return;
      if (sock.connection?.writableLength > 0 && !sock.opts?.linger?.onoff) {
        sock.connection.destroySoon();
        sock.connection = null;
      }
      if (sock.server) for (const { stream } of sock.pending.splice(0)) FS.close(stream);
    },
  };
};
