// The figures of the site: what a run of some benchmarks changes, and what each is said to be of.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { figuresPage, merge } from '../../site/figures.mjs';

const line = (name, ours, peer = 'st') => ({ name, unit: 'ns', ours, peer, theirs: 2, ratio: ours / 2, host: 'here' });
const old = { processor: 'an old one' };
const newer = { processor: 'a newer one', compiler: 'cc 14' };
const names = ['native.switch', 'native.spawn', 'wasm.call'];
const known = {
  sets: [{ day: '2026-01-02', machine: old }],
  lines: [{ ...line('wasm.call', 5), set: 0 }, { ...line('native.switch', 3), set: 0 }, { ...line('native.switch', 3, 'go'), set: 0 }, { ...line('dropped', 1), set: 0 }],
};

test('a run replaces the benchmarks that it measured, whole; the others keep their day and machine', () => {
  const made = merge(known, { day: '2026-03-04', machine: newer, lines: [line('native.switch', 4), line('native.spawn', 6)] }, names);
  assert.deepEqual(made.lines.map(({ name, ours, peer, set }) => [name, ours, peer, made.sets[set].day]), [
    ['native.switch', 4, 'st', '2026-03-04'], ['native.spawn', 6, 'st', '2026-03-04'], ['wasm.call', 5, 'st', '2026-01-02'],
  ]);
  assert.deepEqual(made.sets.map(({ machine }) => machine), [old, newer]);
});

test('where nothing is left of a day, it goes; two runs of a day on one machine are one', () => {
  const first = merge(known, { day: '2026-03-04', machine: newer, lines: [line('native.switch', 4)] }, names);
  const second = merge(first, { day: '2026-03-04', machine: newer, lines: [line('wasm.call', 7)] }, names);
  assert.deepEqual(second.sets, [{ day: '2026-03-04', machine: newer }]);
  assert.deepEqual(second.lines.map(({ name, set }) => [name, set]), [['native.switch', 0], ['wasm.call', 0]]);
});

test('the page says of which machine a figure is where there are several, and else says it once', () => {
  const one = figuresPage(known);
  assert.match(one, /2026-01-02/);
  assert.doesNotMatch(one, /run 1/);
  const several = figuresPage(merge(known, { day: '2026-03-04', machine: newer, lines: [line('native.switch', 4)] }, names));
  assert.match(several, /<figcaption>[^]*native\.switch<\/code>; here; 2026-03-04, run 2\./);
  assert.match(several, /<code>wasm\.call<\/code><\/th>.*<td>2026-01-02, run 1<\/td>/);
  assert.match(several, /<th scope="row">compiler<\/th><td><\/td><td>cc 14<\/td>/);
});

test('the figures that are kept are of benchmarks that there are, and the page can be made of them', async () => {
  const { benchmarks } = await import('../bench/benchmarks.mjs');
  const figures = JSON.parse(readFileSync(new URL('../../site/figures.json', import.meta.url), 'utf8'));
  for (const { name, set } of figures.lines) {
    assert.ok(benchmarks.some(benchmark => benchmark.name === name), name);
    assert.ok(figures.sets[set], name);
  }
  assert.match(figuresPage(figures), /<svg /);
});
