/* HTTP applications for hosts that are JavaScript, and module.green.app; in programs alone that use them. `exchanges` and
 * `served` are for src/server, too.
 */
import { GreenError } from '../../wasm/error.mjs';
import { makeEncode } from './encode.mjs';
import { makeExchanges } from './exchanges.mjs';
import { makeFetch } from './fetch.mjs';

export const bindings = {
  name: 'app',
  imports: { changed: 'vp', serve: 'vpp', encode: 'iippip', encoded: 'vp' },
  exports: {
    begin: 'ippiidi', headers: 'vp', look: 'ip', push: 'ipi', pushEnd: 'ipi', output: 'ip', sent: 'ipi', close: 'ipi', thrown: 'i', scratch: 'pi',
    outcome: 'p',
  },
};
/* C: green__js_app_*, declared in app_js.h; in app_js.c. */

/* Which application answers what. An entry: `application`; `open`, its exchanges; left(), if it is there, is
 * called when there is one less; `draining`: no connection is to stay. */
const makeServed = ({ loop, api }, answer) => {
  const served = new Map(); /* by name; '': fetch() itself */
  let ready;
  let never;
  const promise = new Promise((resolve, reject) => { ready = resolve; never = reject; });
  promise.catch(() => {});
  api.main.then((status) => {
    if (status) never(new GreenError('ECLOSED', 'the program has ended with status ' + status + ' before it served'));
  }, never);
  function fetchAs(name) {
    return function(request, init, more) {
      const entry = served.get(name);
      if (!entry) return Promise.reject(new GreenError('ECLOSED', 'no application answers here: C has not called green_server_open() or green_js_serve(), or has taken it back'));
      try {
        return answer(entry, request instanceof Request && init === undefined ? request : new Request(request, init), more);
      } catch (error) {
        return Promise.reject(error);
      }
    };
  }
  api.app = {
    ready: promise,
    fetch: fetchAs(''),
    named(name) { return { fetch: fetchAs(String(name)) }; },
  };
  loop.onClose.push((error) => {
    served.clear();
    never(error);
  });
  return {
    add(name, application) {
      const entry = { application, open: new Set(), left: null, draining: false };
      served.set(name, entry);
      loop.served = true;
      if (name === '') ready();
      return entry;
    },
    remove(name, entry) {
      if (!entry || served.get(name) === entry) served.delete(name);
      loop.served = served.size > 0;
    },
  };
};

export const make = (env, c) => {
  const { host } = env;
  const exchanges = makeExchanges(env, c);
  const served = makeServed(env, makeFetch(exchanges));
  return {
    exchanges,
    served,
    ...makeEncode(env),
    changed: exchanges.changed,
    serve(application, name) {
      const text = name ? host.text(name) : '';
      if (application) served.add(text, application);
      else served.remove(text, null);
    },
  };
};
