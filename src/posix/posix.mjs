/* greenio::posix in WebAssembly: sockets as POSIX has them, for the C library's calls that src/posix stands in front of.
 * posix_js.h says what each function owes. Descriptors are Emscripten's own numbers (files.mjs).
 */
import { readAddress, writeAddress } from './address.mjs';
import { makeConnections } from './connections.mjs';
import { control, Epoll } from './epoll.mjs';
import { makeFiles } from './files.mjs';
import { areasOf, makeView } from './memory.mjs';
import { errnoOf, layout } from './numbers.mjs';
import { makeSignals } from './signals.mjs';
import { makeStandard } from './standard.mjs';
import { getOption, setOption } from './options.mjs';
import { makePair, makePipe } from './pipe.mjs';
import { isStreamFamily, StreamSocket } from './tcp.mjs';

export const bindings = {
  name: 'posix',
  imports: {
    enable: 'i', socket: 'iiii', bind: 'iipi', listen: 'iii', connect: 'iipi', accept: 'iii', shutdown: 'iii', receive: 'iipiii',
    send: 'iipiii', getOption: 'iiiipp', setOption: 'iiiipi', name: 'iippi', poll: 'ipi', flags: 'ii', setFlags: 'iii', closesOnExec: 'iii',
    socketpair: 'iiiip', pipe: 'ipi', duplicate: 'iii', place: 'iii', block: 'iipi', unread: 'ii', mode: 'ii', sendAll: 'iipi', modes: 'iippi', windowSize: 'iip', flushInput: 'ii', signal: 'vii', keep: 'vi', epoll: 'ii', epollControl: 'iiiip', epollTake: 'iipi',
  },
  exports: { signalled: 'ii' },
  needs: { FS: 'FS' },
};
/* C: green__js_posix_*, declared in posix_js.h. */

