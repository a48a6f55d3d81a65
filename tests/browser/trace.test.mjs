// What a trace puts onto the performance timeline of a page of Chromium, as the page reads it back, as DevTools would record
// it, and as the engine of its performance panel makes tracks of that.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serveProgram } from './program.mjs';
import { recordTrace, tracksOf } from './record.mjs';

const server = createServer(serveProgram('trace'));
let browser, recorded;
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  browser = await openBrowser();
  recorded = await recordTrace(browser, `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`);
});
after(async () => {
  await browser?.close();
  server.close();
});

const named = ({ detail }) => detail.devtools.track.replace(/^task \d+ ?/, '');

test('the page reads back what measure() has put there', () => {
  const { count, measures, now } = recorded;
  assert.ok(count > 10);
  assert.equal(measures.length, count);
  for (const { detail, startTime, duration } of measures) {
    assert.equal(detail.devtools.dataType, 'track-entry');
    assert.equal(detail.devtools.trackGroup, 'greenio');
    assert.ok(startTime >= 0 && duration >= 0 && startTime + duration <= now);
  }
  const wait = measures.find(entry => entry.name === 'waits: lock' && named(entry) === 'second');
  const holder = measures.find(entry => entry.name === 'waits: sleep' && named(entry) === 'first');
  assert.ok(holder.duration >= 1.9, `${holder.duration}`); // of 2 ms
  assert.ok(holder.startTime <= wait.startTime + wait.duration);
  assert.ok(wait.startTime + wait.duration + 0.001 >= holder.startTime + holder.duration, JSON.stringify({ wait, holder }));
});

// What is shorter than a step of the page's clock has no length: it is recorded as a moment, which the panel leaves out.
const recordedAs = phases => recorded.events.filter(({ cat, ph }) => cat.split(',').includes('blink.user_timing') && phases.includes(ph));

test('a recording of the DevTools protocol has the entries, each with its track', () => {
  const details = recordedAs('bn').filter(({ args }) => args.detail).map(({ name, args }) => ({ name, ...JSON.parse(args.detail).devtools }));
  const told = ({ name, track }) => `${track}: ${name}`;
  assert.deepEqual(details.map(told).sort(), recorded.measures.map(({ name, detail }) => told({ name, ...detail.devtools })).sort());
});

test("the engine of Chrome's performance panel makes tracks of them", async () => {
  const groups = await tracksOf(recorded.events);
  const ours = groups.filter(({ isTrackGroup, name }) => isTrackGroup && name === 'greenio');
  assert.equal(ours.length, 1);
  const tracks = Object.entries(ours[0].entriesByTrack).map(([title, entries]) => ({ title: title.replace(/^task \d+ ?/, ''), entries: /** @type {any[]} */ (entries) }));
  const of = wanted => tracks.find(({ title }) => title === wanted)?.entries.map(({ name }) => name);
  for (const title of ['loop', 'first', 'second', 'worker']) assert.ok(of(title), title);
  assert.ok(of('loop').includes('turn'));
  assert.ok(of('first').includes('waits: sleep'));
  assert.ok(of('second').includes('waits: lock'));
  assert.ok(of('worker').includes('work of a job'));
  assert.equal(tracks.reduce((sum, { entries }) => sum + entries.length, 0), recordedAs('b').length);
});
