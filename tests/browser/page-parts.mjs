// What page.html does; the last line on the page is the result, as JSON.
const query = new URLSearchParams(location.search);
const tell = result => {
  document.getElementById('output').dataset.result = JSON.stringify(result);
};

const parts = {
  worker() {
    const worker = new Worker('worker.mjs', { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = event => reject(new Error(event.message));
      worker.postMessage(location.origin);
    });
  },

  // Under a policy: what it forbids, greenio must not try.
  async policy() {
    const violations = [];
    document.addEventListener('securitypolicyviolation', event => {
      const violation = `${event.effectiveDirective} ${event.blockedURI}`;
      if (!/^img-src .*\/favicon\.ico$/.test(violation)) violations.push(violation); /* WebKit asks for that of itself */
    });
    const { exercise } = await import('./exercise.mjs');
    const { default: create } = await import(`./${query.get('program')}.mjs`);
    const result = await exercise(create, query.get('fetch') === 'yes' ? location.origin : undefined);
    await new Promise(resolve => setTimeout(resolve, 0));
    const before = violations.length;
    let evaluated = true;
    try {
      new Function('return 1')();
    } catch {
      evaluated = false;
    }
    return { ...result, violations: violations.slice(0, before), evaluated };
  },

  // The table of tests/node/messages.mjs: what each case said.
  async messages() {
    const [{ cases, provoke }, { default: create }] = await Promise.all([import('./messages.mjs'), import('./page_messages.mjs')]);
    const results = [];
    for (const each of cases) results.push(await provoke(create, each));
    return results;
  },

  // Tasks that are resumed for ever until the button's handler says so; the click comes from outside.
  async crowd() {
    const count = Number(query.get('count'));
    const { default: create } = await import('./page.mjs');
    const app = await create();
    const pause = () => new Promise(resolve => setTimeout(resolve, 0));
    const gathered = app._gather(count);
    while (app._count_parked() < count) await pause();
    const parked = app._count_parked();
    const bytes = app.green.report().length === count ? app._memory_size() : 0;
    let ticks = 0;
    const tick = () => {
      if (app._count_resumed()) ticks++;
      if (!app._count_gone()) setTimeout(tick, 0);
    };
    tick();
    app._open_gate();
    const resumedAtClick = await new Promise(resolve => {
      document.getElementById('button').onclick = () => {
        const resumed = app._count_resumed();
        app._dismiss();
        resolve(resumed);
      };
      document.getElementById('output').dataset.ready = 'yes';
    });
    while (app._count_gone() < count) await pause();
    return { gathered, parked, bytes, ticks, resumedAtClick, left: app.green.report().length };
  },
};

parts[query.get('part')]().then(tell, error => tell(`${error.stack ?? error}`));
