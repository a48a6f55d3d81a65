// What emcc refuses to link beside WebAssembly's own longjmp(): throw in a program that can catch nothing. Plain for
// Emscripten 3.1.6, as greenio.js.
(function() {
  var catches = (typeof EXCEPTION_HANDLING != 'undefined' && EXCEPTION_HANDLING) || (typeof WASM_EXCEPTIONS != 'undefined' && WASM_EXCEPTIONS);
  if (catches || typeof DISABLE_EXCEPTION_THROWING == 'undefined' || !DISABLE_EXCEPTION_THROWING) return;
  if (!('__cxa_throw' in LibraryManager.library)) return;

  var parts = {
    __cxa_allocate_exception__deps: ['malloc'],
    __cxa_allocate_exception: function(size) { return _malloc(size + 64) + 64; },
    __cxa_free_exception__deps: [],
    __cxa_free_exception: function(pointer) {},
  };
  ['__cxa_throw', '__cxa_rethrow', '__cxa_rethrow_primary_exception'].forEach(function(name) {
    parts[name + '__deps'] = [];
    parts[name] = function() { throw 'a C++ exception: Exception catching is disabled'; };
  });
  mergeInto(LibraryManager.library, parts);
})();
