// Runs fuzz_sequences, and shrinks the sequence that fails: takes instructions out and makes operands
// smaller for as long as it still fails in some way, a crash or a hang included.
//
//   node shrink.mjs PROGRAM --seed FIRST --count N
//   node shrink.mjs PROGRAM --bytes HEX
//
// A PROGRAM that ends with .mjs is run by Node. The exit status is 0 when nothing failed.
import { spawnSync } from 'node:child_process';

const INSTRUCTION = 6; // bytes; a byte of flags stands before all

const [program, ...given] = process.argv.slice(2);
if (!program) {
  console.error('usage: node shrink.mjs PROGRAM --seed FIRST --count N | --bytes HEX');
  process.exit(2);
}

function run(args, timeout) {
  const [command, ...before] = program.endsWith('.mjs') ? [process.execPath, program] : [program];
  const { status, stdout, stderr } = spawnSync(command, [...before, ...args], {
    encoding: 'utf8', timeout, maxBuffer: 1 << 26,
  });
  if (status === 2) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return { failed: status !== 0, output: `${stdout}${stderr}` };
}

const bytesIn = output => /^--bytes ([0-9a-f]+)/m.exec(output)?.[1];
const valueOf = name => BigInt(given[given.indexOf(name) + 1] ?? 1);

// A crash does not say in which sequence: halves the range until there is one.
function findSeed() {
  let first = given.includes('--seed') ? valueOf('--seed') : 1n;
  let count = given.includes('--count') ? valueOf('--count') : 1n;
  while (count > 1n) {
    const half = count / 2n;
    const { failed, output } = run(['--seed', `${first}`, '--count', `${half}`]);
    if (bytesIn(output)) return bytesIn(output);
    if (!failed) first += half;
    count = failed ? half : count - half;
  }
  const printed = run(['--seed', `${first}`, '--print']).output;
  return bytesIn(printed);
}

const fails = bytes => run(['--bytes', bytes.toString('hex')], 20_000).failed;

function withoutInstructions(bytes) {
  for (let size = Math.ceil(bytes.length / INSTRUCTION / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 1; at < bytes.length;) {
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size * INSTRUCTION)]);
      if (fails(shorter)) bytes = shorter;
      else at += size * INSTRUCTION;
    }
  }
  return bytes;
}

function withSmallerBytes(bytes) {
  for (let at = 0; at < bytes.length; at++) {
    if (at % INSTRUCTION === 2) continue; // the operation
    for (const value of [0, 1, 2, 3, bytes[at] % 8]) {
      if (value >= bytes[at]) break;
      const smaller = Buffer.from(bytes);
      smaller[at] = value;
      if (!fails(smaller)) continue;
      bytes = smaller;
      break;
    }
  }
  return bytes;
}

function shrink(bytes) {
  for (;;) {
    const before = bytes.length;
    bytes = withoutInstructions(bytes);
    if (bytes.length === before) return bytes;
    bytes = withSmallerBytes(bytes);
  }
}

const first = run(given);
if (!first.failed) {
  process.stdout.write(first.output);
  process.exit(0);
}
const found = bytesIn(first.output) ?? findSeed();
const smallest = shrink(Buffer.from(found, 'hex'));
console.log(run(['--bytes', smallest.toString('hex'), '--verbose'], 20_000).output);
process.exit(1);
