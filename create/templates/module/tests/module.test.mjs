// The module in Node, as a page uses it; and that the page is served.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { serve } from '../serve.mjs';

const module = new URL('../build/wasm/{{name}}.mjs', import.meta.url);
const built = existsSync(module);
const unlessBuilt = { skip: !built && 'npm run build:wasm comes first' };

let green, server, url;
before(async () => {
  server = createServer((request, response) => {
    if (request.url === '/missing') response.writeHead(404).end('none');
    else response.end('a'.repeat(Number(request.url.slice(1))));
  });
  await new Promise(listening => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${server.address().port}/`;
  if (built) ({ green } = await (await import(module.href)).default());
});
after(() => server.close());

test('the size of a page, of several at once', unlessBuilt, async () => {
  const size = green.wrap('page_size', 'status', ['string']);
  assert.deepEqual(await Promise.all([3, 5, 0].map(bytes => size(`${url}${bytes}`))), [3, 5, 0]);
});

test('the sum of many', unlessBuilt, async () => {
  const urls = Array.from({ length: 20 }, (_, i) => `${url}${i}`).join(' ');
  assert.equal(await green.call('total_size', 'status', ['string'], [urls]), 190);
});

test('what is not there is told', unlessBuilt, async () => {
  await assert.rejects(green.call('total_size', 'status', ['string'], [`${url}1 ${url}missing`]), { code: 'ENOENT', message: /404/ });
});

test('the page is served', async () => {
  const { url: site, close } = await serve({ port: 0 });
  const page = await fetch(site);
  assert.match(page.headers.get('content-type'), /text\/html/);
  assert.match(await page.text(), /{{name}}\.mjs/);
  assert.equal((await fetch(`${site}nothing`)).status, 404);
  await close();
});
