// The page of checklinks: a form, what the C program tells while it works, and a table that grows.
// Everything about links is in the C program; this file only shows it.
import create from './checklinks-module.mjs';

const PAGES_SHOWN = 4; // of those that hold a link; the others unfold
const SHOW_EVERY = 500; // ms; laying out a long table takes its time

const element = id => document.getElementById(id);
const form = element('form');
const rows = element('broken').tBodies[0];

let folder = ''; // what addresses below the start have in common
let names = []; // the links in the table, sorted
let rowOf = new Map();
let news = new Map(); // broken links that are not in the table yet, or not as they are now
let timer = 0;
let abort = null; // of the run under way

// ---- the table --------------------------------------------------------------------------------

function shown(address) {
  return address.startsWith(folder) ? address.slice(folder.length).replace(/^($|[?#])/, './$1') : address;
}

function address(url, text = shown(url)) {
  if (!/^https?:/.test(url) || !URL.canParse(url)) return text;
  const a = document.createElement('a');
  a.href = url;
  a.title = url;
  a.textContent = text;
  return a;
}

function pageList(holders) {
  const list = document.createElement('ul');
  for (const { page, lines } of holders) {
    const item = document.createElement('li');
    item.append(address(page), `: ${lines.join(', ')}`);
    list.append(item);
  }
  return list;
}

function fillHolders(cell, holders) {
  if (holders.length === 0) return cell.replaceChildren('(the address given)');
  cell.replaceChildren(pageList(holders.slice(0, PAGES_SHOWN)));
  if (holders.length <= PAGES_SHOWN) return undefined;
  const more = document.createElement('details');
  const title = document.createElement('summary');
  title.textContent = `${holders.length - PAGES_SHOWN} more`;
  more.append(title);
  // Some links stand on every page: their list is made when somebody asks for it.
  more.addEventListener('toggle', () => more.append(pageList(holders.slice(PAGES_SHOWN))), {
    once: true,
  });
  return cell.append(more);
}

// Where a name is in the table, or where it belongs.
function place(name) {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle] < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function newRow(link, why) {
  const row = document.createElement('tr');
  row.insertCell().append(address(link));
  row.insertCell().append(why);
  row.insertCell();
  const index = place(link);
  rows.insertBefore(row, rowOf.get(names[index]) ?? null);
  names.splice(index, 0, link);
  rowOf.set(link, row);
  return row;
}

function showNews() {
  clearTimeout(timer);
  timer = 0;
  for (const { link, why, held_by: holders } of news.values()) {
    const row = rowOf.get(link) ?? newRow(link, why);
    fillHolders(row.cells[2], holders);
    element('result').hidden = false;
  }
  news.clear();
}

function takeBroken(broken) {
  news.set(broken.link, broken);
  timer ||= window.setTimeout(showNews, SHOW_EVERY);
}

// ---- progress ---------------------------------------------------------------------------------

function showSummary(summary) {
  element('summary').hidden = false;
  for (const cell of document.querySelectorAll('[data-count]')) {
    const value = summary[cell.dataset.count];
    cell.textContent = cell.dataset.count === 'seconds' ? value.toFixed(1) : value;
  }
}

function offerReport(json) {
  const link = element('download');
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  element('save').hidden = false;
}

function showReport(json) {
  const report = JSON.parse(json);
  showSummary(report.summary);
  showNews();
  offerReport(json);
  const { broken, interrupted } = report.summary;
  const found = broken === 1 ? '1 broken link' : `${broken} broken links`;
  element('state').textContent = interrupted ? `Stopped: ${found} until then.` : `Done: ${found}.`;
}

function showProblem(error) {
  element('state').textContent = 'Failed.';
  element('problem').textContent = error.message;
  element('problem').hidden = false;
}

// ---- the run ----------------------------------------------------------------------------------

const loading = create({
  noInitialRun: true,
  checklinks: {
    progress: (line, json) => showSummary(JSON.parse(json)),
    broken: json => takeBroken(JSON.parse(json)),
    report: showReport,
  },
});

function setRunning(running) {
  for (const control of form.elements) control.disabled = running;
  element('stop').disabled = !running;
  element(running ? 'stop' : 'start').focus();
}

function clear(url) {
  folder = new URL('.', url).href;
  names = [];
  rowOf = new Map();
  news.clear();
  rows.replaceChildren();
  for (const id of ['result', 'summary', 'save', 'problem']) element(id).hidden = true;
  element('state').textContent = 'Checking …';
}

async function run(url, workers, timeout, external) {
  clear(url);
  abort = new AbortController();
  setRunning(true);
  try {
    const module = await loading;
    const check = module.green.wrap('checklinks_run', 'status', [
      'string',
      'number',
      'number',
      'boolean',
    ]);
    await check(url, workers, timeout, external, { signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) showProblem(error);
  } finally {
    abort = null;
    setRunning(false);
  }
}

// ---- the form ---------------------------------------------------------------------------------

function hint() {
  const url = URL.canParse(element('url').value) ? new URL(element('url').value) : null;
  const foreign = url && url.origin !== location.origin;
  element('hint').textContent = foreign
    ? `${url.origin} is another origin: this works only if its server allows it.`
    : '';
}

form.addEventListener('submit', event => {
  event.preventDefault();
  if (abort) return;
  const { url, workers, timeout, external } = form.elements;
  void run(url.value, workers.valueAsNumber, timeout.valueAsNumber, external.checked);
});
element('stop').addEventListener('click', () => abort?.abort());
element('url').addEventListener('input', hint);

element('origin').textContent = location.origin;
if (!element('url').value) element('url').value = new URL(element('url').dataset.start ?? '/', location.href).href;
hint();
