// For greenio::posix: what Emscripten has in JavaScript under a name of the C library that is greenio's. Plain for
// Emscripten 3.1.6, as greenio.js.
(function() {
  if (typeof WASMFS != 'undefined' && WASMFS) {
    error('greenio: -sWASMFS cannot be combined with greenio::posix, whose descriptors are those of Emscripten\'s JavaScript file system: leave it out');
  }
  mergeInto(LibraryManager.library, { green__js_posix_getaddrinfo: 'getaddrinfo' });
})();
