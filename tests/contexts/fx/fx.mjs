/* The functions of fx.wat and fx_park.wat (`wat2wasm`'s form of them, in base64): the program imports the park itself, with
 * no JavaScript frame between, and calls the others through its table. */
const _greenio$fx = (() => {
  const real = globalThis.WebAssembly;
  const load = (text, imports) => new real.Instance(new real.Module(Uint8Array.from(atob(text), letter => letter.charCodeAt(0))), imports).exports;
  const park = load('AGFzbQEAAAABBAFgAAADAgEADQMBAAAHEgIEcGFyawQAB2Z4X3BhcmsAAAoGAQQA4gAL');
  const rest = 'AGFzbQEAAAABHQdgAABdAGABfwBdAmACf2MBAGACf38Bf2ABfwF/AhgCA2FwcARib2R5AAIDYXBwBHBhcmsEAAADBQQEBQYCBAYBYwEAgAgHGQMFYmVnaW4AAgZyZXN1bWUAAwRkcm9wAAQJBQEDAAEACmkEGgAgAPwQAE8EQNB1/BAA/A8AGgsgACABJgALIgEBYwECYwEgANIA4APjAwEAAABBAQ8LIQIgASACEAFBAAsgAQFjAQJjASAAJQDjAQEAAABBAQ8LIQEgACABJgBBAAsIACAA0HUmAAs=';
  return {
    park: park.fx_park,
    make({ loop }, table, main, mainLeft) {
      let fx = null;
      let at = 0;
      let begun = false;
      const open = (body, which) => {
        if (fx === null) {
          fx = load(rest, { app: { park: park.park, body: table().get(body) } });
          at = table().grow(3);
          [fx.begin, fx.resume, fx.drop].forEach((f, i) => table().set(at + i, f));
        }
        return at + which;
      };
      loop.mainCall = (argc, argv) => {
        const context = begun ? 0 : main(argc, argv); /* opens them */
        const over = begun ? fx.resume(0) : fx.begin(context, 0);
        begun = true;
        return mainLeft(over);
      };
      return { open };
    },
  };
})();
