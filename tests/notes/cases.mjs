// What the example `notes` must answer wherever it is served: check(base, test) asks it over HTTP. The database is
// empty at first.
import assert from 'node:assert/strict';

const json = async response => {
  assert.match(response.headers.get('content-type'), /^application\/json/);
  return response.json();
};

export async function check(base, test) {
  const ask = (path, options) => fetch(base + path, options);
  const add = note => ask('/api/notes', { method: 'POST', body: JSON.stringify(note) });
  const page = async path => (await ask(path)).text();
  const form = fields => ({ method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

  await test('a note through the API: added, read, changed, deleted', async () => {
    const added = await add({ title: 'First', body: 'of them' });
    assert.equal(added.status, 201);
    const { id, created, changed, ...rest } = await json(added);
    assert.deepEqual(rest, { title: 'First', body: 'of them' });
    assert.equal(created, changed);
    assert.equal(added.headers.get('location'), `/api/notes/${id}`);
    const { title, body } = await json(await ask(`/api/notes/${id}`, { method: 'PUT', body: '{"title": "Last"}' }));
    assert.deepEqual([title, body], ['Last', 'of them']);
    assert.equal((await json(await ask(`/api/notes/${id}`))).title, 'Last');
    assert.equal((await ask(`/api/notes/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await ask(`/api/notes/${id}`)).status, 404);
    assert.deepEqual(await json(await ask('/api/notes')), []);
  });

  await test('what cannot be is refused with a sentence', async () => {
    const refused = [
      [400, await ask('/api/notes', { method: 'POST', body: '{' })],
      [400, await ask('/api/notes', { method: 'POST', body: '{"title": "a\\u0000b"}' })],
      [422, await add({ body: 'no title' })],
      [422, await add({ title: '   ' })],
      [422, await add({ title: 'x'.repeat(201) })],
      [422, await add({ title: 'x', body: 'y'.repeat(100_001) })],
      [404, await ask('/api/notes/99999', { method: 'PUT', body: '{}' })],
      [404, await ask('/api/notes/99999', { method: 'DELETE' })],
      [404, await ask('/api/notes/one')],
    ];
    for (const [status, response] of /** @type {[number, Response][]} */ (refused)) {
      assert.equal(response.status, status);
      assert.match((await json(response)).error, /^[A-Z].*\.$/);
    }
    assert.equal((await ask('/api/notes', { method: 'POST', body: 'x'.repeat(1 << 21) })).status, 413);
    assert.equal((await ask('/api/notes', { method: 'PATCH' })).status, 405);
  });

  await test('full-text search: by stem, phrase and exclusion, titles first, with what was found marked', async () => {
    await add({ title: 'Foxes', body: 'jump over dogs' });
    await add({ title: 'Dogs', body: 'were lazy; a quick brown fox jumped' });
    await add({ title: 'Cats', body: 'sleep' });
    const titles = async q => (await json(await ask(`/api/notes?q=${encodeURIComponent(q)}`))).map(({ title }) => title);
    assert.deepEqual(await titles('fox'), ['Foxes', 'Dogs']);
    assert.deepEqual((await titles('jumping dog')).sort(), ['Dogs', 'Foxes']);
    assert.deepEqual(await titles('"quick brown"'), ['Dogs']);
    assert.deepEqual(await titles('fox -lazy'), ['Foxes']);
    assert.deepEqual(await titles('nothing like it'), []);
    assert.deepEqual(await titles('\'"&|!:*('), []);
    const html = await page('/?q=jumped');
    for (const found of ['2 found for “jumped”', '<mark>jump</mark> over dogs', 'brown fox <mark>jumped</mark>']) assert.ok(html.includes(found), found);
  });

  await test('pages: a note added, changed and deleted by forms', async () => {
    const added = await ask('/notes', form({ title: 'By hand', body: 'line one\nline two' }));
    assert.equal(added.status, 303);
    const path = added.headers.get('location');
    assert.match(await page(path), /<h1>By hand<\/h1>[^]*line one\r?\nline two<\/textarea>/);
    assert.equal((await ask(path, form({ title: 'Changed', body: '' }))).status, 303);
    assert.match(await page('/'), new RegExp(`<a href="\\./${path.slice(1)}">Changed</a>`));
    assert.equal((await ask(`${path}/delete`, form({}))).headers.get('location'), '/');
    const gone = await ask(path);
    assert.equal(gone.status, 404);
    assert.match(await gone.text(), /There is no such note/);
    assert.equal((await ask('/notes', form({ title: '', body: '' }))).status, 422);
    assert.equal((await ask('/notes', form({ other: '' }))).status, 400);
  });

  await test('texts are escaped wherever they are shown', async () => {
    const evil = '"><script>alert(1)</script>\'&';
    const added = await json(await add({ title: evil, body: `fox ${evil}` }));
    for (const path of ['/', `/notes/${added.id}`, `/?q=${encodeURIComponent(evil)}`, '/?q=fox']) {
      const html = await page(path);
      assert.doesNotMatch(html, /<script>alert|"><script/, path);
    }
    assert.match(await page(`/notes/${added.id}`), /value="&quot;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;&#39;&amp;"/);
    await ask(`/api/notes/${added.id}`, { method: 'DELETE' });
  });

  await test('an event for each change', async () => {
    const stop = new AbortController();
    const events = await ask('/api/changes', { signal: stop.signal });
    assert.match(events.headers.get('content-type'), /^text\/event-stream/);
    const reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
    await add({ title: 'Told' });
    let text = '';
    while (!/event: changed\n/.test(text)) text += (await reader.read()).value;
    stop.abort();
  });

  await test('changes that another site asks for are refused, reads are not', async () => {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example' }, { origin: 'null' }]) {
      assert.equal((await ask('/notes', { ...form({ title: 'Forged', body: '' }), headers })).status, 403);
    }
    assert.equal((await ask('/', { headers: { 'sec-fetch-site': 'cross-site' } })).status, 200);
    const own = { headers: { origin: base, 'sec-fetch-site': 'same-origin' } };
    assert.equal((await ask('/notes', { ...form({ title: 'Own', body: '' }), ...own })).status, 303);
    assert.doesNotMatch(await page('/'), /Forged/);
    const { headers } = await ask('/');
    assert.match(headers.get('content-security-policy'), /default-src 'self'/);
  });
}
