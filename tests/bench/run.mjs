#!/usr/bin/env node
// The benchmark runner: ours and the peers in turn, several times, medians. Lines of JSON on
// stdout, progress and a summary for a person on stderr.
import { execFile } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs, promisify } from 'node:util';
import { benchmarks } from './benchmarks.mjs';
import { BuildError } from './build.mjs';
import { stopAll } from '../posix/servers.mjs';

const usage = `usage: ./dev bench [name ...] [--json FILE] [--rounds N]

Runs benchmarks against their peers and prints one JSON object a line. A name may be the beginning of
one ("native", "wasm.switch"); without a name all are run.

  --json FILE   writes the lines to FILE as well
  --rounds N    runs each side N times (7; those that measure memory fewer)
  --help        prints this

`;

const run = promisify(execFile);
const log = (text) => process.stderr.write(`${text}\n`);

class UsageError extends Error {}

function parseCommand(args) {
  const options = /** @type {const} */ ({ json: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean' } });
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  const rounds = Number(values.rounds ?? 7);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError('--rounds takes a number from 1 up');
  }
  return { ...values, rounds, selected: select(positionals) };
}

function names() {
  return benchmarks.map(({ name }) => `  ${name}`).join('\n');
}

function select(wanted) {
  const unknown = wanted.filter((text) => !benchmarks.some(({ name }) => name.startsWith(text)));
  if (unknown.length > 0) {
    const which = unknown.join(', ');
    throw new UsageError(`no benchmark's name begins with ${which}; there are\n${names()}`);
  }
  if (wanted.length === 0) return benchmarks;
  const direct = benchmarks.filter(({ name }) => wanted.some((text) => name.startsWith(text)));
  const members = direct.flatMap(({ medianOf = [] }) => medianOf);
  return benchmarks.filter((benchmark) => direct.includes(benchmark) || members.includes(benchmark.name));
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const rounded = (number, digits) => Number(number.toPrecision(digits));

async function sample([program, ...args]) {
  const { stdout, stderr } = await run(program, args.map(String));
  const number = Number.parseFloat(stdout);
  if (!(number > 0)) throw new Error(`${program} printed no figure: ${stdout}${stderr}`);
  return number;
}

// All sides of a benchmark, in turn, `rounds` times: ours first, then the peers in their order.
async function measure(benchmark, rounds) {
  const commands = [];
  for (const side of [benchmark.ours, ...benchmark.peers.map((peer) => peer.side)]) {
    commands.push(await side());
  }
  log(`running ${benchmark.name}`);
  const samples = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, command] of commands.entries()) samples[index].push(await sample(command));
  }
  return samples.map(median);
}

// A line for each peer, or the one line of a figure that has none.
function lines({ name, unit, peers }, host, medians) {
  const [ours, ...theirs] = medians;
  const common = { name, unit, ours: rounded(ours, 4) };
  if (peers.length === 0) return [{ ...common, peer: null, host }];
  return peers.map((peer, index) => ({
    ...common,
    peer: peer.name,
    theirs: rounded(theirs[index], 4),
    ratio: rounded(ours / theirs[index], 3),
    host,
  }));
}

// The same of a benchmark that stands for others: the medians of their ratios.
function medianLines({ name, unit, medianOf, peers }, host, rows) {
  return peers.map((peer) => {
    const ratios = rows.filter((row) => medianOf.includes(row.name) && row.peer === peer.name).map((row) => row.ratio);
    if (ratios.length < medianOf.length) throw new Error(`needs ${medianOf.join(', ')}`);
    const ratio = rounded(median(ratios), 3);
    return { name, unit, ours: ratio, peer: peer.name, theirs: 1, ratio, host };
  });
}

// What is to be reached: [what, the figure, the target] for our own figure and for each ratio.
function verdicts(benchmark, rows) {
  const all = [];
  if (benchmark.target) all.push([`${benchmark.unit}`, rows[0].ours, benchmark.target]);
  for (const [index, peer] of benchmark.peers.entries()) {
    if (peer.target) all.push([`of ${peer.name}`, rows[index].ratio, peer.target]);
  }
  return all.map(([what, figure, target]) => ({ name: benchmark.name, what, figure, target }));
}

function table(rows) {
  const cells = [['benchmark', 'ours', 'peer', 'theirs', 'ratio']];
  for (const { name, unit, ours, peer, theirs, ratio } of rows) {
    const against = peer === null ? ['', '', ''] : [peer, `${theirs} ${unit}`, ratio.toFixed(3)];
    cells.push([name, `${ours} ${unit}`, ...against]);
  }
  return columns(cells);
}

function columns(/** @type {any[][]} */ cells) {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) => row.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd())
    .join('\n');
}

function targetTable(all) {
  return columns(all.map(({ name, what, figure, target }) => {
    return [figure <= target ? 'met' : 'MISSED', name, `${figure} ${what}`, `to reach ${target}`];
  }));
}

const told = new Set();

// Benchmarks that need the same build fail by the same error; its log is shown once.
function reason(error) {
  if (!(error instanceof BuildError)) return error.stack;
  if (told.has(error)) return 'the same build';
  told.add(error);
  return error.message;
}

async function main(args) {
  const { selected, json, rounds, help } = parseCommand(args);
  if (help) {
    process.stdout.write(`${usage}The benchmarks:\n${names()}\n`);
    return 0;
  }
  if (json) writeFileSync(json, '');
  const [rows, targets, failed] = [[], [], []];
  for (const benchmark of selected) {
    try {
      const own = benchmark.medianOf ? medianLines(benchmark, await benchmark.host(), rows)
        : lines(benchmark, await benchmark.host(), await measure(benchmark, Math.min(rounds, benchmark.rounds ?? rounds)));
      for (const line of own) {
        const text = `${JSON.stringify(line)}\n`;
        process.stdout.write(text);
        if (json) appendFileSync(json, text);
      }
      rows.push(...own);
      targets.push(...verdicts(benchmark, own));
    } catch (error) {
      log(`${benchmark.name} failed: ${reason(error)}`);
      failed.push(benchmark.name);
    }
  }
  if (rows.length > 0) log(`\n${table(rows)}`);
  if (targets.length > 0) log(`\n${targetTable(targets)}`);
  if (failed.length > 0) log(`\nfailed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  log(`bench: ${error.message}`);
  process.exitCode = 2;
} finally {
  await stopAll();
}
