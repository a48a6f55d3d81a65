// The imports of fx.c. Plain for Emscripten 3.1.6, as wasm/greenio.js.
mergeInto(LibraryManager.library, {
  $greenFx__deps: ['$greenCore'].concat('$wasmTable' in LibraryManager.library ? ['$wasmTable'] : []),
  $greenFx: '(_greenio$fx.make(greenCore.env, function() { return wasmTable; }, function(argc, argv) { return _green__js_fx_main(argc, argv); }, function(returned) { return _green__js_fx_main_left(returned); }))',
  green__js_fx_open__deps: ['$greenFx', '$green'],
  green__js_fx_open__sig: 'ipi',
  green__js_fx_open: function(body, which) { return greenFx.open(body, which); },
  green__js_fx_park__deps: ['$greenFx', '$green'],
  green__js_fx_park: '(_greenio$fx.park)',
});
