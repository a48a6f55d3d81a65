/* GREENIO_TRACE in Node: the first program of a process that links traces is traced. */
import { inNode, require } from './node.mjs';

const traced = Symbol.for('greenio.traced'); /* true, or 'untraced' once a program without traces has said so */

/* What the environment asks for, as long as no program has done so. */
export const traceAsked = () => (inNode && globalThis[traced] !== true && require('node:worker_threads').isMainThread && process.env.GREENIO_TRACE) || null;

export const noteTraced = () => { globalThis[traced] = true; };

export const tellUntraced = tell => {
  const asked = traceAsked();
  if (!asked || globalThis[traced]) return;
  globalThis[traced] = 'untraced';
  tell(`greenio: GREENIO_TRACE=${asked}: there is no trace of this program: it is linked without -Wl,-u,green_trace_start`);
};
