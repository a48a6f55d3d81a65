/* What of WebAssembly's own lies below an export as Emscripten has it: 3.1.6 exports a function of JavaScript around it
 * until it has been called, and debug builds always do.
 */
import { counters } from './depth.mjs';

/* (_f = Module["_f"] = Module["asm"]["f"]).apply(null, arguments), or with all its arguments, also as a bundler leaves it. */
const inText = /^(?:function\s*\([\w$, ]*\)\s*\{\s*return\s*|\(?[\w$, ]*\)?\s*=>\s*)\((?:[\w$.[\]"']+\s*=\s*)+[\w$.[\]"']+?(?:\[["']([\w$]+)["']\]|\.([\w$]+))\)\s*(?:\.apply)?\(/;

const makeRaw = exports => {
  const own = new Set(Object.values(exports));
  const named = typeof exports.green__js_turn == 'function'; /* they are not minified */
  return (name, f) => {
    if (own.has(f)) return f;
    if (named && typeof exports[name] == 'function') return exports[name];
    const found = inText.exec(Function.prototype.toString.call(f));
    const inner = found && exports[found[1] ?? found[2]];
    return typeof inner == 'function' ? inner : null;
  };
};

const made = new WeakMap(); /* by the exports */

/* null if it cannot be told. */
export const rawOf = (memory, name, f) => {
  const exports = counters.get(memory)?.exports;
  if (!exports) return null;
  if (!made.has(exports)) made.set(exports, makeRaw(exports));
  return made.get(exports)(name, f);
};
