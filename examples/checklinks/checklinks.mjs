// checklinks in Node: node checklinks.mjs [OPTION ...] URL
// Loads the module beside this file and shows progress on a terminal.
import create from './checklinks-module.mjs';

let shown = false;

function progress(line) {
  process.stderr.write(`\r${line}\x1b[K`);
  shown = true;
}

function clear() {
  if (shown) process.stderr.write('\r\x1b[K');
  shown = false;
}

const module = await create({
  arguments: process.argv.slice(2),
  thisProgram: 'checklinks',
  checklinks: process.stderr.isTTY ? { progress } : undefined,
  print(line) {
    clear();
    console.log(line);
  },
  printErr(line) {
    clear();
    console.error(line);
  },
});
process.exitCode = await module.green.main;
