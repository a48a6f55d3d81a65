/* The kinds of contexts that a program may have been built for: C stacks by Binaryen's Asyncify, which every engine runs,
 * or by JSPI, the engine's own. A program of both has a factory of each, and takes one when an instance is made.
 */
import { GreenError } from './error.mjs';

const kinds = ['asyncify', 'jspi'];

/* Its own `WebAssembly`: a program's is another (depth.mjs). */
export const hasJspi = () => {
  const { Suspending, promising } = globalThis.WebAssembly ?? {};
  return typeof Suspending == 'function' && typeof promising == 'function';
};

/* Firefox has JSPI, and takes fifty times as long as others for a switch. Its engine alone has InternalError. */
const isSlow = () => typeof globalThis.InternalError == 'function';

/* Whether an instance is made on JSPI where a program leaves it to the engine. */
export const prefersJspi = () => hasJspi() && !isSlow();

/* The kind that a compiled .wasm was made for; undefined: it says nothing. */
export const kindOf = compiled => {
  const [section] = globalThis.WebAssembly.Module.customSections(compiled, 'greenio');
  return section && String.fromCharCode(...new Uint8Array(section)).trim();
};

/* What the option greenContexts says; undefined: nothing. */
export const wantedKind = wanted => {
  if (wanted === undefined || wanted === null) return undefined;
  if (kinds.includes(wanted)) return wanted;
  throw new GreenError('EINVAL', "greenContexts is 'asyncify' or 'jspi', or is left out");
};

const needJspi = what => {
  if (!hasJspi()) throw new GreenError('ENOTSUP', `${what} needs an engine with JSPI (WebAssembly.Suspending), as Node 26, Chrome 137, Firefox 153 and Safari 27: elsewhere it runs if its target's GREENIO_CONTEXTS says both, or asyncify`);
};

/* Throws unless the option greenTasks is a number of tasks, or left out. */
export const checkTasks = greenTasks => {
  if (greenTasks === undefined || greenTasks === null || (typeof greenTasks == 'number' && greenTasks >= 0)) return;
  throw new GreenError('EINVAL', 'greenTasks is a number from 0, or is left out');
};

/* Throws unless an instance of that kind can be what is wanted, and run here. */
export const checkKind = (kind, option) => {
  const wanted = wantedKind(option);
  if (wanted !== undefined && wanted !== kind) {
    throw new GreenError('ENOTSUP', `greenContexts: '${wanted}', but the program was built for ${kind} alone: have its target's GREENIO_CONTEXTS say ${wanted}, or both`);
  }
  if (kind === 'jspi') needJspi('the program');
};

/* At some 20,000 stacks of JSPI's, of all threads together, engines end the process, and nothing can catch that: so
 * this many tasks can be alive unless the option greenTasks is another number. */
const MOST_TASKS = 8000;

export const mostTasks = (kind, greenTasks) => (kind === 'jspi' ? greenTasks ?? MOST_TASKS : Infinity);

/* The factory of a program of both kinds. Its greenContexts() tells beforehand which kind it takes for that option. */
export const choosing = factories => {
  const taken = option => {
    const kind = wantedKind(option) ?? (prefersJspi() ? 'jspi' : 'asyncify');
    if (kind === 'jspi') needJspi("greenContexts: 'jspi'");
    return kind;
  };
  const create = async (options = {}) => factories[taken(options.greenContexts)](options);
  return Object.assign(create, { greenContexts: taken });
};
