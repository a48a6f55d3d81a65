// The program for the other host, which another build made, and which does not run on every machine that sees its file:
// under a newer system's root, for one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const commandOf = program => (program.endsWith('.mjs') ? [process.execPath, program] : [program]);

/**
 * What to say where it is passed over: `arguments` have it end at once if it runs at all.
 * @returns {string | false}
 */
export function whyNot(program, ...args) {
  if (!program || !existsSync(program)) return 'the program for the other host is not built';
  const [command, ...first] = commandOf(program);
  const { error, status, stderr } = spawnSync(command, [...first, ...args], { encoding: 'utf8', timeout: 60000 });
  if (!error && status !== 127) return false;
  return `the program for the other host does not run here: ${error?.message ?? stderr.trim()}`;
}
