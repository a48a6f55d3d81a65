/* Exports that JavaScript calls by themselves, as module._name().
 *
 * They run on the host's own stack, which never stands still: a wait in one gives GREEN_EMAIN, and to a new user
 * that is -1000 out of nowhere. So what each returns is looked at, the first times that it is called, and the
 * first such number is told of.
 */
export const layout = {
  headers: ['<greenio/status.h>'],
  constants: { GREEN_EMAIN: -1000 },
};

export const makePlain = (Module, loop) => {
  const EMAIN = layout.constants.GREEN_EMAIN;
  const LOOKS = 10; /* at each export; then it is called directly, as if nothing had been there */
  const ours = /^_(_|main$|malloc$|free$|green__|emscripten_|memory$)/;
  const real = new WeakMap(); /* of what is put in an export's place */
  let told = false;

  const tell = name => {
    if (told) return;
    told = true;
    loop.tell('greenio: ' + name + '() was called as a plain export, outside of any green task, and returned GREEN_EMAIN (' + EMAIN + '): what it wanted to wait for ' +
      'needs a task. Call it by module.green.call(\'' + name + '\', ...), or by a function that module.green.wrap(\'' + name + '\', ...) makes');
  };

  const watch = (key, original) => {
    let f = original;
    let left = LOOKS;
    const watched = (...args) => {
      const value = f(...args);
      if (value === EMAIN) tell(key.slice(1));
      if (--left === 0) Object.defineProperty(Module, key, { value: f, writable: true, enumerable: true, configurable: true });
      return value;
    };
    /* Emscripten 3.1.6 puts the real one there when the first is called, whoever calls that. */
    const set = value => {
      f = value;
      real.set(watched, f);
    };
    set(original);
    Object.defineProperty(Module, key, { get: () => watched, set, enumerable: true, configurable: true });
  };

  return {
    /* When the exports are there. */
    watch() {
      for (const key of Object.keys(Module)) {
        if (!key.startsWith('_') || ours.test(key)) continue;
        const value = Object.getOwnPropertyDescriptor(Module, key)?.value; /* debug builds have getters that abort */
        if (typeof value == 'function') watch(key, value);
      }
    },
    /* What an export is, whatever stands in its place. */
    real: f => real.get(f) ?? f,
  };
};
