// The demo: checks the links of SQLite's documentation natively, in Node and in headless Chromium, with
// 1 worker on a part and with 50 on the whole, each answer 20 ms late; compares the three reports.
//
//   GREENIO_DOCUMENTS=FOLDER node examples/checklinks/demo.mjs
//
// FOLDER holds the pages of Debian's package sqlite3-doc. GREENIO_BUILD is the folder with the builds
// native-release and wasm-release ("build"), CHROMIUM the browser.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { openBrowser } from './browser.mjs';
import { serve } from './serve.mjs';

const DELAY = 20; // ms
const TIMEOUT = 60; // seconds a request
const documents = process.env.GREENIO_DOCUMENTS ?? '/usr/share/doc/sqlite3';
const build = process.env.GREENIO_BUILD ?? 'build';
const wasm = join(build, 'wasm-release/examples/checklinks');
const kept = join(build, 'demo');

const jobs = [
  { name: 'c3ref/, 1 worker', path: 'c3ref/intro.html', workers: 1 },
  { name: 'the whole, 50 workers', path: '', workers: 50 },
];

// ---- progress ---------------------------------------------------------------------------------

const terminal = process.stdout.isTTY;

function begin(job, host) {
  if (!terminal) console.log(`${job.name}: ${host} ...`);
}

function progress(job, host, line) {
  if (terminal) process.stdout.write(`\r${job.name}: ${host}: ${line}\x1b[K`);
}

function end() {
  if (terminal) process.stdout.write('\r\x1b[K');
}

// ---- the hosts --------------------------------------------------------------------------------

function runProgram(command, url, workers) {
  const [file, ...first] = command;
  const args = [...first, '-j', String(workers), '--timeout', String(TIMEOUT), '--json', url];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', data => (output += data));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0 || status === 1) resolve(JSON.parse(output));
      else reject(new Error(`${command.join(' ')} ended with ${signal ?? status}`));
    });
  });
}

async function runPage(page, url, workers, told) {
  await page.getByLabel('Address').fill(url);
  await page.getByLabel('Requests at once').fill(String(workers));
  await page.getByLabel('Seconds for each').fill(String(TIMEOUT));
  await page.getByRole('button', { name: 'Check' }).click();
  const state = page.locator('#state');
  const summary = page.locator('#summary'); // its text content: innerText lays the page out
  for (let text = ''; !/^(Done|Stopped|Failed)/.test(text); ) {
    await page.waitForTimeout(250);
    text = await state.textContent();
    told((await summary.textContent()).replace(/\s+/g, ' ').trim());
  }
  const problem = page.locator('#problem');
  if (await problem.isVisible()) throw new Error(`the page failed: ${await problem.innerText()}`);
  return page.evaluate(async () => (await fetch(document.getElementById('download').href)).json());
}

// ---- what comes out ---------------------------------------------------------------------------

// Without what may differ.
function comparable({ summary, ...rest }) {
  const { seconds, most_tasks, ...counts } = summary;
  return { ...rest, counts };
}

function difference(a, b) {
  const rows = report => new Map(report.broken.map(row => [row.link, JSON.stringify(row)]));
  const [left, right] = [rows(a), rows(b)];
  const links = [...new Set([...left.keys(), ...right.keys()])];
  const differing = links.filter(link => left.get(link) !== right.get(link));
  return [
    JSON.stringify(a.summary),
    JSON.stringify(b.summary),
    ...differing.slice(0, 5).flatMap(link => [`- ${left.get(link)}`, `+ ${right.get(link)}`]),
  ].join('\n');
}

// All reports of one job must say the same. Returns how many do not.
function disagreements(job, reports) {
  const [[firstHost, first], ...others] = Object.entries(reports);
  const differing = others.filter(
    ([, report]) => !isDeepStrictEqual(comparable(first), comparable(report)),
  );
  for (const [host, report] of differing)
    console.error(`${job.name}: ${firstHost} and ${host} differ:\n${difference(first, report)}`);
  return differing.length;
}

function printTable(results) {
  const hosts = Object.keys(results[0].reports);
  const rows = [['', ...hosts.map(host => `${host}, s`), 'pages', 'links', 'broken', 'requests']];
  for (const { job, reports } of results) {
    const all = Object.values(reports);
    const { pages, links, broken, requests } = all[0].summary;
    const seconds = all.map(report => report.summary.seconds.toFixed(2));
    rows.push([job.name, ...seconds, pages, links, broken, requests].map(String));
    rows.push(['  most tasks at once', ...all.map(r => String(r.summary.most_tasks))]);
  }
  const widths = rows[0].map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
        .join('  ')
        .trimEnd(),
    );
}

// ---- the whole --------------------------------------------------------------------------------

async function runJob(job, server, page) {
  const url = server.url + job.path;
  const hosts = {
    native: () =>
      runProgram([join(build, 'native-release/examples/checklinks/checklinks')], url, job.workers),
    Node: () => runProgram([process.execPath, join(wasm, 'checklinks.mjs')], url, job.workers),
    Chromium: () =>
      runPage(page, url, job.workers, line => progress(job, 'Chromium', line)),
  };
  const reports = {};
  for (const [host, run] of Object.entries(hosts)) {
    begin(job, host);
    reports[host] = await run();
    end();
    const file = join(kept, `${host.toLowerCase()}-${job.workers}.json`);
    await writeFile(file, JSON.stringify(reports[host], null, 1));
  }
  return { job, reports };
}

async function main() {
  await mkdir(kept, { recursive: true });
  const server = await serve({ '/': documents, '/checklinks/': wasm }, { delay: DELAY });
  const browser = await openBrowser();
  try {
    console.log(`${documents} on ${server.url}, each answer ${DELAY} ms late`);
    const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    await page.goto(`${server.url}checklinks/`);
    const results = [];
    for (const job of jobs) results.push(await runJob(job, server, page));
    const screenshot = join(kept, 'checklinks.png');
    await page.screenshot({ path: screenshot });

    console.log('');
    printTable(results);
    const wrong = results.reduce((sum, { job, reports }) => sum + disagreements(job, reports), 0);
    console.log('\nThe broken links are real: pages that Debian\'s package leaves out, such as those of matrix/.');
    console.log('Beside the workers three tasks wait: for all of them, to show progress, and for Ctrl-C.');
    console.log('A browser has at most six connections to a server, whatever the number of workers.');
    console.log(`The reports are in ${kept}, the page's picture is ${screenshot}.`);
    console.log(`To check a site of your own: ${join(build, 'native-release/examples/checklinks/checklinks')} URL`);
    if (!wrong) console.log('The three reports agree.');
    process.exitCode = wrong ? 1 : 0;
  } finally {
    await browser.close();
    await server.close();
  }
}

await main();
