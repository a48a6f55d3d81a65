#!/usr/bin/env node
// The benchmarks as plots: bars beside those of the peers, as SVG that is made when the site is, and the same figures as a
// table. The figures are site/figures.json, into which this puts what `./dev bench [NAME ...] --json FILE` has written:
//
//   node site/figures.mjs FILE ...
//
// A benchmark that is in FILE takes the place of what was known of it, all its peers at once; others keep what they have.
// Each knows the day on which it was measured (that of FILE) and the machine and tools, which are those of who calls this.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { escape } from './page.mjs';

// What each is about; a plot a benchmark, in this order. Those that are not here are not shown.
const subjects = /** @type {[string, string[][]][]} */ ([
  ['Natively', [
    ['native.switch', 'Switching to another task'],
    ['native.spawn', 'Beginning and ending a task'],
    ['native.pingpong', 'A message to another task by a channel, and one back'],
    ['native.parked', 'Memory of a task that is parked'],
    ['http.hello.cpu', 'A request to an HTTP server: the server\'s own processor time'],
    ['http.wait.cpu', 'The same, where each request waits before it is answered'],
    ['tls.echo', 'A message over TLS: the server\'s own processor time'],
    ['ws.echo', 'A WebSocket message of 512 bytes: the server\'s own processor time'],
  ]],
  ['In WebAssembly, in Node', [
    ['wasm.switch.depth4', 'Switching between tasks that are four calls deep, on Asyncify'],
    ['wasm.switch.depth4.jspi', 'The same, on JSPI'],
    ['wasm.promise', 'C that waits for a promise which is there already, on Asyncify'],
    ['wasm.promise.jspi', 'The same, on JSPI'],
    ['wasm.call', 'JavaScript calls C in a task of its own, on Asyncify'],
    ['wasm.http.hello', 'A request to an HTTP server in Node'],
    ['wasm.parked', 'Memory of a task that is parked, on Asyncify'],
    ['wasm.size', 'What a program weighs, on Asyncify'],
  ]],
]);

/** What the machine and the tools are. */
function machine() {
  const version = (command, ...args) => {
    try {
      return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0].trim();
    } catch {
      return 'none';
    }
  };
  const cpus = os.cpus();
  const virtual = /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return {
    processor: `${cpus[0].model.trim()}, ${cpus.length} of its processors${virtual ? ', in a virtual machine' : ''}`,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${/PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]}, Linux ${os.release().replace(/-.*/, '')}`,
    compiler: version('cc', '--version'),
    libuv: version('pkg-config', '--modversion', 'libuv'),
    emscripten: version('emcc', '-dumpversion'),
  };
}

/** @typedef {{name: string, unit: string, ours: number, peer: string?, theirs?: number, ratio?: number, host: string, set: number}} Line */
/** @typedef {{day: string, machine: Record<string, string>}} Measurement when and where lines were measured, which have its index */
/** @typedef {{sets: Measurement[], lines: Line[]}} Figures */

/**
 * The figures with those of a run in them. `names`: the benchmarks that there are, in their order; others are dropped.
 * @param {Figures} known
 * @param {{day: string, machine: Record<string, string>, lines: Omit<Line, 'set'>[]}} run
 * @param {string[]} names
 * @returns {Figures}
 */
export function merge(known, { day, machine, lines }, names) {
  const sets = [...known.sets, { day, machine }];
  const measured = new Set(lines.map(({ name }) => name));
  const all = [...known.lines.filter(({ name }) => !measured.has(name)), ...lines.map(line => ({ ...line, set: sets.length - 1 }))]
    .filter(({ name }) => names.includes(name))
    .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  // What nothing is left of goes, and equal ones are one.
  const texts = sets.map(set => JSON.stringify(set));
  const used = texts.filter((text, index) => texts.indexOf(text) === index && all.some(line => texts[line.set] === text));
  return { sets: used.map(text => JSON.parse(text)), lines: all.map(line => ({ ...line, set: used.indexOf(texts[line.set]) })) };
}

const linesOf = file => readFileSync(file, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line));

async function put(files) {
  const to = fileURLToPath(new URL('figures.json', import.meta.url));
  const { benchmarks } = await import('../tests/bench/benchmarks.mjs');
  const names = benchmarks.map(({ name }) => name);
  let figures = JSON.parse(readFileSync(to, 'utf8'));
  for (const file of files) figures = merge(figures, { day: statSync(file).mtime.toISOString().slice(0, 10), machine: machine(), lines: linesOf(file) }, names);
  writeFileSync(to, `${JSON.stringify(figures, null, 1)}\n`);
}

const shownUnit = { ns: 'ns', bytes: 'bytes', s: 's' };
const number = value => Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 3 });

function plot(title, unit, rows) {
  const [width, left, line, right] = [720, 270, 28, 90];
  const most = Math.max(...rows.map(({ value }) => value));
  const bars = rows.map(({ name, value, own }, index) => {
    const y = index * line;
    const length = Math.max(1, value / most * (width - left - right));
    return `<text x="${left - 10}" y="${y + 18}" text-anchor="end"${own ? ' class="strong"' : ''}>${escape(name)}</text>`
      + `<rect class="${own ? 'ours' : 'other'}" x="${left}" y="${y + 4}" width="${length.toFixed(1)}" height="20"/>`
      + `<text x="${left + length + 6}" y="${y + 18}">${number(value)} ${unit}</text>`;
  });
  const text = rows.map(({ name, value }) => `${name} ${number(value)} ${unit}`).join(', ');
  return `<svg viewBox="0 0 ${width} ${rows.length * line}" width="${width}" height="${rows.length * line}" role="img" aria-label="${escape(`${title}: ${text}`)}">${bars.join('')}</svg>`;
}

// Where and when: said with each figure as soon as not all are of one day and machine.
const place = ({ sets }, set) => (sets.length > 1 ? `${sets[set].day}, run ${set + 1}` : '');

function figure(title, name, figures) {
  const own = figures.lines.filter(line => line.name === name);
  if (!own.length) return '';
  const unit = shownUnit[own[0].unit] ?? own[0].unit;
  const rows = [{ name: 'greenio', value: own[0].ours, own: true }, ...own.filter(({ peer }) => peer).map(({ peer, theirs }) => ({ name: peer, value: theirs, own: false }))];
  const from = [...new Set(own.map(({ host }) => host)), place(figures, own[0].set)].filter(Boolean).join('; ');
  return `<figure><h3 id="${name}">${escape(title)}</h3>