export const make = (env, c, { FS }) => {
  const { Module, host, loop } = env;
  const {
    AF_UNIX, EAFNOSUPPORT, EAGAIN, EBADF, EINVAL, EIO, EMFILE, ENOTSOCK, ENOTTY, EOPNOTSUPP, EPROTONOSUPPORT, EPROTOTYPE, GREEN__POSIX_FOREIGN: FOREIGN, IPPROTO_TCP, MSG_CMSG_CLOEXEC, MSG_DONTWAIT,
    MSG_MORE, MSG_NOSIGNAL, MSG_PEEK, MSG_WAITALL, POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLRDNORM, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM,
  } = layout.constants;
  const RECEIVES = MSG_CMSG_CLOEXEC | MSG_DONTWAIT | MSG_NOSIGNAL | MSG_PEEK | MSG_WAITALL;
  const SENDS = MSG_DONTWAIT | MSG_MORE | MSG_NOSIGNAL;
  const files = makeFiles(FS);
  const view = makeView(host);
  const signals = makeSignals(loop, c.signalled);
  const connections = makeConnections(Module);
  const world = { below: connections, errnoOf, bytes: host.bytes, newBytes: connections.newBytes, changed: files.tell, signal: signals.raised };
  loop.onClose.push(files.closeAll);

  /* Calls run(thing) for one of ours. */
  const ofAny = (fd, run) => {
    const thing = files.thing(fd);
    if (thing) return run(thing);
    return files.isOpen(fd) ? FOREIGN : -EBADF;
  };
  const ofSocket = (fd, run) => {
    const thing = files.thing(fd);
    if (thing) return thing.isSocket ? run(thing) : -ENOTSOCK;
    if (!files.isOpen(fd)) return -EBADF;
    return files.isSocket(fd) ? FOREIGN : -ENOTSOCK;
  };
  const ofTerminal = (fd, run) => ofAny(fd, thing => {
    if (!thing.isTerminal) return -ENOTTY;
    return run(thing) ?? 0;
  });
  const ofEpoll = (fd, run) => {
    const thing = files.thing(fd);
    if (thing instanceof Epoll) return run(thing);
    return files.isOpen(fd) ? -EINVAL : -EBADF;
  };
  const attach = (thing, type) => {
    const fd = files.attach(thing, type & SOCK_NONBLOCK);
    if (fd < 0) thing.close();
    else if (type & SOCK_CLOEXEC) files.setClosesOnExec(fd, true);
    return fd;
  };

  const attachTwo = (two, type, fds) => {
    const first = attach(two[0], type);
    const second = first < 0 ? first : attach(two[1], type);
    if (first >= 0 && second < 0) files.closeAt(first);
    if (second < 0) return second;
    view().setInt32(fds, first, true);
    view().setInt32(fds + 4, second, true);
    return 0;
  };

  return {
    enable() {
      if (!connections.areThere) return loop.numberOf('ENOTSUP');
      env.files = FS;
      makeStandard(world, FS, files, Module);
      return 0;
    },

    socket(family, type, protocol) {
      if (!isStreamFamily(family) || (family === AF_UNIX && !connections.hasPaths)) return -EAFNOSUPPORT;
      if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== SOCK_STREAM) return -EPROTOTYPE;
      if (protocol && protocol !== IPPROTO_TCP) return -EPROTONOSUPPORT;
      return attach(new StreamSocket(world, family), type);
    },
    socketpair(family, type, protocol, fds) {
      if (family !== AF_UNIX) return isStreamFamily(family) ? -EOPNOTSUPP : -EAFNOSUPPORT;
      if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) !== SOCK_STREAM) return -EPROTOTYPE;
      return protocol ? -EPROTONOSUPPORT : attachTwo(makePair(world), type, fds);
    },
    pipe: (fds, flags) => (flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC) ? -EINVAL : attachTwo(makePipe(world), flags, fds)),
    bind: (fd, address, size) => ofSocket(fd, socket => socket.bind(readAddress(view(), address, size))),
    listen: (fd, backlog) => ofSocket(fd, socket => socket.listen(backlog)),
    connect: (fd, address, size) => ofSocket(fd, socket => socket.connect(readAddress(view(), address, size))),
    accept: (fd, flags) => ofSocket(fd, socket => {
      if (!files.hasRoom()) return -EMFILE; /* or who connected would be lost */
      const taken = socket.accept();
      return typeof taken == 'number' ? taken : attach(taken, flags);
    }),
    shutdown: (fd, how) => ofSocket(fd, socket => socket.shutdown(how)),
    name: (fd, address, size, peer) => ofSocket(fd, socket => {
      const name = socket.name(peer);
      if (typeof name == 'number') return name;
      writeAddress(view(), address, size, socket.family, name);
      return 0;
    }),
    getOption: (fd, level, name, value, size) => ofSocket(fd, socket => getOption(view(), socket, level, name, value, size)),
    setOption: (fd, level, name, value, size) => ofSocket(fd, socket => setOption(view(), socket, level, name, value, size)),

    receive: (fd, parts, count, flags, socketOnly) => (socketOnly ? ofSocket : ofAny)(fd, thing => {
      if (flags & ~RECEIVES) return -EOPNOTSUPP;
      return thing.receive ? thing.receive(areasOf(view(), parts, count), (flags & MSG_PEEK) !== 0) : -EINVAL;
    }),
    send: (fd, parts, count, flags, socketOnly) => (socketOnly ? ofSocket : ofAny)(fd, thing => {
      if (flags & ~SENDS) return -EOPNOTSUPP;
      return thing.send ? thing.send(areasOf(view(), parts, count)) : -EINVAL;
    }),

    poll(fds, count) {
      const data = view();
      let ready = 0;
      for (let at = fds; at < fds + 8 * count; at += 8) {
        const fd = data.getInt32(at, true);
        const asked = data.getInt16(at + 4, true) | POLLERR | POLLHUP | POLLNVAL;
        if (asked & (POLLIN | POLLRDNORM)) files.thing(fd)?.wantsInput?.();
        const bits = fd < 0 ? 0 : files.poll(fd) & asked;
        data.setInt16(at + 6, bits, true);
        if (bits) ready++;
      }
      return ready;
    },

    /* ---- of any descriptor */
    flags: files.flags,
    setFlags: files.setFlags,
    closesOnExec: (fd, set) => ofAny(fd, () => (set < 0 ? files.closesOnExec(fd) : files.setClosesOnExec(fd, set !== 0))),
    duplicate: (fd, least) => ofAny(fd, () => files.duplicate(fd, least)),
    place: (fd, number) => ofAny(fd, () => {
      if (number < 0) return -EBADF;
      files.closeAt(number);
      return files.place(fd, number);
    }),
    block: (fd, parts, count) => ofAny(fd, thing => {
      try {
        return thing.block ? thing.block(areasOf(view(), parts, count)) : -EAGAIN;
      } catch (error) { /* of Emscripten's file system */
        return -error.errno || -EIO;
      }
    }),
    /* What could not wait: nothing is kept back. */
    sendAll: (fd, parts, count) => ofAny(fd, thing => thing.sendAll?.(areasOf(view(), parts, count)) ?? -EAGAIN),
    modes(fd, flags, keys, set) {
      return ofTerminal(fd, terminal => {
        const data = view();
        const bytes = host.bytes().subarray(keys, keys + 32);
        const words = [0, 4, 8, 12].map(at => flags + at);
        if (set) return void terminal.setModes({ flags: words.map(at => data.getUint32(at, true)), keys: bytes.slice() }, set === 2);
        terminal.modes().flags.forEach((word, i) => data.setUint32(words[i], word, true));
        bytes.set(terminal.modes().keys);
      });
    },
    windowSize: (fd, at) => ofTerminal(fd, terminal => {
      const [columns, rows] = terminal.windowSize();
      view().setUint16(at, rows, true);
      view().setUint16(at + 2, columns, true);
      view().setUint32(at + 4, 0, true);
    }),
    flushInput: fd => ofTerminal(fd, terminal => terminal.flush()),
    unread: fd => ofAny(fd, thing => thing.queue?.size ?? -EINVAL),
    mode: fd => ofAny(fd, ({ mode }) => mode),
    signal: signals.signal,
    keep: signals.keep,

    epoll: flags => (flags & ~SOCK_CLOEXEC ? -EINVAL : attach(new Epoll(files), flags)), /* EPOLL_CLOEXEC is the same */
    epollControl: (fd, what, which, event) => ofEpoll(fd, epoll => control(view(), epoll, what, which, event)),
    epollTake: (fd, events, most) => ofEpoll(fd, epoll => (most > 0 ? epoll.take(view(), events, most) : -EINVAL)),
  };
};
