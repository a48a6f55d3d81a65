// The browser that the tests of this folder run in: GREENIO_BROWSER says chromium, which it is without, firefox or webkit.
// Each gives as much of Playwright's pages as the tests use; what one is known to fail in stands in known.mjs.
import { basename } from 'node:path';
import { test as run } from 'node:test';
import { known, unrunnable } from './known.mjs';

const all = {
  chromium: ['Chromium', async () => (await import('../../examples/checklinks/browser.mjs')).openBrowser()],
  firefox: ['Firefox', async () => (await import('./firefox.mjs')).openFirefox()],
  webkit: ['WebKitGTK', async () => (await import('./webkit.mjs')).openWebKit()],
};

const word = process.env.GREENIO_BROWSER || 'chromium';
if (!all[word]) throw new Error(`GREENIO_BROWSER is ${word}, and not one of ${Object.keys(all).join(', ')}`);

/** As known.mjs and ../app/faces.mjs call it. */
export const browserName = all[word][0];
export const openBrowser = (which = word) => all[which][1]();

/** What a driver can have a page take its colours for: all but Playwright's the browser's own alone. */
export const colorSchemes = word === 'chromium' ? ['light', 'dark'] : ['light'];

const file = basename(process.argv[1]);
const ofFile = known[browserName][file] ?? {};
const notRun = unrunnable[browserName]?.[file] ?? {};

/** The body of a test or subtest: one that known.mjs has must fail, and is skipped with the reason. */
export const expected = (name, body) => async context => {
  const reason = ofFile[name];
  if (!reason) return body(context);
  const failure = await Promise.resolve().then(() => body(context)).then(() => null, error => error);
  if (!failure) throw new Error(`this passes in ${browserName} by now, and is to go from known.mjs`);
  context.skip(`${reason} (${String(failure.message ?? failure).split('\n')[0]})`);
};

export const test = (name, ...rest) => {
  const options = rest.length > 1 ? rest[0] : {};
  return run(name, { ...options, skip: options.skip || notRun[name] || false }, expected(name, rest.at(-1)));
};
