// What a connection string names, in Node: what is not there says what is, and what stays.
//
//   node --test places.test.mjs        GREENIO_STATIONS is the example's module
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const stations = process.env.GREENIO_STATIONS;
const folder = mkdtempSync(join(tmpdir(), 'greenio-pg-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function run(place, program = stations) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, place], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('what Node does not have', () => {
  for (const place of ['idb:x', 'opfs:x']) {
    const { status, stderr } = run(place);
    assert.equal(status, 1);
    assert.match(stderr, /ENOTSUP: .* cannot be opened here: Node has memory:, file:PATH, and servers/);
  }
});

test('strings that make no sense', () => {
  assert.match(run('host=x nonsense=1').stderr, /EINVAL: "nonsense" is not known here/);
  assert.match(run('host x').stderr, /EINVAL: the connection string makes no sense from "host x" on/);
  assert.match(run('host=/nowhere user=x').stderr, /ECONNREFUSED/);
});

test('packages that are not installed are named', () => {
  const alone = join(folder, 'stations.mjs');
  copyFileSync(stations, alone);
  copyFileSync(stations.replace(/mjs$/, 'wasm'), alone.replace(/mjs$/, 'wasm'));
  assert.match(run('memory:', alone).stderr, /ENOTSUP: .*npm install @electric-sql\/pglite/);
  assert.match(run('postgres://localhost/', alone).stderr, /ENOTSUP: .*npm install pg"/);
});

test('a folder keeps what was written', () => {
  const place = `file:${join(folder, 'data')}`;
  const first = run(place);
  assert.equal(first.status, 0, first.stderr);
  const again = run(place); // filling it anew would break its keys
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /^Coldest night .* Zugspitze, 2023-12-15, -27\.7 °C$/m);
});
