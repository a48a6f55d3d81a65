// Chromium for the demo and the tests: headless, with an empty profile, and quiet on the network.
import { chromium } from 'playwright-core';

// Long enough for a machine on which all is slow; Playwright's own is 30 s.
const patience = 240_000;

export async function openBrowser() {
  const browser = await chromium.launch({
    timeout: patience,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const newPage = browser.newPage.bind(browser);
  browser.newPage = async options => {
    const page = await newPage(options);
    page.setDefaultTimeout(patience);
    return page;
  };
  return browser;
}
