/* For narrowed programs (asyncify.cmake): looks at each park whether every function on the stack can be unwound. A part of
 * its own, which depth.mjs and greenio.js look for by its name.
 *
 * Where the pass has been told to leave functions out, one that is left out by mistake would go on
 * running while its task is parked, and crash somewhere else. So asyncify.S calls checkPark before
 * anything is unwound, and what is wrong closes the module by a trap that names the functions. Frames are
 * told by the engine's own stack trace, which gives a function's number and the place of the call, and
 * decode.mjs says what the pass has done there.
 */
import { decode } from './decode.mjs';

let decoded = null; /* or what decode.mjs gives */
let unseen = 'the module\'s bytes were not seen: let Emscripten load it itself, not a WebAssembly.Module; with greenio\'s load() by the option wasm: null';
let checkNow = () => {
  checkNow = () => {};
  console.error('greenio: parks are not checked, since ' + unseen + ' (docs/asyncify.md)');
};

/* A program runs, unchecked, if this does not know what a newer compiler has made. */
const decodeBytes = bytes => {
  try {
    decoded = decode(bytes);
  } catch (error) {
    unseen = 'the module could not be read: ' + error.message;
    return;
  }
  if (decoded.state < 0) unseen = 'what Asyncify has written into the module has a shape that is not known here';
  else checkNow = check;
};

/* Takes what WebAssembly.instantiate() or instantiateStreaming() is given. A promise for that, once it
 * has been looked at. */
export const decodeSource = async source => {
  const given = await source;
  const isResponse = typeof Response == 'function' && given instanceof Response;
  const bytes = isResponse ? await given.clone().arrayBuffer() : given;
  if (ArrayBuffer.isView(bytes)) decodeBytes(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  else if (bytes instanceof ArrayBuffer) decodeBytes(new Uint8Array(bytes));
  return given;
};

const stackTrace = () => {
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
const framesOf = ({ functions }) => {
  const frames = [];
  for (const line of stackTrace().split('\n')) {
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

const check = () => {
  const frames = framesOf(decoded);
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

/* Throws if the frames of the running task cannot be unwound. */
export const checkPark = () => checkNow();
