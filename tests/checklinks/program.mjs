// Runs the checklinks program that is tested: CHECKLINKS in the environment is its path, native, for Windows, which Wine runs, or
// an ES module for Node.
import { spawn } from 'node:child_process';

const program = process.env.CHECKLINKS;
if (!program) throw new Error('set CHECKLINKS to the program to test: a native one, or checklinks.mjs');

export const isNode = program.endsWith('.mjs');
export const isForWindows = program.endsWith('.exe');
export const command = isNode ? [process.execPath, program] : isForWindows ? ['wine', program] : [program];

/** Starts it; `ended` gives {status, signal, stdout, stderr}. */
export function start(...args) {
  const child = spawn(command[0], [...command.slice(1), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const result = { stdout: '', stderr: '' };
  child.stdout.on('data', data => (result.stdout += data));
  child.stderr.on('data', data => (result.stderr += data));
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (isForWindows) for (const [name, text] of Object.entries(result)) result[name] = text.replaceAll('\r\n', '\n');
      resolve({ status, signal, ...result });
    });
  });
  return { child, ended };
}

export const run = (...args) => start(...args).ended;

/** A report in which the sites have fixed names, without what differs from run to run. */
export function comparable(text, sites) {
  for (const [name, url] of Object.entries(sites)) text = text.replaceAll(url, `http://${name}/`);
  return text
    .replace(/"seconds": [\d.]+, "most_tasks": \d+/, '"seconds": 0, "most_tasks": 0')
    .replace(/in [\d.]+ seconds, at most \d+ tasks/, 'in 0 seconds, at most 0 tasks');
}
