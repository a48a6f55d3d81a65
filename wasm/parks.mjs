/* greenio, in front of the factory of a narrowed program (asyncify.cmake): looks at each park whether
 * every function on the stack can be unwound. See depth.mjs for what such files are.
 *
 * Where the pass has been told to leave functions out, one that is left out by mistake would go on
 * running while its task is parked, and crash somewhere else. So park.S calls greenio$checkPark before
 * anything is unwound, and what is wrong closes the module by a trap that names the functions. Frames are
 * told by the engine's own stack trace, which gives a function's number and the place of the call, and
 * decode.mjs says what the pass has done there.
 */

let greenio$decoded = null; /* or what decode.mjs gives */
let greenio$unseen = 'the module\'s bytes were not seen: let Emscripten load it itself, not a WebAssembly.Module; with greenio\'s load() by the option wasm: null';
let greenio$checkPark = () => {
  greenio$checkPark = () => {};
  console.error('greenio: parks are not checked, since ' + greenio$unseen + ' (docs/asyncify.md)');
};

/* A program runs, unchecked, if this does not know what a newer compiler has made. */
const greenio$decodeBytes = bytes => {
  try {
    greenio$decoded = greenio$decode(bytes);
  } catch (error) {
    greenio$unseen = 'the module could not be read: ' + error.message;
    return;
  }
  if (greenio$decoded.state < 0) greenio$unseen = 'what Asyncify has written into the module has a shape that is not known here';
  else greenio$checkPark = greenio$check;
};

/* Takes what WebAssembly.instantiate() or instantiateStreaming() is given. A promise for that, once it
 * has been looked at. */
const greenio$decodeSource = async source => {
  const given = await source;
  const isResponse = typeof Response == 'function' && given instanceof Response;
  const bytes = isResponse ? await given.clone().arrayBuffer() : given;
  if (ArrayBuffer.isView(bytes)) greenio$decodeBytes(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  else if (bytes instanceof ArrayBuffer) greenio$decodeBytes(new Uint8Array(bytes));
  return given;
};

const greenio$stackTrace = () => {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = undefined;
  const { stack } = new Error('');
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  return stack;
};

/* The wasm frames of the running task, from the park down: {f, call}. They end where the task was resumed,
 * in C or in JavaScript; invoke_* of Emscripten's does not count, which the pass knows. */
const greenio$frames = ({ functions }) => {
  const frames = [];
  for (const line of greenio$stackTrace().split('\n')) {
    const [, index, offset] = /wasm-function\[(\d+)\]:(?:0x)?([0-9a-f]+)/.exec(line) ?? [];
    if (index === undefined) {
      if (frames.length === 0 || /\binvoke_/.test(line)) continue;
      break;
    }
    const f = functions[Number(index)];
    if (f.calls.some(({ callee }) => callee !== null && functions[callee].runtime === 'start_rewind')) break;
    frames.push({ f, call: f.calls.find(({ at }) => at === Number.parseInt(offset, 16)) });
  }
  return frames.slice(1); /* not the park itself */
};

const greenio$check = () => {
  const frames = greenio$frames(greenio$decoded);
  const isWrong = ({ f, call }) => !f.instrumented || (call && !call.checked);
  const wrong = frames.filter(isWrong);
  if (wrong.length === 0) return;
  const label = ({ f }) => f.name ?? f.exports[0] ?? 'function ' + f.index;
  const names = [...new Set(wrong.map(label))];
  const many = names.length > 1;
  throw new WebAssembly.RuntimeError('a task parks below ' + names.join(', ') + ', which Asyncify was told to leave out, so that ' +
    (many ? 'their frames' : 'its frame') + ' cannot be kept. Add ' + (many ? 'them' : 'it') + ' to GREENIO_ASYNCIFY_ADD of the program, or take ' +
    (many ? 'them' : 'it') + ' out of GREENIO_ASYNCIFY_REMOVE: ' + names.join(';') + ' (docs/asyncify.md). The stack, from the park down: ' +
    frames.map(frame => label(frame) + (isWrong(frame) ? (frame.f.instrumented ? ' [this call of it is left out]' : ' [left out]') : '')).join(' < '));
};
