/* Which terminals are raw in Node, and how each is given its mode back, whoever ends the program: raw_posix.c's twin.
 *
 * A terminal that is raw has an entry, by its device, with a stream of Node's of its own, which nobody reads: Node sets a
 * mode by a stream alone, and gives back what it was when that stream has set it. Node itself gives back the mode of its
 * standard streams and of one more, at its exit and by its own handlers of SIGINT and SIGTERM, which are gone once
 * anybody has listened to one of these.
 */
import { require } from '../../wasm/node.mjs';
import { openTty } from './tty.mjs';

const TERMINALS = 16;
/** @type {NodeJS.Signals[]} */
const ENDINGS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];
/* A process has one table, though each program in it has a copy of this module: the first one's is everybody's. The mark
 * is its listeners' too. */
const OURS = Symbol.for('greenio.terminal');

const table = new Map(); /* by device: { holder, count } */
let isWatching = false;

/* What Linux says of this process, of its fields those from the fourth on; elsewhere nothing. */
const statusOfProcess = () => {
  try {
    const text = require('node:fs').readFileSync('/proc/self/stat', 'latin1');
    const [, , group, , terminal, foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number);
    return { group, terminal: terminal >>> 0, foreground };
  } catch {
    return { group: 0, terminal: 0, foreground: 0 };
  }
};

const DEVICE_OF_TTY = 0x500; /* Linux's, of /dev/tty by whatever name */

/* Which terminal it is, by its descriptor or its name: /dev/tty has a number of its own, and is another one's. */
export const deviceOf = terminal => {
  const { fstatSync, statSync } = require('node:fs');
  const { rdev } = typeof terminal == 'number' ? fstatSync(terminal) : statSync(terminal);
  return (rdev === DEVICE_OF_TTY && statusOfProcess().terminal) || rdev;
};

/* To change the mode of the terminal whose background it is in would stop the process, in the midst of its end. */
const mayChange = device => {
  const { group, terminal, foreground } = statusOfProcess();
  return terminal !== device || group === foreground;
};

/* Node tells of a failure by an event, at once. */
const setMode = (stream, raw) => {
  let failure = null;
  const heard = error => { failure = error; };
  stream.on('error', heard);
  stream.setRawMode(raw);
  stream.off('error', heard);
  if (failure) throw failure;
};

const giveBack = ({ holder }) => {
  try {
    setMode(holder, false);
  } catch { /* the terminal has gone */ }
};
const giveAllBack = () => {
  for (const [device, raw] of table) if (mayChange(device)) giveBack(raw);
};

/* How many listeners to each signal are those of the package signal-exit, of its versions 4 and 3: they end the program as
 * well, once no others but them are left. */
const countOfSignalExit = () => [globalThis[Symbol.for('signal-exit emitter')], process['__signal_exit_emitter__']]
  .reduce((sum, emitter) => sum + (emitter?.count ?? 0), 0);

/* Who else listens to a signal has to close the terminal, as natively who has a handler. */
const onEnding = Object.assign(signal => {
  const others = process.listeners(signal).filter(listener => !(OURS in listener));
  if (others.length > countOfSignalExit()) return;
  giveAllBack();
  unwatch();
  process.kill(process.pid, signal); /* which ends the program, or is signal-exit's now */
}, { [OURS]: true });
const watch = () => {
  if (isWatching) return;
  isWatching = true;
  process.on('exit', giveAllBack);
  for (const signal of ENDINGS) process.on(signal, onEnding);
};
const unwatch = () => {
  isWatching = false;
  process.off('exit', giveAllBack);
  for (const signal of ENDINGS) process.off(signal, onEnding);
};

const holderOf = path => {
  const holder = openTty(require('node:tty').ReadStream, path);
  try {
    setMode(holder, true);
  } catch (error) {
    holder.destroy();
    throw error;
  }
  holder.on('error', () => {});
  return holder;
};

const begin = (path, device, again) => {
  const raw = table.get(device);
  if (!raw && table.size >= TERMINALS) throw Object.assign(new Error('too many terminals are raw'), { code: 'EMFILE' });
  if (raw) {
    setMode(raw.holder, false); /* or Node would take it for raw, and do nothing */
    setMode(raw.holder, true); /* where this alone fails, the terminal has gone */
    if (!again) raw.count++;
  } else {
    table.set(device, { holder: holderOf(path), count: 1 });
  }
  watch();
};

/* One whose mode may not be set stays open: to close it sets the mode, too. */
const end = device => {
  const raw = table.get(device);
  if (!raw || --raw.count > 0) return;
  if (mayChange(device)) {
    giveBack(raw);
    raw.holder.destroy();
  }
  table.delete(device);
  if (table.size === 0) unwatch();
};

const shared = () => (process[OURS] ??= { begin, end });

/* Raw once more. `again`: the caller has it raw, and says so anew: whoever had the terminal meanwhile, as a shell, has set
 * another mode, which Node does not know of. Throws; with the code EMFILE where too many are raw. */
export const beginRaw = (path, device, again) => shared().begin(path, device, again);

/* And once less. */
export const endRaw = device => shared().end(device);
