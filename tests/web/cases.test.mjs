// The table of application tests, asked through module.green.app.fetch(). (Over node:http it is the test app.cases.)
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cases, run } from '../app/cases.mjs';
import { lacksOf } from '../app/faces.mjs';

const folder = mkdtempSync(join(tmpdir(), 'greenio-web-'));
let module;
before(async () => {
  const { default: create } = await import(process.env.APP_SERVE);
  module = await create({ arguments: [join(folder, 'files')], print: () => {}, printErr: () => {} });
  await module.green.app.ready;
});
after(async () => {
  process.kill(process.pid, 'SIGTERM');
  assert.equal(await module.green.main, 0);
  rmSync(folder, { recursive: true });
});

// As the global one, which follows redirects.
async function ask(url, options) {
  const response = await module.green.app.fetch(url, options);
  const { status, headers } = response;
  return [301, 302, 303].includes(status) ? ask(new URL(headers.get('location'), url).href, options) : response;
}

test('every case', async context => {
  const results = await run({ base: 'http://app.example', fetch: ask, lacks: lacksOf('fetch()') });
  assert.equal(results.length, cases.length);
  for (const { name, error, skipped } of results) {
    await context.test(name, { skip: skipped && `this host lacks: ${skipped}` }, () => assert.ifError(error));
  }
});
