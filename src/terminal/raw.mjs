/* Which terminals are raw in Node, and how each is given its mode back, whoever ends the program: raw_posix.c's twin.
 *
 * A terminal that is raw has an entry, by its device, with a stream of Node's of its own, which nobody reads: Node sets a
 * mode by a stream alone, and gives back what it was when that stream has set it. Node itself gives back the mode of its
 * standard streams and of one more, at its exit and by its own handlers of SIGINT and SIGTERM, which are gone once
 * anybody has listened to one of these.
 */
import { require } from '../../wasm/node.mjs';
import { openTty } from './tty.mjs';

const MOST = 16;
/** @type {NodeJS.Signals[]} */
const ENDINGS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];
const OURS = Symbol.for('greenio.terminal'); /* marks listeners, of all programs in this process */

const table = new Map(); /* by device: { holder, count } */

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

/* Which terminal it is: /dev/tty has a number of its own, and is another one's. */
export const deviceOf = path => {
  const { rdev } = require('node:fs').statSync(path);
  return (path === '/dev/tty' && statusOfProcess().terminal) || rdev;
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

/* Who else listens to a signal has to close the terminal, as natively who has a handler. */
const onEnding = Object.assign(signal => {
  if (process.listeners(signal).some(listener => !(OURS in listener))) return;
  giveAllBack();
  unwatch();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}, { [OURS]: true });
const watch = () => {
  process.on('exit', giveAllBack);
  for (const signal of ENDINGS) process.on(signal, onEnding);
};
const unwatch = () => {
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

/* Raw once more. `again`: the caller has it raw, and says so anew: whoever had the terminal meanwhile, as a shell, has set
 * another mode, which Node does not know of. Throws; with the code EMFILE where too many are raw. */
export const beginRaw = (path, device, again) => {
  const raw = table.get(device);
  if (raw) {
    setMode(raw.holder, false);
    setMode(raw.holder, true);
    if (!again) raw.count++;
    return;
  }
  if (table.size >= MOST) throw Object.assign(new Error('too many terminals are raw'), { code: 'EMFILE' });
  const holder = holderOf(path);
  if (table.size === 0) watch();
  table.set(device, { holder, count: 1 });
};

/* And once less. */
export const endRaw = device => {
  const raw = table.get(device);
  if (!raw || --raw.count > 0) return;
  giveBack(raw);
  raw.holder.destroy();
  table.delete(device);
  if (table.size === 0) unwatch();
};
