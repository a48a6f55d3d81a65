/* C's memory as system calls see it: struct iovec; and bytes that have come and wait to be read. */
import { octetsOf } from '../../wasm/values.mjs';

export const makeView = host => {
  let view = null;
  return () => {
    const { buffer } = host.bytes();
    if (view?.buffer !== buffer) view = new DataView(buffer);
    return view;
  };
};

/* An array of struct iovec: address, size, address, size ... */
export const areasOf = (view, parts, count) => {
  const areas = [];
  for (let at = parts; at < parts + 8 * count; at += 4) areas.push(view.getUint32(at, true));
  return areas;
};

export const sizeOf = areas => {
  let size = 0;
  for (let i = 1; i < areas.length; i += 2) size += areas[i];
  return size;
};

/* What a stream of Node's has given: a string where somebody has set an encoding. */
export const bytesFrom = (stream, chunk) => (typeof chunk == 'string' ? Buffer.from(chunk, stream.readableEncoding) : chunk);
/* Such a stream rests, unless somebody else hears it. */
export const letGo = stream => {
  if (stream.listenerCount('data') || stream.listenerCount('readable')) return;
  stream.pause();
  stream.unref?.();
};
/* What a stream that the program gives has: text, or bytes; undefined: neither. */
export const bytesOf = value => (typeof value == 'string' ? new TextEncoder().encode(value) : octetsOf(value));

export const newBytes = size => new Uint8Array(size);

/* A loop is faster for a few bytes than an array that views them, and leaves nothing to collect. */
const FEW = 64;
const copyFew = (to, at, from, begin, count) => {
  for (let i = 0; i < count; i++) to[at + i] = from[begin + i];
};

/* A copy of the first `most` bytes that the areas have, which may be fewer. `make`: newBytes, or another that gives as many. */
export const gather = (bytes, areas, most, make) => {
  const copy = make(Math.min(sizeOf(areas), most));
  let done = 0;
  for (let i = 0; i < areas.length && done < copy.length; i += 2) {
    const count = Math.min(areas[i + 1], copy.length - done);
    if (count <= FEW && areas[i] + count <= bytes.length) {
      copyFew(copy, done, bytes, areas[i], count);
      done += count;
      continue;
    }
    const part = bytes.subarray(areas[i], areas[i] + count);
    copy.set(part, done);
    done += part.length;
    if (part.length < count) break; /* the end of memory: what lies behind it in the copy is nobody's */
  }
  return done < copy.length ? copy.subarray(0, done) : copy;
};

const SMALL = 512; /* bytes */

export class Queue {
  chunks = [];
  at = 0; /* in the first */
  size = 0;
  /** @type {Uint8Array | null} */
  small = null; /* in front of the chunks, and used again and again: a short message by itself, which is the most frequent case */
  smallSize = 0;

  push(chunk) {
    if (!chunk.length) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
  }
  /* Copies the first `count`, of bytes that are not ours. */
  copy(bytes, count) {
    if (this.size > 0 || count > SMALL) return this.push(new Uint8Array(bytes.subarray(0, count)));
    this.small ??= new Uint8Array(SMALL);
    if (count <= FEW) copyFew(this.small, 0, bytes, 0, count);
    else this.small.set(bytes.subarray(0, count));
    this.size = this.smallSize = count;
  }
  /* Moves as many as there are into the areas, or copies them; how many. */
  take(bytes, areas, peek) {
    if (this.smallSize > 0) {
      if (!peek && this.smallSize === this.size && areas.length === 2 && this.size <= areas[1]) return this.takeSmall(bytes, areas[0]);
      this.chunks.unshift(this.small.slice(0, this.smallSize));
      this.smallSize = 0;
    }
    let { at } = this;
    if (!peek && this.chunks.length === 1 && at === 0 && areas.length === 2 && this.size <= areas[1]) return this.takeOne(bytes, areas[0]);
    let done = 0;
    let next = 0;
    for (let i = 0; i < areas.length; i += 2) {
      let [to, left] = [areas[i], areas[i + 1]];
      while (left > 0 && next < this.chunks.length) {
        const chunk = this.chunks[next];
        const count = Math.min(left, chunk.length - at);
        bytes.set(count < chunk.length ? chunk.subarray(at, at + count) : chunk, to);
        [to, left, done, at] = [to + count, left - count, done + count, at + count];
        if (at === chunk.length) [next, at] = [next + 1, 0];
      }
    }
    if (peek) return done;
    if (next > 0) this.chunks.splice(0, next);
    this.at = at;
    this.size -= done;
    return done;
  }
  takeSmall(bytes, to) {
    const { size } = this;
    if (size <= FEW && to + size <= bytes.length) copyFew(bytes, to, this.small, 0, size);
    else bytes.set(this.small.subarray(0, size), to);
    this.size = this.smallSize = 0;
    return size;
  }
  /* One chunk, for which there is room. */
  takeOne(bytes, to) {
    const { size } = this;
    bytes.set(this.chunks[0], to);
    this.chunks.length = this.size = 0;
    return size;
  }
}
