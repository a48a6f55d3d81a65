// The page of the example: a form, a terminal, files. What is typed and shown is psql's.
import { gateway } from 'greenio/gateway';
import { Files } from './files.mjs';
import { Database, HOST, pgliteSockets } from './pglite.mjs';
import { lineOf, openTerminal } from './terminal.mjs';

const element = (id) => document.getElementById(id);
const form = element('session');
const terminal = openTerminal(element('terminal'));
const files = new Files({ zone: element('files'), input: element('choose'), list: element('list') });
let database = null; // PGlite, with its folder
let folder = '';
let stop = null; // the session that is there

const tell = (text) => { element('state').textContent = text; };
function complain(text) {
  element('problem').textContent = text;
  element('problem').hidden = !text;
}

// ---- what psql connects to -------------------------------------------------------------------------

async function openDatabase(wanted) {
  if (database && !database.ended && folder === wanted) return;
  database?.end();
  tell('Loading PGlite …');
  try {
    database = await Database.open(wanted);
  } catch (error) {
    throw new Error(`PGlite could not be loaded: ${error.message}`, { cause: error });
  }
  folder = wanted;
}

async function onPglite({ storage }) {
  await openDatabase(storage);
  const cancelled = () => tell('PGlite cannot be stopped in a statement, which goes on; End ends it, and what is in memory alone.');
  return {
    sockets: pgliteSockets(database, { cancelled }),
    arguments: ['-h', HOST, '-U', 'postgres', '-d', 'postgres'],
    cut: () => database.end(),
  };
}

function why(error, { gateway: url, host, port }) {
  if (error.code === 'ENETWORK') return `There is no gateway at ${url}, or it does not let this page in: is it running, with --origin ${location.origin}?`;
  if (error.code === 'EACCES') return `The gateway refuses: the token is wrong, or ${host}:${port} is not on its list (--allow).`;
  return '';
}

async function onServer(fields) {
  const { gateway: url, token, host, port, user, database: name } = fields;
  const sockets = gateway(url, token ? { token } : {});
  const watched = {
    connect(address, options) {
      const made = sockets.connect(address, options);
      made.opened.catch((error) => complain(why(error, fields)));
      return made;
    },
  };
  return { sockets: watched, arguments: ['-h', host, '-p', port, '-U', user, '-d', name], cut: () => sockets.close() };
}

// ---- psql ------------------------------------------------------------------------------------------

async function load() {
  try {
    return (await import('./psql.mjs')).default;
  } catch (error) {
    throw new Error(`psql could not be loaded: ${error.message}`, { cause: error });
  }
}

async function run({ sockets, arguments: given, cut }) {
  const create = await load();
  const line = lineOf(terminal);
  stop = () => {
    line.hangUp();
    cut();
  };
  const looking = setInterval(() => files.look(), 500);
  try {
    const { green } = await create({
      arguments: given,
      greenTerminal: line,
      greenSockets: sockets,
      greenEnvironment: { PGSSLMODE: 'disable', PGCLIENTENCODING: 'UTF8', PGTZ: Intl.DateTimeFormat().resolvedOptions().timeZone },
      preRun: [(module) => files.mount(module.FS)],
    });
    tell('Running.');
    element('stop').disabled = false;
    terminal.focus();
    const status = await green.main;
    tell(`psql has ended with status ${status}.`);
  } finally {
    clearInterval(looking);
    files.unmount();
    line.hangUp();
    stop = null;
  }
}

async function start() {
  const fields = /** @type {any} */ (Object.fromEntries(new FormData(form)));
  complain('');
  element('start').disabled = true;
  terminal.reset();
  try {
    await run(await (fields.where === 'pglite' ? onPglite : onServer)(fields));
  } catch (error) {
    tell('Not running.');
    complain(error.message);
  }
  element('stop').disabled = true;
  element('start').disabled = false;
  element('start').focus();
}

function choose() {
  const isServer = new FormData(form).get('where') === 'server';
  element('pglite').hidden = isServer;
  element('server').hidden = !isServer;
  for (const input of element('server').querySelectorAll('input')) input.disabled = !isServer;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
form.addEventListener('change', choose);
element('stop').addEventListener('click', () => stop?.());
choose();
Object.assign(window, { terminal }); // for the tests, and for who is curious
