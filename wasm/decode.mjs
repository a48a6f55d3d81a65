/* What a WebAssembly module says of Binaryen's Asyncify: which functions the pass has instrumented, and
 * which of their calls. For instrumented.mjs, and in narrowed debug builds for parks.mjs.
 *
 * Relies on the shape that the pass gives (tried: Binaryen 108 and 131): a global holds the state, the functions
 * that start and stop an unwind begin by writing a constant to it, and an instrumented call is followed
 * by a look at it.
 */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  /* An unsigned number of up to 32 bits. */
  number() {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      result |= (byte & 127) << shift;
      if (byte < 128) return result >>> 0;
    }
  }
  /* A number of any size and sign, which nobody needs. */
  skipNumber() {
    while (this.byte() >= 128);
  }
  skipNumbers(count) {
    for (let i = 0; i < count; i++) this.skipNumber();
  }
  text() {
    const size = this.number();
    const start = this.at;
    this.at += size;
    return new TextDecoder().decode(this.bytes.subarray(start, this.at));
  }
  /* Where a field in memory lies: its alignment, with a flag for the memory, and its offset. */
  memory() {
    if (this.number() & 64) this.skipNumber();
    this.skipNumber();
  }
  limits() {
    const flags = this.byte();
    this.skipNumbers(flags & 1 ? 2 : 1);
  }
}

const op = Object.freeze({
  unreachable: 0x00, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, br_if: 0x0d, br_table: 0x0e, return: 0x0f,
  call: 0x10, call_indirect: 0x11, call_ref: 0x14, drop: 0x1a, local_get: 0x20, local_set: 0x21, local_tee: 0x22,
  global_get: 0x23, global_set: 0x24, i32_const: 0x41,
});

/* The operands of an instruction are skipped; of those above that have a number, it is returned. */
const operandsOf = (reader, code) => {
  if (code >= 0x45 && code <= 0xc4) return undefined;
  if (code >= 0x28 && code <= 0x3e) return void reader.memory();
  switch (code) {
    case 0x02: case 0x03: case 0x04: case 0x06: /* block, loop, if, try */
    case 0x42: case 0xd0: /* i64.const, ref.null */
      return void reader.skipNumber();
    case 0x41: /* i32.const; the small ones are the same with a sign */
    case 0x07: case 0x08: case 0x09: case 0x0c: case 0x0d: case 0x10: case 0x12: case 0x14: case 0x15: case 0x18:
    case 0x20: case 0x21: case 0x22: case 0x23: case 0x24: case 0x25: case 0x26: case 0x3f: case 0x40:
    case 0xd2: case 0xd5: case 0xd6:
      return reader.number();
    case 0x0e: /* br_table */
      return void reader.skipNumbers(reader.number() + 1);
    case 0x11: case 0x13: /* call_indirect */
      return void reader.skipNumbers(2);
    case 0x1c: /* select with types */
      return void reader.skipNumbers(reader.number());
    case 0x43:
      return void (reader.at += 4);
    case 0x44:
      return void (reader.at += 8);
    case 0xfc: {
      const sub = reader.number();
      return void reader.skipNumbers(sub < 8 ? 0 : [2, 1, 2, 1, 2, 1, 2, 1, 1, 1][sub - 8]);
    }
    case 0xfd: return skipVector(reader, reader.number());
    case 0xfe: return reader.number() === 3 ? void reader.byte() : void reader.memory();
    case 0x00: case 0x01: case 0x05: case 0x0a: case 0x0b: case 0x0f: case 0x19: case 0x1a: case 0x1b: case 0xd1: case 0xd3: case 0xd4:
      return undefined;
  }
  throw new Error('instruction 0x' + code.toString(16) + ' at byte ' + reader.at + ' is not known here');
};

const skipVector = (reader, sub) => {
  if (sub <= 11 || (sub >= 84 && sub <= 93)) reader.memory();
  if (sub === 12 || sub === 13) reader.at += 16;
  if ((sub >= 21 && sub <= 34) || (sub >= 84 && sub <= 91)) reader.at++;
};

/* ---- sections -------------------------------------------------------------------------------------- */

const skipImport = (reader, kind) => {
  if (kind === 1) reader.byte(), reader.limits();
  else if (kind === 2) reader.limits();
  else if (kind === 3) reader.at += 2;
  else if (kind === 4) reader.at++, reader.skipNumber();
};

