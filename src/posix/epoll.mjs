/* epoll(7). A registration is of a descriptor, and ends with it, also where the thing (files.mjs) has other ones.
 *
 * Those that may be ready are kept apart: what has changed comes to them, and who looks takes away what is not ready, or was told
 * of once. So a look costs as much as there is to tell, not as there are registrations.
 */
import { layout } from './numbers.mjs';

const {
  EBADF, EEXIST, EINVAL, ELOOP, ENOENT, EPERM, EPOLLET, EPOLLONESHOT, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, POLLERR, POLLHUP, POLLIN, POLLRDNORM,
} = layout.constants;

const SIZE = 16; /* of a struct epoll_event, and where its data is */
const DATA = 8;

export class Epoll {
  mode = 0o600;
  entries = new Map(); /* by descriptor */
  ready = new Set(); /* of these, those that may be; what was told of last at the end */
  asking = new Set(); /* of these, those of a thing that wants to know when it is waited for */

  /* `files`: of files.mjs. Things have `epolls`: a Map of sets of entries. */
  constructor(files) {
    this.files = files;
  }

  bitsOf({ fd, events }) {
    return this.files.poll(fd) & (events | POLLERR | POLLHUP);
  }
  poll() {
    for (const entry of this.ready) {
      if (this.bitsOf(entry)) return POLLIN;
      this.ready.delete(entry);
    }
    return 0;
  }
  wantsInput() {
    for (const { thing, events, isOff } of this.asking) if (!isOff && events & (POLLIN | POLLRDNORM)) thing.wantsInput();
  }
  changed(entries) {
    for (const entry of entries) if (!entry.isOff) this.ready.add(entry);
    this.files.tell(this);
  }

  /* Whether an epoll is in this one, or in one that is. */
  contains(other) {
    return [...this.entries.values()].some(({ thing }) => thing === other || (thing instanceof Epoll && thing.contains(other)));
  }
  /* A negative errno, or 0. */
  control(what, fd, events, data) {
    const thing = this.files.thing(fd);
    const entry = this.entries.get(fd);
    if (!thing) return this.files.isOpen(fd) ? -EPERM : -EBADF;
    if (thing === this || (what !== EPOLL_CTL_ADD && what !== EPOLL_CTL_MOD && what !== EPOLL_CTL_DEL)) return -EINVAL;
    if (what !== EPOLL_CTL_ADD && !entry) return -ENOENT;
    if (what === EPOLL_CTL_ADD && entry) return -EEXIST;
    if (what === EPOLL_CTL_ADD && thing instanceof Epoll && thing.contains(this)) return -ELOOP;
    if (what === EPOLL_CTL_DEL) this.forget(fd);
    else this.set(entry ?? this.add(fd, thing), events, data);
    return 0;
  }
  add(fd, thing) {
    const entry = { fd, thing, events: 0, data: 0n, isOff: false };
    this.entries.set(fd, entry);
    if (thing.wantsInput) this.asking.add(entry);
    thing.epolls ??= new Map();
    if (!thing.epolls.has(this)) thing.epolls.set(this, new Set());
    thing.epolls.get(this).add(entry);
    return entry;
  }
  set(entry, events, data) {
    Object.assign(entry, { events, data, isOff: false });
    this.changed([entry]);
  }
  forget(fd) {
    const entry = this.entries.get(fd);
    if (!entry) return;
    for (const kept of [this.ready, this.asking, entry.thing.epolls.get(this)]) kept.delete(entry);
    if (!entry.thing.epolls.get(this).size) entry.thing.epolls.delete(this);
    this.entries.delete(fd);
  }

  /* Writes what is ready, at most so many; how many. */
  take(view, to, most) {
    let count = 0;
    this.wantsInput();
    for (const entry of [...this.ready]) {
      if (count === most) break;
      const bits = this.bitsOf(entry);
      this.ready.delete(entry);
      if (!bits) continue;
      if (entry.events & EPOLLONESHOT) entry.isOff = true;
      else if (!(entry.events & EPOLLET)) this.ready.add(entry);
      const at = to + SIZE * count++;
      view.setUint32(at, bits, true);
      view.setBigUint64(at + DATA, entry.data, true);
    }
    return count;
  }
  close() {
    for (const fd of [...this.entries.keys()]) this.forget(fd);
  }
}

/* epoll_ctl(2) with an event in memory of C's, which EPOLL_CTL_DEL need not have. */
export const control = (view, epoll, what, fd, event) =>
  event ? epoll.control(what, fd, view.getUint32(event, true), view.getBigUint64(event + DATA, true)) : epoll.control(what, fd, 0, 0n);
