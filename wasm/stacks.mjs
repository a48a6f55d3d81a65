/* The C functions of parked tasks, for reports.
 *
 * C asks for it in builds with GREENIO_STACKS alone: JavaScript's own stack is noted when a task is about to
 * park, and becomes text when somebody asks. Names come from the module's name section; a frame without
 * one is "wasm-function[7]", and functions that the compiler has inlined do not show.
 */
const functionsOf = stack => {
  const names = [];
  for (const line of stack.split('\n')) {
    /* V8: "    at name (http://host/x.wasm:wasm-function[7]:0x1f)"; Firefox: "name@http://...". */
    const match = /^(?:\s*at (?:(.*) \()?|(.*)@)\S*(wasm-function\[\d+\])/.exec(line);
    if (!match) continue; /* JavaScript's, as Emscripten's invoke_* */
    const name = (match[1] ?? match[2] ?? match[3]).replace(/^\S*\.wasm\./, '');
    if (name === 'green__context_resume') break;
    if (!name.startsWith('green__')) names.push(name);
  }
  return names;
};

export const makeStacks = host => {
  const DEEPEST = 200; /* frames */
  const noted = new Map(); /* by context */
  let seen = false; /* C was built so that it asks */
  return {
    seen: () => seen,
    parking(context) {
      seen = true;
      const usual = Error.stackTraceLimit;
      Error.stackTraceLimit = DEEPEST;
      noted.set(context, new Error());
      Error.stackTraceLimit = usual;
    },
    forget(context) {
      noted.delete(context);
    },
    calls(context, buffer, size) {
      const error = noted.get(context);
      host.putText(error ? functionsOf(error.stack).join('\n') : '', buffer, size);
    },
  };
};
