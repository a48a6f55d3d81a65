// Takes the picture of DevTools' performance panel that docs/tracing.md shows, of the program `traced` in a page:
// node tests/trace/picture.mjs FILE
import { writeFileSync, rmSync, mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../../examples/checklinks/browser.mjs';
import { serveProgram } from '../browser/program.mjs';
import { recordTrace } from '../browser/record.mjs';

// The clock of a page that is isolated has finer steps.
const serve = serveProgram('trace');
const server = createServer((request, response) => {
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  return serve(request, response);
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const folder = mkdtempSync(join(tmpdir(), 'greenio-'));
const file = join(folder, 'recorded.json');
const browser = await openBrowser();
const { events } = await recordTrace(browser, `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`);

// What the panel begins with; what was before and behind that is left out.
const times = events.filter(({ args, cat }) => cat === 'blink.user_timing' && args.detail).map(({ ts }) => ts);
const [min, max] = [Math.min(...times) - 300, Math.max(...times) + 800];
const window = { min, max, range: max - min };
const metadata = { source: 'DevTools', modifications: { initialBreadcrumb: { window, child: null }, entriesModifications: { hiddenEntries: [], expandableEntries: [] }, annotations: { entryLabels: [], labelledTimeRanges: [], linksBetweenEntries: [] } } };
const kept = events.filter(({ ph, ts, name }) => ph === 'M' || /^TracingStartedIn/.test(name) || (ts >= min && ts <= max));
writeFileSync(file, JSON.stringify({ traceEvents: kept, metadata }));

const page = await browser.newPage({ viewport: { width: 900, height: 700 }, colorScheme: 'light' });
await page.goto('devtools://devtools/bundled/devtools_app.html?panel=timeline');
await page.locator('input[type=file]').first().setInputFiles(file);
await page.waitForTimeout(4000);
for (let i = 0; i < 2; i++) { // without what it says of its keys, and without the bar at the side
  await page.mouse.click(16, 40);
  await page.waitForTimeout(1000);
}
await page.mouse.click(10, 129); // unfolds the group, and then its tracks, the last one first
await page.waitForTimeout(1000);
for (const y of [222, 203, 184, 165, 146]) {
  await page.mouse.click(20, y);
  await page.waitForTimeout(300);
}
await page.mouse.move(600, 600);
await page.waitForTimeout(500);
await page.screenshot({ path: process.argv[2], clip: { x: 0, y: 0, width: 900, height: 436 } });
await browser.close();
server.close();
rmSync(folder, { recursive: true });