${plot(title, unit, rows)}
<figcaption>Shorter is better. <code>./dev bench ${name}</code>; ${escape(from)}.</figcaption></figure>`;
}

// One machine, or several, each with what differs.
function machines(sets) {
  const facts = [...new Set(sets.flatMap(({ machine }) => Object.keys(machine)))];
  const row = (name, values) => `<tr><th scope="row">${name}</th>${values.map(value => `<td>${escape(value ?? '')}</td>`).join('')}</tr>`;
  const head = sets.length > 1 ? `<thead><tr><td></td>${sets.map((_, index) => `<th scope="col">run ${index + 1}</th>`).join('')}</tr></thead>` : '';
  const rows = [row('measured', sets.map(({ day }) => day)), ...facts.map(name => row(name, sets.map(({ machine }) => machine[name])))];
  return `<div class="scroll" tabindex="0"><table><caption>The machine, and what all was built with</caption>${head}<tbody>${rows.join('')}</tbody></table></div>`;
}

/**
 * The body of the page.
 * @param {Figures} figures
 */
export function figuresPage(figures) {
  const { sets, lines } = figures;
  const all = subjects.map(([part, list]) => {
    const made = list.map(([name, title]) => figure(title, name, figures)).filter(Boolean);
    return made.length ? `<h2>${part}</h2>\n${made.join('\n')}` : '';
  });
  const several = sets.length > 1;
  const rows = lines.map(({ name, unit, ours, peer, theirs, ratio, host, set }) => `<tr><th scope="row"><code>${escape(name)}</code></th><td class="number">${number(ours)} ${shownUnit[unit] ?? unit}</td>`
    + `<td>${peer ? escape(peer) : ''}</td><td class="number">${peer ? `${number(theirs)} ${shownUnit[unit] ?? unit}` : ''}</td><td class="number">${peer ? ratio : ''}</td><td>${escape(host)}</td>`
    + `${several ? `<td>${place(figures, set)}</td>` : ''}</tr>`).join('\n');
  return `<h1>Figures</h1>
<p>greenio beside others that do the same: medians of several runs of each side in turn, by <code>./dev bench</code>. They compare on
one machine and say little of another one; “ideal” is a floor that is written for the one task, and does nothing else. Bars are time or
memory, so shorter is better, and each begins at 0.</p>
${machines(sets)}
${all.join('\n')}
<h2 id="all">All figures</h2>
<div class="scroll" tabindex="0"><table><caption>The ratio is greenio's by the peer's</caption><thead><tr><th scope="col">Benchmark</th><th scope="col" class="number">greenio</th><th scope="col">Peer</th><th scope="col" class="number">Peer's</th><th scope="col" class="number">Ratio</th><th scope="col">Host</th>${several ? '<th scope="col">Measured</th>' : ''}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await put(process.argv.slice(2));
