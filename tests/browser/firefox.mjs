// Firefox for tests: Debian's, headless, with an empty profile, over WebDriver BiDi. FIREFOX names another one.
import puppeteer from 'puppeteer-core';
import { Page, patience } from './pages.mjs';

const driverOf = page => ({
  goto: url => page.goto(url),
  reload: () => page.reload(),
  url: () => page.url(),
  evaluate: (source, argument) => page.evaluate(`(${source})(${JSON.stringify(argument)})`),
  async click(source) {
    const handle = await page.evaluateHandle(`(${source})()`);
    await handle.click();
  },
  async keys(list) {
    for (const [way, key] of list) await page.keyboard[way](key);
  },
  close: () => page.close(),
});

/* What it reports as the page's errors, and is of requests that fail: a page hears of these by fetch(). */
const ofRequests = /^(?:Error: )?(?:Cross-Origin Request Blocked|Security Error: Content at |The status line of the HTTP response is invalid)/;

/* A profile of its own, as Playwright's context; of a browser's own one `made` is undefined. */
function contextOf(profile, made) {
  const context = {
    async newPage() {
      const opened = await profile.newPage();
      const page = new Page(driverOf(opened), context);
      opened.on('pageerror', error => ofRequests.test(error.message) || page.emit('pageerror', error));
      opened.on('console', message => page.emit('console', message));
      return page;
    },
    async setOffline() {},
    close: async () => made?.close(),
  };
  return context;
}

export async function openFirefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    timeout: patience,
    protocolTimeout: patience,
    extraPrefsFirefox: {
      'app.update.auto': false,
      'browser.shell.checkDefaultBrowser': false,
      'datareporting.policy.dataSubmissionEnabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      'toolkit.telemetry.enabled': false,
    },
  });
  return {
    ...contextOf(browser),
    async newContext() {
      const made = await browser.createBrowserContext();
      return contextOf(made, made);
    },
    close: () => browser.close(),
  };
}
