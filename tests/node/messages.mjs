/* The table of messages.test.mjs, which a page goes through as well: what is done with a fresh instance, how the
 * call that this makes rejects, and what is printed. */
const call = (name, ...args) => ({ green }) => green.call(name, 'status', args.map(() => 'number'), args);
const uncatchable = /^EEXCEPTION: a C\+\+ exception, which nothing can catch, as the program was built without -fexceptions: compile and link it with that( \(-fwasm-exceptions, if it is for JSPI alone\))?$|^ETRAP: a trap closed the module: .*: a C\+\+ exception, which nothing can catch, as the program was built without -fexceptions: compile and link it with that/;

/** @type {any[]} */
export const cases = [
  ...[0, 2].flatMap(waits => [
    { what: `a C++ exception without -fexceptions, after ${waits} waits`, act: call('throw_error', waits), rejects: uncatchable },
    { what: `a C++ exception in try without -fexceptions, after ${waits} waits`, act: call('catch_error', waits), rejects: uncatchable },
    { what: `a C++ exception in a task without -fexceptions, after ${waits} waits`, act: call('spawn_thrower', waits), rejects: uncatchable },
    { what: `a trap, after ${waits} waits`, act: call('touch_nothing', waits), rejects: /^EEXCEPTION: a trap: unreachable( executed| code should not be executed)?$/i, prints: /^greenio: a trap ended touch_nothing: unreachable/i },
    { what: `abort(), after ${waits} waits`, act: call('give_up', waits), rejects: /^ETRAP: a trap closed the module: .*[Aa]bort.*, in give_up; nothing of this instance runs again: make a new one$/ },
    { what: `a JavaScript exception, after ${waits} waits`, act: call('throw_javascript', waits), rejects: /^EEXCEPTION: thrown by JavaScript$/ },
  ]),
  { what: 'a wait in a plain export', act: app => app._nap(1), prints: /^greenio: nap\(\) was called as a plain export, .* returned GREEN_EMAIN \(-1000\): .* Call it by module\.green\.call\('nap', \.\.\.\)/ },
  { what: 'a wait in a plain export, again and again', act: app => { for (let i = 0; i < 30; i++) app._nap(1); app._nap(1); }, prints: /^greenio: nap\(\) was called as a plain export[^\n]*$/ },
  { what: 'a wait in a plain export that was called before', act: app => { for (let i = 0; i < 5; i++) app._add(1, 2); app._nap(0); app._nap(1); }, prints: /^greenio: nap\(\) was called/ },
  { what: 'a wait in a plain export behind a call of it', act: async app => { await app.green.call('nap', 'status', ['number'], [1]); app._nap(1); }, prints: /^greenio: nap\(\) was called as a plain export/ },
  { what: 'a plain export that does not wait', act: app => { for (let i = 0; i < 30; i++) if (app._add(i, 1) !== i + 1) throw new Error('wrong'); }, silent: true },
  { what: 'calls beside plain ones', act: async app => { app._add(1, 2); await app.green.call('add', 'status', ['number', 'number'], [1, 2]); app._add(1, 2); await app.green.call('add', 'status', ['number', 'number'], [1, 2]); await app.green.call('nap', 'status', ['number'], [1]); }, silent: true },
  { what: 'a wait below a JavaScript frame', act: call('nap_below_javascript', 1), rejects: /^ENESTED: cannot wait here: a JavaScript frame lies below on this stack$/ },
  { what: 'a function that is not exported', act: call('no_such'), rejects: /^EINVAL: no exported C function is called no_such\(\): is it EMSCRIPTEN_KEEPALIVE or in EXPORTED_FUNCTIONS, and in C\+\+ extern "C"\?$/ },
  { what: 'too few arguments', act: app => app.green.call('add', 'number', ['number', 'number'], [1]), rejects: /^EINVAL: add\(\) takes 2 arguments, got 1$/ },
  { what: 'fewer types than C has arguments', act: app => app.green.call('add', 'number', ['number'], [1]), rejects: /^EINVAL: add\(\) takes 2 arguments in C, and argTypes names 1 type$/ },
  { what: 'an argument of another type', act: app => app.green.call('add', 'number', ['number', 'number'], [1, '2']), rejects: /^ETYPE: argument 2 of add\(\): expected a number, got a string$/ },
  { what: 'a type that is none', act: app => app.green.call('add', 'int', ['number', 'number'], [1, 2]), rejects: /^EINVAL: add\(\): unknown return type "int"$/ },
  { what: 'a call behind exit()', act: async app => { await app.green.call('leave', 'status', ['number'], [3]).catch(() => {}); return app.green.call('nap', 'status', ['number'], [1]); }, rejects: /^ECLOSED: the program has ended: exit\(3\); make a new instance$/ },
];

/* What it rejected with, "CODE: message", or ""; and the lines that were printed. */
export async function provoke(create, { act }) {
  const lines = [];
  const print = line => lines.push(line);
  const app = await create({ print, printErr: print });
  let said = '';
  try {
    await act(app);
  } catch (error) {
    said = `${error.code}: ${error.message}`;
  }
  return { said, lines };
}
