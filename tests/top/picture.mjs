// Takes the pictures of top that the README shows: TOP=PROGRAM node tests/top/picture.mjs FOLDER
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const folder = process.argv[2];
const out = execFileSync('sh', ['-c', '(sleep 3.3; printf q) | script -qec "stty cols 104 rows 22; $TOP -d 1" /dev/null'],
  { env: { ...process.env, TERM: 'xterm' } }).toString();
const frame = out.split('\x1b[H\x1b[J').at(-1).split('\x1b[?25h')[0].replace(/\r/g, '');

// Bold, dim and reverse are all that top uses.
const html = frame.replace(/&/g, '&amp;').replace(/</g, '&lt;')
  .replace(/\x1b\[([127])m([^\x1b]*)/g, '<span class=s$1>$2</span>').replace(/\x1b\[0m/g, '');

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const colors = { light: ['#1f2328', '#ffffff', '#6e7781'], dark: ['#e6edf3', '#0d1117', '#7d8590'] };
for (const [name, [ink, paper, dim]] of Object.entries(colors)) {
  const page = await browser.newPage({ deviceScaleFactor: 1.5 });
  await page.setContent(`<style>
body { margin: 0; background: ${paper} }
pre { display: inline-block; margin: 0; padding: 14px 18px; font: 13px/1.4 "DejaVu Sans Mono", monospace; color: ${ink} }
.s7 { background: ${ink}; color: ${paper} } .s1 { font-weight: bold } .s2 { color: ${dim} }
</style><pre>${html.trimEnd()}</pre>`);
  await page.locator('pre').screenshot({ path: join(folder, `top-${name}.png`) });
}
await browser.close();
