// The program as a person runs it, natively or in Node: reports, exit statuses, misuse, Ctrl-C.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { takenPort } from '../ports.mjs';
import { serveElsewhere, serveHolding, serveSite } from './fixture.mjs';
import { command, comparable, isForWindows, run, start } from './program.mjs';

const expected = name => readFileSync(new URL(`expected/${name}`, import.meta.url), 'utf8');

let site;
let elsewhere;
before(async () => {
  elsewhere = await serveElsewhere();
  site = await serveSite(`${elsewhere.url}landing`);
});
after(async () => {
  await site.close();
  await elsewhere.close();
});
const names = () => ({ site: site.url, elsewhere: elsewhere.url });

// Seconds, in which a slow machine answers too. One page of the site is held for ever, so that each report
// takes as long: they are made at the same time.
const patience = '20';

describe('reports', { concurrency: true }, () => {
  for (const workers of ['1', '50']) {
    test(`the JSON report with ${workers} workers`, async () => {
      const { status, stdout, stderr } = await run('-j', workers, '--timeout', patience, '--json', `${site.url}docs`);
      assert.equal(comparable(stdout, names()), expected('report.json'));
      assert.equal(stderr, '');
      assert.equal(status, 1);
    });
  }

  test('the JSON report is JSON, with the counts that it says', async () => {
    const { stdout } = await run(`--timeout=${patience}`, '--json', `${site.url}docs/`);
    const report = JSON.parse(stdout);
    assert.equal(report.start, `${site.url}docs/`);
    assert.equal(report.summary.broken, report.broken.length);
    assert.equal(report.summary.interrupted, false);
    assert.ok(report.summary.most_tasks >= 2);
    const links = report.broken.map(({ link }) => link);
    assert.deepEqual(links, [...links].sort());
  });

  test('the report for people', async () => {
    const { status, stdout, stderr } = await run('--timeout', patience, `${site.url}docs/`);
    assert.equal(comparable(stdout, names()), expected('report.txt'));
    assert.equal(stderr, '');
    assert.equal(status, 1);
  });
});

test('a site where all is well', async () => {
  const { status, stdout } = await run(`${site.url}fine/`);
  assert.equal(
    comparable(stdout, names()),
    '2 pages, 3 links (0 external), 0 broken; 3 requests in 0 seconds, at most 0 tasks at once\n',
  );
  assert.equal(status, 0);
});

test('links to other sites are asked for with --external alone', async t => {
  const page = `<a href="${elsewhere.url}here">1</a>\n<a href="${elsewhere.url}lost#x">2</a>`;
  const linking = await serveSite('', (request, response) => {
    if (request.url !== '/') return false;
    response.setHeader('Content-Type', 'text/html');
    response.end(page);
    return true;
  });
  t.after(linking.close);
  elsewhere.asked.length = 0;
  const without = await run('--json', linking.url);
  assert.equal(without.status, 0);
  assert.equal(JSON.parse(without.stdout).summary.external, 2);
  assert.deepEqual(elsewhere.asked, []);

  const { status, stdout } = await run('--json', '--external', linking.url);
  const { broken, summary } = JSON.parse(stdout);
  assert.deepEqual(broken, [
    { link: `${elsewhere.url}lost#x`, why: '404 Not Found', held_by: [{ page: linking.url, lines: [2] }] },
  ]);
  assert.equal(summary.requests, 4);
  assert.deepEqual(elsewhere.asked.sort(), ['GET /here', 'HEAD /here', 'HEAD /lost']);
  assert.equal(status, 1);
});

test('an address that cannot be read is a broken link', async () => {
  const missing = await run('--json', `${site.url}nothing/`);
  assert.deepEqual(JSON.parse(missing.stdout).broken, [
    { link: `${site.url}nothing/`, why: '404 Not Found', held_by: [] },
  ]);
  assert.equal(missing.status, 1);

  const bare = await run('--json', `${site.url}bare/`);
  assert.equal(JSON.parse(bare.stdout).broken[0].why, 'not an HTML page');
  assert.equal(bare.status, 1);

  const refused = await run(`http://127.0.0.1:${await takenPort()}/`);
  assert.match(refused.stdout, /^\.\/ +connection refused +\(the address given\)$/m);
  assert.equal(refused.status, 1);
});

test('Ctrl-C ends it with the report so far, and the transfers with it', async t => {
  const holding = await serveHolding();
  t.after(holding.close);
  const { child, ended } = start('--json', holding.url);
  await Promise.race([holding.held, ended]);
  child.kill('SIGINT');
  const { status, signal, stdout } = await ended;
  const { broken, summary } = JSON.parse(stdout);
  assert.deepEqual(broken.map(({ link }) => link), [`${holding.url}#no`]);
  assert.equal(summary.interrupted, true);
  assert.equal(summary.pages, 1);
  assert.deepEqual([status, signal], [1, null]);
  await holding.gone;
});

test('the report for people says that it was interrupted', async t => {
  const holding = await serveHolding();
  t.after(holding.close);
  const { child, ended } = start(holding.url);
  await Promise.race([holding.held, ended]);
  child.kill('SIGINT');
  const { status, stdout } = await ended;
  assert.match(stdout, /^\.\/#no /m);
  assert.match(stdout, /^interrupted: /m);
  assert.equal(status, 1);
});

const skip = isForWindows && 'the console of Wine draws every character by itself';
test('progress is shown on a terminal alone', { skip }, async t => {
  const holding = await serveHolding();
  t.after(holding.close);
  const quote = word => `'${word.replaceAll("'", "'\\''")}'`;
  const line = [...command, holding.url].map(quote).join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  const progress = new Promise(resolve => {
    child.stdout.on('data', data => {
      shown += data;
      if (shown.includes('3 links')) resolve();
    });
  });
  const closed = new Promise(resolve => child.on('close', resolve));
  await Promise.race([progress, closed]);
  child.stdin.write('\x03'); // what the terminal makes SIGINT of
  await closed;
  assert.match(shown, /\r1 page, 3 links, 1 broken, \d requests?/);
  assert.ok(/\r +\r/.test(shown) || shown.includes('\r\u001b[K'), 'the line is wiped');
  assert.match(shown, /interrupted: /);
});

test('--help and --version', async () => {
  const help = await run('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^Usage: checklinks \[OPTION \.\.\.\] URL$/m);
  for (const option of ['-j,', '--timeout', '--external', '--json', '--version', 'Exit status'])
    assert.ok(help.stdout.includes(option), option);
  const version = await run('-V');
  assert.match(version.stdout, /^checklinks \d+\.\d+\.\d+\n$/);
  assert.equal(version.status, 0);
});

for (const [problem, ...args] of [
  ['no URL'],
  ['more than one URL', 'http://a/', 'http://b/'],
  ['not an http: or https: URL', 'ftp://a/'],
  ['not an http: or https: URL', 'docs/index.html'],
  ['unknown option', '--nonsense', 'http://a/'],
  ['a value is missing', 'http://a/', '-j'],
  ['the workers must be', '-j', '0', 'http://a/'],
  ['the workers must be', '-j', 'many', 'http://a/'],
  ['the timeout must be', '--timeout', '-1', 'http://a/'],
]) {
  test(`misuse: ${problem}: ${args.join(' ')}`, async () => {
    const { status, stdout, stderr } = await run(...args);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`checklinks: ${problem}`), stderr);
    assert.ok(stderr.endsWith("Try 'checklinks --help'.\n"), stderr);
    assert.equal(status, 2);
  });
}
