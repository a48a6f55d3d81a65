// The page of the example: buttons and tables. All about the database is in the C program.
import create from './stations.mjs';

const element = id => document.getElementById(id);
const program = await create({ noInitialRun: true, arguments: [] });
const { green } = program;
const titles = JSON.parse(await green.call('stations_titles', 'string!'));
const open = green.wrap('stations_open', 'status', ['string']);
const ask = green.wrap('stations_ask', 'string!', ['number']);
const run = green.wrap('stations_run', 'string!', ['string'], { serial: true });

// ---- the twenty questions ------------------------------------------------------------------------

const questions = titles.map(title => {
  const row = element('questions').tBodies[0].insertRow();
  row.insertCell().textContent = title;
  row.insertCell();
  row.insertCell().className = 'number';
  return row;
});

function show(index, state, answer, after = '') {
  const row = questions[index];
  row.className = state;
  row.cells[1].textContent = answer;
  row.cells[2].textContent = after;
}

async function askOne(index, began) {
  show(index, 'waiting', 'waiting');
  try {
    show(index, 'done', await ask(index), `${Math.round(performance.now() - began)} ms`);
    return true;
  } catch (error) {
    show(index, 'failed', error.message);
    return false;
  }
}

async function askAll() {
  const began = performance.now();
  element('ask').disabled = true;
  element('asked').textContent = 'Asked.';
  const done = await Promise.all(titles.map((_, index) => askOne(index, began)));
  const failed = done.filter(good => !good).length;
  element('asked').textContent = `${done.length - failed} answers in ${Math.round(performance.now() - began)} ms${failed ? `, ${failed} failed` : ''}.`;
  element('ask').disabled = false;
}

// ---- the visitor's own statement -----------------------------------------------------------------

function showFailure(/** @type {any} */ { error, detail, hint, sqlstate, position }, sql) {
  const box = element('failure');
  const head = document.createElement('strong');
  head.textContent = sqlstate ? `${error} (${sqlstate})` : error;
  box.replaceChildren(head);
  for (const more of [detail, hint].filter(Boolean)) box.append(Object.assign(document.createElement('p'), { textContent: more }));
  if (position) {
    const before = [...sql].slice(0, position - 1).join('');
    const line = sql.split('\n')[before.split('\n').length - 1];
    const column = [...before.split('\n').at(-1)].length;
    box.append(Object.assign(document.createElement('pre'), { textContent: `${line}\n${' '.repeat(column)}^` }));
  }
  box.hidden = false;
}

function showRows({ columns, rows, total, command }) {
  const [head, body] = [element('rows').tHead, element('rows').tBodies[0]];
  const line = head.ownerDocument.createElement('tr');
  for (const { name, number } of columns) {
    line.append(Object.assign(document.createElement('th'), { textContent: name, scope: 'col', className: number ? 'number' : '' }));
  }
  head.replaceChildren(line);
  body.replaceChildren();
  for (const row of rows) {
    const tr = body.insertRow();
    row.forEach((value, i) => {
      const cell = tr.insertCell();
      cell.textContent = value ?? 'null';
      cell.className = `${columns[i].number ? 'number' : ''} ${value === null ? 'null' : ''}`;
    });
  }
  element('result').hidden = columns.length === 0;
  element('command').textContent = rows.length < total ? `${command}; the first ${rows.length} are shown.` : command;
}

async function runOwn() {
  const sql = element('sql').value;
  for (const id of ['failure', 'result']) element(id).hidden = true;
  element('command').textContent = '';
  try {
    const answer = JSON.parse(await run(sql));
    if ('error' in answer) showFailure(answer, sql);
    else showRows(answer);
  } catch (error) {
    showFailure({ error: error.message }, sql);
  }
}

// ---- opening ---------------------------------------------------------------------------------------

function setOpen(isOpen) {
  for (const id of ['ask', 'run']) element(id).disabled = !isOpen;
}

async function openPlace() {
  element('problem').hidden = true;
  element('open').disabled = true;
  setOpen(false);
  element('state').textContent = 'Opening …';
  try {
    await open(element('where').value);
    const opened = 'select count(*), to_char(min(at), \'YYYY-MM-DD HH24:MI\'), current_setting(\'server_version\') from opened';
    const [[count, first, version]] = JSON.parse(await run(opened)).rows;
    const times = count === '1' ? 'for the first time' : `${count} times since ${first} UTC`;
    element('state').textContent = `PostgreSQL ${version}, opened ${times}.`;
    setOpen(true);
  } catch (error) {
    element('state').textContent = 'Not open.';
    element('problem').textContent = error.message;
    element('problem').hidden = false;
  }
  element('open').disabled = false;
}

element('place').addEventListener('submit', event => {
  event.preventDefault();
  openPlace();
});
element('ask').addEventListener('click', askAll);
element('own').addEventListener('submit', event => {
  event.preventDefault();
  runOwn();
});
element('sql').addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !element('run').disabled) {
    event.preventDefault();
    runOwn();
  }
});
