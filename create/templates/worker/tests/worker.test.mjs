// What the browser is given: the page, the worker's script, and what that imports.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { serve } from '../serve.mjs';

const built = existsSync(new URL('../build/wasm/{{name}}.wasm', import.meta.url));

test('the page, the worker and what it imports are served', { skip: !built && 'npm run build:wasm comes first' }, async t => {
  const { url, close } = await serve({ port: 0 });
  t.after(close);
  const types = {
    '': 'text/html; charset=utf-8', 'worker.mjs': 'text/javascript', '{{name}}.mjs': 'text/javascript',
    '{{name}}.wasm': 'application/wasm', 'greenio/web/service-worker.mjs': 'text/javascript',
  };
  for (const [path, type] of Object.entries(types)) {
    const response = await fetch(url + path);
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get('content-type'), type);
    await response.arrayBuffer();
  }
});

test('nothing else is', async t => {
  const { url, close } = await serve({ port: 0 });
  t.after(close);
  for (const path of ['package.json', '..%2fpackage.json', '%2e%2e/package.json', 'greenio/web/../package.json', 'greenio/web/%2e%2e/%2e%2e/package.json', 'CMakeCache.txt', '%zz'])
    assert.ok([400, 404].includes((await fetch(url + path)).status), path);
});
