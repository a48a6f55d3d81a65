// An application in WebAssembly that answers a page from a service worker, with the server there and without.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { lacksOf } from '../app/faces.mjs';
import { goTo, openSite, runCases } from './app-site.mjs';
import { browserName, expected, openBrowser, test } from './browsers.mjs';

let browser;
let site;
let page;

// A page whose worker is that script, in a profile of its own.
async function open(worker) {
  const opened = await (await browser.newContext()).newPage();
  await goTo(opened, site, worker);
  return opened;
}

before(async () => {
  site = await openSite();
  browser = await openBrowser();
  page = await open('app-worker.mjs');
  site.asked = [];
});
after(async () => {
  await browser?.close();
  site.close();
});

const get = path => page.evaluate(async path => {
  const response = await fetch(path);
  return [response.status, await response.text()];
}, path);

test('the worker answers, and the server is not asked', async () => {
  assert.deepEqual(await get('/hello'), [200, 'hello\n']);
  assert.deepEqual(await get('/wait?ms=5'), [200, 'waited\n']);
  assert.deepEqual(await get('/nothing'), [404, 'Not Found']);
  assert.deepEqual(await get('/peer'), [200, '0  0 0']);
  assert.equal((await get('/body'))[1].length, 65536);
  assert.deepEqual(site.asked, []);
});

// Firefox's requests have no `body` there.
test('a request\'s body comes whole, within max_body', async () => {
  const posting = await open('app-worker.mjs');
  const post = (path, size) => posting.evaluate(async ([path, size]) => {
    const response = await fetch(path, { method: 'POST', body: new Uint8Array(size) });
    return [response.status, (await response.arrayBuffer()).byteLength];
  }, [path, size]);
  for (const size of [300_000, 0, 1, 65_536, 5_000_000]) /* the first begins the program, and waits for that */ assert.deepEqual(await post('/echo', size), [200, size]);
  assert.equal((await post('/measure', 2_000_000))[0], 413);
  assert.equal((await post('/refuse', 2_000_000))[0], 403);
  assert.equal(await posting.evaluate(async () => (await fetch('/hello')).text()), 'hello\n');
  await posting.context().close();
  site.asked = [];
});

test('events reach an EventSource', async () => {
  const events = await page.evaluate(() => new Promise(resolve => {
    const got = [];
    const source = new EventSource('/events');
    source.addEventListener('count', ({ data }) => {
      if (got.push(data) < 3) return;
      source.close();
      resolve(got);
    });
  }));
  assert.deepEqual(events, ['0', '1', '2']);
});

test('the cancel of an answer that is not read ends its task', async () => {
  const cancelled = await page.evaluate(async () => {
    const counts = async () => (await (await fetch('/counts')).text()).split(' ').map(Number);
    const [, before] = await counts();
    const reader = (await fetch('/endless')).body.getReader();
    await reader.read();
    await reader.cancel();
    let [, now] = await counts();
    while (now === before) [, now] = await counts();
    return now - before;
  });
  assert.equal(cancelled, 1);
});

test('an answer that is not read holds the task back', async () => {
  const much = await page.evaluate(async () => {
    const much = async () => Number(await (await fetch('/how-much')).text());
    const reader = (await fetch('/endless')).body.getReader();
    await reader.read();
    let last; /* how much the browser itself takes ahead is its own affair: tens of megabytes */
    do {
      last = await much();
      await new Promise(resolve => setTimeout(resolve, 100));
    } while (last !== await much());
    await reader.cancel();
    return last;
  });
  assert.ok(much > 0);
});

// Chromium tells a worker of a client that goes away once the answer streams alone (tested above), and takes the
// bytes of a worker's header for Latin-1 twice.
test('the table of application tests', async context => {
  const asking = await open('cases-worker.mjs');
  const results = await runCases(asking, lacksOf(browserName));
  for (const { name, error, skipped } of results) {
    await context.test(name, { skip: skipped && `a page lacks: ${skipped}` }, expected(name, () => assert.equal(error, undefined)));
  }
  await asking.context().close();
  site.asked = [];
});

test('options of a server that nothing can honour here are refused by their names', async () => {
  const bare = await (await browser.newContext()).newPage();
  await bare.goto(`${site.base}/no-page`);
  const given = ['path=/x', 'share_port=1', 'max_connections=5', 'max_connections_per_address=5', 'max_head=5000', 'max_headers=5', 'idle_timeout=5', 'certificate=/x', 'key=/x'];
  const printed = await bare.evaluate(async given => {
    const { default: create } = await import('/web_host.mjs');
    const lines = [];
    for (const option of given) {
      await new Promise(resolve => create({ arguments: [option], printErr: () => {}, print: line => { lines.push(line); resolve(); } }));
    }
    return lines;
  }, given);
  given.forEach((option, i) => {
    const [name] = option.split('=');
    assert.equal(printed[i], `failed: ENOTSUP: ${name}: nothing listens here, where fetch() alone is answered`);
  });
  site.asked = [];
});

test('offline, the page and its application load again', async () => {
  site.close();
  await page.context().setOffline(true);
  await page.goto((await page.url()).split('?')[0]);
  await page.waitForFunction(() => document.getElementById('state').textContent !== 'loading');
  assert.equal(await page.locator('#state').textContent(), 'ready');
  assert.deepEqual(await get('/hello'), [200, 'hello\n']);
  assert.deepEqual(site.asked, []);
});
