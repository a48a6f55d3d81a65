// An application whose / is the folder of its service worker's scope: `scoped` of serveApplication().
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { lacksOf } from '../app/faces.mjs';
import { goTo, openSite, runCases } from './app-site.mjs';
import { browserName, expected, openBrowser, test } from './browsers.mjs';

const folder = '/some/site/';
const other = '/some/other/'; // has the same application

let browser;
let site;
let profile;
let page;
let below; // the URL of the folder

before(async () => {
  site = await openSite([folder, other]);
  browser = await openBrowser();
  profile = await browser.newContext();
  page = await profile.newPage();
  await goTo(page, site, 'app-worker.mjs?scoped', folder);
  below = site.base + folder;
  site.asked = [];
});
after(async () => {
  await browser?.close();
  site.close();
});

/* What was asked of the site since the last time, but for what a browser looks at anew when it pleases: a worker's script, and the icon of a page that is gone to. */
const asked = () => site.asked.splice(0).filter(path => !/\.(mjs|wasm|ico)$/.test(path));

/* [status, text, the URL that it came from at last] of a URL that is relative to the page's. */
const get = url => page.evaluate(async url => {
  const response = await fetch(url);
  return [response.status, await response.text(), response.url];
}, url);
const found = path => [404, 'Not Found', below + path];
const hello = [200, 'hello\n'];

test('the folder is the application\'s root, and outside of it is the network', async () => {
  assert.deepEqual((await get('hello')).slice(0, 2), hello);
  assert.deepEqual(await get('nothing'), found('nothing'));
  assert.deepEqual(await get('.'), found(''));
  assert.deepEqual(await get('some/site/hello'), found('some/site/hello'));
  assert.deepEqual(asked(), []);
  assert.deepEqual((await get('/hello')).slice(0, 2), [404, 'not here']);
  assert.deepEqual((await get('/some/hello')).slice(0, 2), [404, 'not here']);
  assert.deepEqual(asked(), ['/hello', '/some/hello']);
});

test('a Location that is a path is one of the folder\'s, any other is as it is', async () => {
  const to = url => get(`moved?to=${encodeURIComponent(url)}`);
  assert.deepEqual(await to('/hello'), [...hello, `${below}hello`]);
  assert.deepEqual(await to('/hello?a=/b'), [...hello, `${below}hello?a=/b`]);
  assert.deepEqual(await to('/'), found(''));
  assert.deepEqual(await to('hello'), [...hello, `${below}hello`]);
  assert.deepEqual(await to('?to=/hello'), [...hello, `${below}hello`]);
  assert.deepEqual(await to(`${below}hello`), [...hello, `${below}hello`]);
  assert.deepEqual(asked(), []);
  const outside = `${site.base}/hello`;
  assert.deepEqual(await to(outside), [404, 'not here', outside]);
  assert.deepEqual(await to(outside.replace('http:', '')), [404, 'not here', outside]);
  assert.deepEqual(asked(), ['/hello', '/hello']);
});

test('a page that is gone to is redirected so too', async () => {
  const gone = await profile.newPage();
  await gone.goto(`${below}moved?to=/hello`);
  assert.equal(await gone.url(), `${below}hello`);
  assert.equal(await gone.evaluate(() => document.body.textContent), 'hello\n');
  await gone.close();
});

test('`answers` has the URL without the folder', async () => {
  assert.deepEqual((await get('network')).slice(0, 2), [404, 'not here']);
  assert.deepEqual(asked(), [`${folder}network`]);
});

test('a body, and an answer in pieces', async () => {
  const echoed = await page.evaluate(async () => (await (await fetch('echo', { method: 'POST', body: new Uint8Array(300_000) })).arrayBuffer()).byteLength);
  assert.equal(echoed, 300_000);
  assert.match((await get('events'))[1], /data: 0\n\n[^]*data: 2\n\n/);
});

test('the table of application tests', async context => {
  const asking = await (await browser.newContext()).newPage();
  await goTo(asking, site, 'cases-worker.mjs?scoped', folder);
  for (const { name, error, skipped } of await runCases(asking, lacksOf(browserName))) {
    await context.test(name, { skip: skipped && `a page lacks: ${skipped}` }, expected(name, () => assert.equal(error, undefined)));
  }
  await asking.context().close();
  site.asked = [];
});

test('two folders of an origin have an application each, and keep what is theirs', async () => {
  const beside = await profile.newPage();
  await goTo(beside, site, 'app-worker.mjs?scoped', other);
  const seen = await beside.evaluate(async () => [await (await fetch('hello')).text(), (await fetch('moved?to=/hello')).url, (await caches.keys()).sort()]);
  assert.deepEqual(seen, ['hello\n', `${site.base}${other}hello`, [`greenio:${other}:1`, `greenio:${folder}:1`]]);
  await beside.close();
  assert.deepEqual((await get('hello')).slice(0, 2), hello);
});

test('a scope that is no folder is refused', async () => {
  const register = query => page.evaluate(async query => {
    try {
      const registration = await navigator.serviceWorker.register(`app-worker.mjs${query}`, { type: 'module', scope: 'app' });
      await registration.unregister();
      return 'registered';
    } catch (error) {
      return error.name;
    }
  }, query);
  assert.equal(await register(''), 'registered');
  assert.equal(await register('?scoped'), 'TypeError'); // all that a page is told of a worker's script that throws
});

test('offline, the page and its application load again', async () => {
  site.close();
  await profile.setOffline(true);
  await page.goto(`${below}app.html`);
  await page.waitForFunction(() => document.getElementById('state').textContent !== 'loading');
  assert.deepEqual(await get('moved?to=/hello'), [...hello, `${below}hello`]);
});
