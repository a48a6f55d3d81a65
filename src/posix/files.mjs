/* What greenio has open, as nodes of Emscripten's file system, so that its numbers are descriptors as any others.
 *
 * A thing is what POSIX calls an open file description: it has poll(), which gives poll(2)'s bits, close(), `mode` (as
 * fstat(2)'s), isSocket, `access` if it is not O_RDWR, and here it gets `flags`, which all its descriptors share, and the epolls that it is in. It is closed with the last of them. When
 * what poll() would say has changed, tell(thing) wakes who waits: src/fd/descriptors.mjs listens to the node.
 */
import { layout } from './numbers.mjs';

const { EBADF, EINVAL, EMFILE, ENXIO, O_APPEND, O_NONBLOCK, O_RDWR, POLLIN, POLLNVAL, POLLOUT, POLLRDNORM, POLLWRNORM, S_IFDIR } = layout.constants;
const SETTABLE = O_APPEND | O_NONBLOCK;
const MOST_FILES = 4096; /* Emscripten's */

export const makeFiles = FS => {
  let root = null;
  let made = 0;
  const things = new Set();
  const notifies = typeof FS.FSNode?.prototype.notifyListeners == 'function'; /* newer ones do so by themselves */

  /* As nodes of newer Emscriptens are. */
  const addListener = function (cb) {
    const entry = { cb };
    this.listeners.add(entry);
    return { listeners: this.listeners, entry };
  };
  const notifyListeners = function (flags) {
    for (const { cb } of this.listeners) cb(flags);
  };

  const ops = {
    poll({ node }) {
      const bits = node.green.poll();
      return bits | (bits & POLLIN ? POLLRDNORM : 0) | (bits & POLLOUT ? POLLWRNORM : 0);
    },
    dup({ node }) {
      node.green.count++;
    },
    close({ node, fd }) {
      const thing = node.green;
      thing.epolls?.forEach((_, epoll) => epoll.forget(fd));
      if (!notifies) node.notifyListeners(POLLNVAL);
      if (--thing.count > 0) return;
      things.delete(thing);
      FS.destroyNode(node);
      thing.close();
    },
  };

  const lowestFree = least => {
    for (let fd = least; fd < MOST_FILES; fd++) if (!FS.getStream(fd)) return fd;
    return -EMFILE;
  };
  const open = (node, fd) => {
    FS.streams[fd] = null; /* or older ones find another number */
    return FS.createStream({ path: node.name, node, flags: O_RDWR, seekable: false, stream_ops: ops }, fd, fd).fd;
  };

  const nodeOf = (thing, flags) => {
    root ||= FS.mount({ mount: () => FS.createNode(null, '/', S_IFDIR | 0o777, 0) }, {}, null);
    const node = FS.createNode(root, `green[${made++}]`, thing.mode, 0);
    Object.assign(node, { node_ops: {}, stream_ops: ops, green: thing, sock: thing.isSocket ? thing : undefined });
    if (!notifies) Object.assign(node, { listeners: new Set(), addListener, notifyListeners });
    Object.assign(thing, { node, count: 1, flags: (thing.access ?? O_RDWR) | (flags & O_NONBLOCK) });
    things.add(thing);
    return node;
  };

  /* Its node, for another descriptor. */
  const oneMore = thing => {
    if (!thing.count) return nodeOf(thing, 0);
    thing.count++;
    return thing.node;
  };

  return {
    /* A descriptor for it, or a negative errno. */
    attach(thing, flags) {
      const fd = lowestFree(0);
      return fd < 0 ? fd : open(nodeOf(thing, flags), fd);
    },
    /* In the place of a stream of Emscripten's, which is not closed. */
    replace(fd, thing) {
      const { tty } = FS.getStream(fd);
      open(oneMore(thing), fd);
      FS.getStream(fd).tty = thing.isTerminal ? tty : undefined;
    },
    /* Who opens that device of Emscripten's opens what make() gives; null: there is none. */
    name(path, make) {
      const { node } = FS.lookupPath(path);
      const { tty } = FS.getStream(0) ?? {};
      node.stream_ops = {
        ...ops,
        open(stream) {
          const thing = make();
          if (!thing) {
            FS.closeStream(stream.fd); /* Emscripten leaves it open */
            throw new FS.ErrnoError(ENXIO);
          }
          Object.assign(stream, { node: oneMore(thing), stream_ops: ops, tty: tty ?? {} });
        },
      };
    },
    tell(thing) {
      thing.node?.notifyListeners(0);
      thing.epolls?.forEach((entries, epoll) => epoll.changed(entries));
    },
    /* The thing of a descriptor; undefined: it is Emscripten's own, or none. */
    thing: fd => FS.getStream(fd)?.node?.green,
    isOpen: fd => Boolean(FS.getStream(fd)),
    isSocket: fd => Boolean(FS.getStream(fd)?.node?.sock),
    duplicate(fd, least) {
      const { node } = FS.getStream(fd);
      if (least >= MOST_FILES) return -EINVAL;
      const free = lowestFree(least);
      if (free < 0) return free;
      node.green.count++;
      return open(node, free);
    },
    hasRoom: () => lowestFree(0) >= 0,
    /* At that number, where nothing is open. */
    place(fd, number) {
      if (number < 0 || number >= MOST_FILES) return -EBADF;
      const { node } = FS.getStream(fd);
      node.green.count++;
      return open(node, number);
    },
    closeAt(fd) {
      const stream = FS.getStream(fd);
      if (stream) FS.close(stream);
    },
    flags(fd) {
      const stream = FS.getStream(fd);
      if (!stream) return -EBADF;
      return stream.node?.green ? stream.node.green.flags : stream.flags;
    },
    setFlags(fd, flags) {
      const stream = FS.getStream(fd);
      if (!stream) return -EBADF;
      const holder = stream.node?.green ?? stream;
      holder.flags = (holder.flags & ~SETTABLE) | (flags & SETTABLE);
      return 0;
    },
    closesOnExec: fd => (FS.getStream(fd)?.greenCloses ? 1 : 0),
    setClosesOnExec(fd, on) {
      FS.getStream(fd).greenCloses = on;
      return 0;
    },
    /* poll(2)'s bits of any descriptor. */
    poll(fd) {
      const stream = FS.getStream(fd);
      if (!stream) return POLLNVAL;
      return stream.stream_ops?.poll ? stream.stream_ops.poll(stream) : POLLIN | POLLOUT;
    },
    closeAll: () => things.forEach(thing => thing.close()),
  };
};
