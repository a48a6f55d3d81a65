// Runs the cases against a program: node run.mjs PROGRAM
import { connect } from 'node:net';
import { run } from './cases.mjs';
import { lacksOf } from './faces.mjs';
import { withProgram } from './program.mjs';

const [program] = process.argv.slice(2);
const lacks = lacksOf(program.endsWith('.mjs') ? 'Node' : 'native');

// Sends bytes, and gives all that comes back.
function exchange(url, bytes) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(url.port, url.hostname, () => socket.write(bytes, 'latin1'));
    socket.setEncoding('latin1');
    socket.on('data', data => { text += data; });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

await withProgram(program, async base => {
  const url = new URL(base);
  const results = await run({ base, lacks, connect: bytes => exchange(url, bytes) });
  for (const { name, error, skipped } of results) {
    if (skipped && !skipped.startsWith('no-')) console.log(`${name}: left out, since this host lacks: ${skipped}`);
    if (error) console.log(`${name}: FAILED: ${error.cause ?? error.stack}`);
  }
  const failed = results.filter(({ error }) => error).length;
  const left = results.filter(({ skipped }) => skipped).length;
  console.log(`${results.length - failed - left} passed, ${failed} failed`);
  return failed;
});