const sections = {
  2(reader, module) { /* imports */
    for (let n = reader.number(); n > 0; n--) {
      const [from, name, kind] = [reader.text(), reader.text(), reader.byte()];
      if (kind !== 0) {
        skipImport(reader, kind);
        continue;
      }
      reader.skipNumber();
      module.functions.push({ index: module.functions.length, name: null, exports: [], import: from + '.' + name, calls: [] });
    }
    module.imports = module.functions.length;
  },
  3(reader, module) { /* functions */
    for (let n = reader.number(); n > 0; n--) {
      reader.skipNumber();
      module.functions.push({ index: module.functions.length, name: null, exports: [], import: null, start: 0, end: 0, calls: [] });
    }
  },
  7(reader, module) { /* exports */
    for (let n = reader.number(); n > 0; n--) {
      const [name, kind, index] = [reader.text(), reader.byte(), reader.number()];
      if (kind === 0) module.functions[index].exports.push(name);
    }
  },
  10(reader, module) { /* code */
    const count = reader.number();
    for (let i = 0; i < count; i++) {
      const size = reader.number();
      const f = module.functions[module.imports + i];
      f.start = reader.at;
      f.end = reader.at += size;
    }
  },
};

/* Of the custom section `name`: the functions' own. */
const readNames = (reader, end, module) => {
  while (reader.at < end) {
    const kind = reader.byte();
    const next = reader.number() + reader.at;
    if (kind === 1) {
      for (let n = reader.number(); n > 0; n--) {
        const index = reader.number();
        module.functions[index].name = reader.text();
      }
      module.named = true;
    }
    reader.at = next;
  }
};

/* ---- what the pass has left ------------------------------------------------------------------------ */

const runtimeNames = new Map([
  ['asyncify_start_unwind', 'start_unwind'], ['asyncify_stop_unwind', 'stop_unwind'],
  ['asyncify_start_rewind', 'start_rewind'], ['asyncify_stop_rewind', 'stop_rewind'], ['asyncify_get_state', 'get_state'],
]);

/* A function that begins with `state = constant`: those of the runtime, and hardly another, since C has
 * no globals that lie outside memory but the stack pointer. */
const writesOf = (module, f) => {
  const reader = new Reader(module.bytes, f.start);
  if (reader.number() !== 0) return null; /* it has locals */
  if (reader.byte() !== op.i32_const) return null;
  const value = reader.number();
  if (value > 2 || reader.byte() !== op.global_set) return null;
  return { value, global: reader.number(), rest: f.end - reader.at };
};

const findRuntime = module => {
  const roles = ['stop', 'start_unwind', 'start_rewind'];
  const candidates = new Map(); /* by the global: what writes to it */
  for (const f of module.functions) {
    const written = f.import ? null : writesOf(module, f);
    if (!written) continue;
    const same = candidates.get(written.global) ?? [];
    candidates.set(written.global, [...same, { f, role: roles[written.value] }]);
  }
  for (const [state, found] of candidates) {
    if (!found.some(({ role }) => role === 'start_unwind')) continue;
    module.state = state;
    for (const { f, role } of found) f.runtime = role;
  }
  for (const f of module.functions) {
    for (const name of f.exports) if (runtimeNames.has(name)) f.runtime = runtimeNames.get(name);
  }
};

/* Of one function: its calls, and whether it looks at the state. A call is `checked` if the next thing
 * done with what it returned is to look at the state. */
const scan = (module, f) => {
  const reader = new Reader(module.bytes, f.start);
  for (let n = reader.number(); n > 0; n--) reader.skipNumbers(2);
  let last = null; /* the call that was just made */
  while (reader.at < f.end) {
    const at = reader.at;
    const code = reader.byte();
    const operand = operandsOf(reader, code);
    if (code === op.call || code === op.call_indirect || code === op.call_ref) {
      last = { at, callee: code === op.call ? operand : null, checked: false };
      f.calls.push(last);
    } else if (code === op.global_get && operand === module.state) {
      f.instrumented = !f.runtime;
      if (last) last.checked = true;
      last = null;
    } else if (code !== op.local_set && code !== op.local_tee && code !== op.drop && code !== op.i32_const) {
      last = null;
    }
  }
};

/* The module that `bytes` are: {functions, imports (how many of them), state (the global, or -1), named}.
 * A function: {index, name, exports, import, start, end, calls, instrumented, runtime}. */
export const decode = bytes => {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) throw new Error('it is no WebAssembly module');
  const module = { bytes, functions: [], imports: 0, state: -1, named: false, nameBytes: 0, codeBytes: 0 };
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const from = reader.at;
    const kind = reader.byte();
    const end = reader.number() + reader.at;
    if (kind === 0) {
      const name = reader.text();
      if (name === 'name') readNames(reader, end, module);
      module.nameBytes += end - from; /* and what else the program does not need to run */
    } else {
      if (kind === 10) module.codeBytes = end - reader.at;
      sections[kind]?.(reader, module);
    }
    reader.at = end;
  }
  findRuntime(module);
  for (const f of module.functions) {
    f.runtime ??= null;
    f.instrumented = false;
    if (!f.import) scan(module, f);
  }
  return module;
};
