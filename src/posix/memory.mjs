/* C's memory as system calls see it: struct iovec; and bytes that have come and wait to be read. */

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

export const newBytes = size => new Uint8Array(size);

/* A copy of the first `most` bytes that the areas have, which may be fewer. `make`: newBytes, or another that gives as many. */
export const gather = (bytes, areas, most, make) => {
  const copy = make(Math.min(sizeOf(areas), most));
  let done = 0;
  for (let i = 0; i < areas.length && done < copy.length; i += 2) {
    const count = Math.min(areas[i + 1], copy.length - done);
    const part = bytes.subarray(areas[i], areas[i] + count);
    copy.set(part, done);
    done += part.length;
    if (part.length < count) break; /* the end of memory: what lies behind it in the copy is nobody's */
  }
  return done < copy.length ? copy.subarray(0, done) : copy;
};

export class Queue {
  chunks = [];
  at = 0; /* in the first */
  size = 0;

  push(chunk) {
    if (!chunk.length) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
  }
  /* Moves as many as there are into the areas, or copies them; how many. */
  take(bytes, areas, peek) {
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
  /* The most frequent case: one chunk, for which there is room. */
  takeOne(bytes, to) {
    const { size } = this;
    bytes.set(this.chunks[0], to);
    this.chunks.length = this.size = 0;
    return size;
  }
}
