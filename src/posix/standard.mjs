/* What a program's descriptors 0, 1 and 2 and /dev/tty are, in the place of Emscripten's own: a terminal that its JavaScript
 * gives (the factory's option greenTerminal); in Node what the process has; else an input that is given (greenStdin).
 * Whoever gives the factory `print`, or loads the module in Node as a part of another program, keeps Emscripten's outputs.
 */
import { inNode, require } from '../../wasm/node.mjs';
import { Input } from './input.mjs';
import { controllingLine, givenLine, processLine } from './lines.mjs';
import { Output } from './output.mjs';
import { Terminal } from './terminal.mjs';

/* Emscripten keeps a line that has no end yet. */
const takeOver = (FS, files, fd, thing) => {
  const { tty } = FS.getStream(fd);
  files.replace(fd, thing);
  const left = tty?.output?.splice(0);
  if (left?.length) thing.write(Uint8Array.from(left));
};

/* Gives what opens /dev/tty; null: no descriptor is a terminal. */
const ofNode = (world, FS, files, isProgram) => {
  const { isatty, WriteStream } = require('node:tty');
  const { stdout, stderr } = process;
  const number = [0, 1, 2].find(fd => isatty(fd));
  const output = number === undefined ? null : isatty(1) ? stdout : isatty(2) ? stderr : new WriteStream(0);
  const make = () => new Terminal(world, processLine(number, output));
  let terminal = output && make();
  const reopen = output && (() => (terminal.hungUp ? (terminal = make()) : terminal)); /* of all descriptors the last was closed */
  if (FS.getStream(0)) files.replace(0, isatty(0) ? terminal : new Input(world, FS, FS.getStream(0), null));
  if (!isProgram) return reopen;
  for (const fd of [1, 2]) {
    if (FS.getStream(fd)) takeOver(FS, files, fd, isatty(fd) ? terminal : new Output(world, fd, [stdout, stderr][fd - 1]));
  }
  return reopen;
};

/* Of a process whose descriptors are none; all who have it open in this instance share it. */
const makeControlling = world => {
  let terminal = null;
  return () => {
    if (terminal?.count) return terminal;
    const line = controllingLine();
    terminal = line && new Terminal(world, line);
    return terminal;
  };
};

export const makeStandard = (world, FS, files, Module) => {
  const { greenTerminal, greenStdin } = Module;
  if (greenTerminal) {
    const terminal = new Terminal(world, givenLine(greenTerminal));
    for (const fd of [0, 1, 2]) if (FS.getStream(fd)) takeOver(FS, files, fd, terminal);
    files.name('/dev/tty', () => terminal);
    return;
  }
  const own = greenStdin && FS.getStream(0);
  if (own) files.replace(0, new Input(world, FS, own, greenStdin));
  if (!inNode || greenStdin) return;
  files.name('/dev/tty', ofNode(world, FS, files, Module.greenProgram === true) ?? makeControlling(world));
};

