// WebKitGTK for tests: Debian's MiniBrowser, driven by its WebKitWebDriver over HTTP, on a display of Xvfb's. One session
// is one profile, kept nowhere.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../ports.mjs';
import { Page, patience } from './pages.mjs';

/* Debian has it in the folder of the machine's kind. */
function miniBrowser() {
  if (process.env.MINIBROWSER) return process.env.MINIBROWSER;
  for (const kind of readdirSync('/usr/lib')) {
    const found = /-linux-gnu/.test(kind) && readdirSync(`/usr/lib/${kind}`).find(name => name.startsWith('webkit2gtk-') && readdirSync(`/usr/lib/${kind}/${name}`).includes('MiniBrowser'));
    if (found) return `/usr/lib/${kind}/${found}/MiniBrowser`;
  }
  throw new Error('there is no MiniBrowser below /usr/lib: Debian has it in webkit2gtk-driver');
}

async function startDisplay() {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1200x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const end = owned(child);
  const told = /** @type {any} */ (child.stdio[3]);
  const [number] = await Promise.race([once(told, 'data'), once(child, 'exit').then(() => { throw new Error('Xvfb does not start'); })]);
  told.unref();
  return { display: `:${String(number).trim()}`, end };
}

/* Ends with the tests, however they end, and does not have them wait for it. */
function owned(child) {
  const end = () => child.kill();
  process.on('exit', end);
  child.unref();
  return end;
}

/* The keys that the protocol has numbers for. */
const numbered = { Backspace: '\ue003', Tab: '\ue004', Enter: '\ue007', Shift: '\ue008', Control: '\ue009', Escape: '\ue00c', End: '\ue010', Home: '\ue011', ArrowLeft: '\ue012', ArrowUp: '\ue013', ArrowRight: '\ue014', ArrowDown: '\ue015' };

/* A session: commands go one after the other, each to the window that it is for. */
async function startSession(display) {
  const port = await freePort();
  const child = spawn('WebKitWebDriver', ['--host=127.0.0.1', `--port=${port}`], {
    env: { ...process.env, DISPLAY: display, GDK_BACKEND: 'x11', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1', GSETTINGS_BACKEND: 'memory' },
    stdio: 'ignore',
  });
  const end = owned(child);
  /* By node:http, since fetch() gives an answer up that takes five minutes: a page that computes gives none meanwhile. */
  const ask = async (method, path, body) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false }).end(body && JSON.stringify(body));
    const [response] = /** @type {[import('node:http').IncomingMessage]} */ (await once(sent, 'response'));
    const { value } = /** @type {any} */ (await json(response));
    if (response.statusCode !== 200) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  };
  for (const end = Date.now() + patience; ; await pause(20)) {
    if (child.exitCode !== null || Date.now() > end) throw new Error('WebKitWebDriver does not start');
    if (await ask('GET', '/status').then(() => true, () => false)) break;
  }
  const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch: {
    'timeouts': { script: patience, pageLoad: patience },
    'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
  } } });
  let last = Promise.resolve();
  let current;
  const command = (window, method, path, body) => {
    const now = last.then(async () => {
      if (window && window !== current) {
        await ask('POST', `/session/${sessionId}/window`, { handle: window });
        current = window;
      }
      return ask(method, `/session/${sessionId}${path}`, body);
    });
    last = now.catch(() => {});
    return now;
  };
  const close = async () => {
    await last;
    await ask('DELETE', `/session/${sessionId}`).catch(() => {});
    end();
  };
  return { command, close, first: await command(null, 'GET', '/window') };
}

/* What a page tells of its errors: the protocol does not, so the page keeps them, once it has loaded. */
function watch() {
  const kept = (window['problemsForTests'] ??= []);
  if (kept.watched) return;
  kept.watched = true;
  window.addEventListener('error', ({ message, error }) => kept.push(['pageerror', String(error?.stack ?? message)]));
  window.addEventListener('unhandledrejection', ({ reason }) => kept.push(['pageerror', String(reason)]));
  const { error } = console;
  console.error = (...what) => {
    kept.push(['console', what.join(' ')]);
    error.apply(console, what);
  };
}

let evaluations = 0;
const element = 'element-6066-11e4-a52e-4f735466cecf'; // the protocol's name for one

function driverOf({ command }, window, told) {
  const script = text => command(window, 'POST', '/execute/sync', { script: text, args: [] });
  const loaded = () => script(`(${watch})()`);
  return {
    async goto(url) {
      await command(window, 'POST', '/url', { url });
      await loaded();
    },
    async reload() {
      await command(window, 'POST', '/refresh', {});
      await loaded();
    },
    url: () => command(window, 'GET', '/url'),
    /* Begun, and then asked for: other windows are not held up, and a page that is left is noticed. */
    async evaluate(source, argument) {
      const name = `evaluation${++evaluations}`;
      await script(`window.${name} = {}; (async () => (${source})(${JSON.stringify(argument)}))().then(
        value => { window.${name} = { ended: true, value }; }, error => { window.${name} = { ended: true, error: String(error?.stack ?? error), message: String(error?.message ?? error) }; });`);
      for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
        const { state, problems } = JSON.parse(await script(`const problems = (window.problemsForTests ?? []).splice(0);
          const state = window.${name} && { ...window.${name} };
          if (state?.ended) delete window.${name};
          return JSON.stringify({ state, problems });`));
        for (const [kind, text] of problems) told(kind, text);
        if (!state) throw new Error('the page has been left');
        if (state.error !== undefined) throw new Error(`${state.message}\n${state.error}`);
        if (state.ended) return state.value;
        await pause(wait);
      }
    },
    async click(source) {
      const { [element]: id } = await script(`return (${source})();`);
      await command(window, 'POST', `/element/${id}/click`, {});
    },
    keys: list => command(window, 'POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions: list.map(([way, key]) => ({ type: way === 'down' ? 'keyDown' : 'keyUp', value: numbered[key] ?? key })) }] }),
    close: () => command(window, 'DELETE', '/window'),
  };
}

async function openContext(display) {
  const session = await startSession(display);
  const context = {
    async newPage() {
      const { handle } = await session.command(session.first, 'POST', '/window/new', { type: 'window' });
      const page = new Page(driverOf(session, handle, (kind, text) => page.emit(kind, kind === 'console' ? { type: () => 'error', text: () => text } : text)), context);
      return page;
    },
    async setOffline() {},
    close: session.close,
  };
  return context;
}

export async function openWebKit() {
  const { display, end } = await startDisplay();
  const contexts = [];
  const newContext = async () => {
    const context = await openContext(display);
    contexts.push(context);
    return context;
  };
  const own = await newContext();
  return {
    newContext,
    newPage: own.newPage,
    async close() {
      await Promise.all(contexts.map(context => context.close()));
      end();
    },
  };
}
