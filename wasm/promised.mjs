/* Exports of C as functions that may wait by JSPI, and hand over what they return at once.
 *
 * WebAssembly.promising(f) gives that through a promise alone, even if f has not waited. So each export gets an
 * adapter, a module of a few bytes around it, which hands its result to `returned` at the very end. For that its
 * type must be known, which JavaScript cannot ask an export for: a module of all types that can be meant tells
 * which it is (ref.test, which every engine with JSPI has).
 */
const I32 = 0x7f;
const I64 = 0x7e;
const F32 = 0x7d;
const F64 = 0x7c;
const FUNCREF = 0x70;
const MOST_MIXED = 5; /* parameters: more of them are all whole numbers, or all of one other kind */

const unsigned = number => {
  const bytes = [];
  do {
    const more = number > 127;
    bytes.push((number & 127) | (more ? 128 : 0));
    number >>>= 7;
  } while (number);
  return bytes;
};
const signed = number => { /* of a number that is not negative */
  const bytes = unsigned(number);
  if (bytes[bytes.length - 1] & 64) {
    bytes[bytes.length - 1] |= 128;
    bytes.push(0);
  }
  return bytes;
};
const section = (id, content) => [id, ...unsigned(content.length), ...content];
const list = items => [...unsigned(items.length), ...items.flat()];
const text = name => list([...name].map(letter => letter.charCodeAt(0)));
const typeOf = ({ params, results }) => [0x60, ...list(params), ...list(results)];
const body = code => list([[...unsigned(code.length + 2), 0, ...code, 0x0b]]);
const moduleOf = sections => new globalThis.WebAssembly.Module(Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]));

/* ---- types ------------------------------------------------------------------------------------------- */

const combinations = kinds => kinds.reduce((all, choices) => all.flatMap(one => choices.map(choice => [...one, choice])), [[]]);

/* What may be meant by a function of so many parameters, of which `big` says which are of 64 bits. */
const candidates = big => {
  const numbers = [I32, F64, F32];
  const mixed = big.length <= MOST_MIXED;
  const all = mixed ? combinations(big.map(isBig => (isBig ? [I64] : numbers))) : numbers.map(kind => big.map(isBig => (isBig ? I64 : kind)));
  return all.flatMap(params => [[], [I32], [I64], [F32], [F64]].map(results => ({ params, results })));
};

/* A function of a funcref: which of the types it has, -1: none. */
const proberOf = types => {
  const test = i => [0x20, 0, 0xfb, 0x14, ...signed(i + 1), 0x04, 0x40, 0x41, ...signed(i), 0x0f, 0x0b];
  const code = [...types.flatMap((_, i) => test(i)), 0x41, 0x7f];
  const module = moduleOf([
    section(1, list([typeOf({ params: [FUNCREF], results: [I32] }), ...types.map(typeOf)])),
    section(3, list([[0]])),
    section(7, list([[...text('which'), 0, 0]])),
    section(10, body(code)),
  ]);
  return new globalThis.WebAssembly.Instance(module).exports.which;
};

const probers = new Map(); /* by what is big */

const signatureOf = (f, big) => {
  const key = big.join();
  if (!probers.has(key)) {
    const types = candidates(big);
    probers.set(key, { types, which: proberOf(types) });
  }
  const { types, which } = probers.get(key);
  return types[which(f)] ?? null;
};

/* ---- adapters ---------------------------------------------------------------------------------------- */

const adapters = new Map(); /* modules, by type */

const adapterOf = ({ params, results }) => {
  const key = params.join() + '>' + results.join();
  if (!adapters.has(key)) {
    const code = [...params.flatMap((_, i) => [0x20, ...unsigned(i)]), 0x10, 0, 0x10, 1];
    adapters.set(key, moduleOf([
      section(1, list([typeOf({ params, results }), typeOf({ params: results, results: [] }), typeOf({ params, results: [] })])),
      section(2, list([[...text('a'), ...text('f'), 0, 0], [...text('a'), ...text('returned'), 0, 1]])),
      section(3, list([[2]])),
      section(7, list([[...text('g'), 0, 2]])),
      section(10, body(code)),
      section(0, [...text('name'), ...section(1, list([[2, ...text('green__call')]]))]), /* for stacks.mjs */
    ]));
  }
  return adapters.get(key);
};

/* The engine's own WebAssembly; Emscripten's code has another one (depth.mjs). */
const { promising } = globalThis.WebAssembly;

/* A function that calls the export, which may wait, and `returned` with what it returns; it gives a promise, which is
 * rejected if an exception comes out of it. Null: its type is not that of these arguments, or too long a one. */
export const promisedCall = (f, args, returned) => {
  const type = signatureOf(f, args.map(value => typeof value == 'bigint'));
  return type && promising(new globalThis.WebAssembly.Instance(adapterOf(type), { a: { f, returned } }).exports.g);
};

/* The same for any function; `returned` is called a microtask later. */
export const promisedLate = (f, returned) => {
  const call = promising(f);
  return (...args) => call(...args).then(returned);
};
