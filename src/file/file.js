// The import of src/file, in front of file.mjs; plain for Emscripten 3.1.6, as wasm/greenio.js.
mergeInto(LibraryManager.library, {
  $greenFiles__deps: ['$green'],
  $greenFiles: '(greenCore.files())',
  green__js_file__deps: ['$greenFiles'],
  green__js_file__sig: 'pppppddd',
  green__js_file: function(operation, path, other, data, size, file, number) { return greenFiles(operation, path, other, data, size, file, number); },
});
