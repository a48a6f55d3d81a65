/* epoll(7). What a registration is for is a thing (files.mjs), under the number that it was made with: once that is closed, or
 * another's, it is gone, whether the thing has other descriptors or not. */
import { layout } from './numbers.mjs';

const {
  EBADF, EEXIST, EINVAL, ELOOP, ENOENT, EPERM, EPOLLET, EPOLLONESHOT, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, POLLERR, POLLHUP, POLLIN, POLLRDNORM,
} = layout.constants;

const SIZE = 16; /* of a struct epoll_event, and where its data is */
const DATA = 8;

export class Epoll {
  mode = 0o600;
  entries = new Map(); /* by descriptor, those that were told of last at the end */

  constructor(files) {
    this.files = files;
  }

  isThere(entry) {
    return this.files.thing(entry.fd) === entry.thing;
  }
  drop(entry) {
    this.entries.delete(entry.fd);
    if (![...this.entries.values()].some(({ thing }) => thing === entry.thing)) entry.thing.epolls.delete(this);
  }
  /* An event of an entry that is EPOLLET is told once, until something has changed again. */
  bitsOf(entry) {
    if (entry.isOff || (entry.events & EPOLLET && !entry.hasChanged) || !this.isThere(entry)) return 0;
    if (entry.events & (POLLIN | POLLRDNORM)) entry.thing.wantsInput?.();
    return this.files.poll(entry.fd) & (entry.events | POLLERR | POLLHUP);
  }
  poll() {
    for (const entry of this.entries.values()) if (this.bitsOf(entry)) return POLLIN;
    return 0;
  }
  changed(thing) {
    for (const entry of this.entries.values()) if (entry.thing === thing) entry.hasChanged = true;
    this.files.tell(this);
  }

  /* Whether an epoll is in this one, or in one that is. */
  contains(other) {
    return [...this.entries.values()].some(({ thing }) => thing === other || (thing instanceof Epoll && thing.contains(other)));
  }
  control(what, fd, events, data) {
    const thing = this.files.thing(fd);
    if (!thing) return this.files.isOpen(fd) ? -EPERM : -EBADF;
    if (thing === this) return -EINVAL;
    let entry = this.entries.get(fd);
    if (entry && !this.isThere(entry)) {
      this.drop(entry);
      entry = undefined;
    }
    if (what === EPOLL_CTL_ADD) {
      if (entry) return -EEXIST;
      if (thing instanceof Epoll && thing.contains(this)) return -ELOOP;
      (thing.epolls ??= new Set()).add(this);
      entry = { fd, thing };
    } else if (what !== EPOLL_CTL_MOD && what !== EPOLL_CTL_DEL) {
      return -EINVAL;
    } else if (!entry) {
      return -ENOENT;
    }
    if (what === EPOLL_CTL_DEL) {
      this.drop(entry);
      return 0;
    }
    this.entries.set(fd, Object.assign(entry, { events, data, hasChanged: true, isOff: false }));
    this.files.tell(this);
    return 0;
  }

  /* Writes what is ready, at most so many; how many. */
  take(view, to, most) {
    let count = 0;
    for (const entry of [...this.entries.values()]) {
      if (count === most) break;
      if (!this.isThere(entry)) this.drop(entry);
      const bits = this.bitsOf(entry);
      if (!bits) continue;
      entry.hasChanged = false;
      if (entry.events & EPOLLONESHOT) entry.isOff = true;
      this.entries.delete(entry.fd);
      this.entries.set(entry.fd, entry);
      const at = to + SIZE * count++;
      view.setUint32(at, bits, true);
      view.setBigUint64(at + DATA, entry.data, true);
    }
    return count;
  }
  /* That thing is closed. */
  forget(thing) {
    for (const entry of [...this.entries.values()]) if (entry.thing === thing) this.drop(entry);
  }
  close() {
    for (const entry of this.entries.values()) entry.thing.epolls.delete(this);
    this.entries.clear();
  }
}

/* epoll_ctl(2) with an event in memory of C's, which EPOLL_CTL_DEL need not have. */
export const control = (view, epoll, what, fd, event) =>
  event ? epoll.control(what, fd, view.getUint32(event, true), view.getBigUint64(event + DATA, true)) : epoll.control(what, fd, 0, 0n);
