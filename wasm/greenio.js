// The part of greenio's JavaScript that emcc sees: what a program may not be linked with, and access to the variables
// of Emscripten's factory function. It stays small and plain, since the optimizer of Emscripten 3.1.6 fails on modern
// JavaScript or miscompiles it; all else is in modules, which emcc never parses. join.mjs puts the functions that C and
// the modules call in the place of the two marks, from instance.mjs's table, and those of the features behind this.

(function() {
  var jspi = '$green__js_jspi' in LibraryManager.library; // by the library greenio_jspi.js, in front of this one
  var passes = typeof BINARYEN_EXTRA_PASSES == 'undefined' ? '' : String(BINARYEN_EXTRA_PASSES);
  if (!jspi && passes.indexOf('asyncify') < 0) {
    error('greenio: -sBINARYEN_EXTRA_PASSES is "' + passes + '", but must hold greenio\'s own: add "--asyncify,--pass-arg=asyncify-imports@env.invoke_*" to it');
  }
  if (/list@/.test(passes) && !(EMIT_NAME_SECTION || EMIT_SYMBOL_MAP || DEBUG_LEVEL >= 2)) {
    error('greenio: -sBINARYEN_EXTRA_PASSES gives Asyncify a list of functions, but their names are taken out before it runs: add --emit-symbol-map (the module stays without names), --profiling-funcs or -g');
  }
  if (typeof JSPI != 'undefined' && JSPI) {
    error('greenio: -sJSPI cannot be combined with greenio, because a longjmp() across a wait fails beside it: leave it out, greenio\'s waits do not need it');
  } else if (typeof ASYNCIFY != 'undefined' && ASYNCIFY) {
    error('greenio: -sASYNCIFY cannot be combined with greenio, which runs the pass itself: leave it out; what was EM_ASYNC_JS is GREEN_JS, of <greenio/js.h>');
  }
  var lists = [typeof ASYNCIFY_ONLY != 'undefined' && ASYNCIFY_ONLY, typeof ASYNCIFY_ADD != 'undefined' && ASYNCIFY_ADD, typeof ASYNCIFY_REMOVE != 'undefined' && ASYNCIFY_REMOVE];
  if (lists.some(function(list) { return list && list.length; }) || (typeof ASYNCIFY_IGNORE_INDIRECT != 'undefined' && ASYNCIFY_IGNORE_INDIRECT)) {
    error('greenio: -sASYNCIFY_ONLY, _ADD, _REMOVE and _IGNORE_INDIRECT are for Emscripten\'s own pass, which greenio does not use: say what is instrumented by the properties GREENIO_ASYNCIFY_ADD, _REMOVE and _IGNORE_INDIRECT of the target (docs/asyncify.md)');
  }
  var catches = (typeof EXCEPTION_HANDLING != 'undefined' && EXCEPTION_HANDLING) || (typeof WASM_EXCEPTIONS != 'undefined' && WASM_EXCEPTIONS);
  if (!jspi && catches) {
    error('greenio: -fwasm-exceptions cannot be combined with greenio, because Binaryen\'s Asyncify does not know them: use -fexceptions, or GREENIO_CONTEXTS=jspi');
  }
  if (jspi && DISABLE_EXCEPTION_CATCHING != 1) {
    error('greenio: -fexceptions cannot be combined with GREENIO_CONTEXTS=jspi, because its frames of JavaScript cannot be suspended: use -fwasm-exceptions');
  }
  if (!jspi && typeof SUPPORT_LONGJMP != 'undefined' && SUPPORT_LONGJMP == 'wasm') {
    error('greenio: -sSUPPORT_LONGJMP=wasm cannot be combined with greenio, because Binaryen\'s Asyncify does not know it: use -sSUPPORT_LONGJMP=emscripten');
  }
  if (typeof MINIMAL_RUNTIME != 'undefined' && MINIMAL_RUNTIME) {
    error('greenio: -sMINIMAL_RUNTIME cannot be combined with greenio, which needs the runtime\'s start and exit: leave it out');
  }
  if ((typeof WASM != 'undefined' && WASM != 1) || (typeof WASM2JS != 'undefined' && WASM2JS)) {
    error('greenio: -sWASM=0 and 2 cannot be combined with greenio, which needs WebAssembly and its 64-bit integers: leave it out');
  }
  if ((typeof MAIN_MODULE != 'undefined' && MAIN_MODULE) || (typeof RELOCATABLE != 'undefined' && RELOCATABLE)) {
    error('greenio: -sMAIN_MODULE and -sRELOCATABLE cannot be combined with greenio, because Asyncify does not see the code of side modules, and a wait below it would destroy the stack: link the libraries statically');
  }
  if (typeof ABORT_ON_WASM_EXCEPTIONS != 'undefined' && ABORT_ON_WASM_EXCEPTIONS) {
    error('greenio: -sABORT_ON_WASM_EXCEPTIONS cannot be combined with greenio, with which an exception fails one task and not the module: leave it out');
  }
  if (typeof PROXY_TO_PTHREAD != 'undefined' && PROXY_TO_PTHREAD) {
    error('greenio: -sPROXY_TO_PTHREAD cannot be combined with greenio, which runs on the thread that loads the module: load the module in a Web Worker instead');
  }
  if (typeof MEMORY64 != 'undefined' && MEMORY64) {
    error('greenio: -sMEMORY64 cannot be combined with greenio, whose JavaScript takes addresses for numbers: leave it out; 32-bit memory has up to 4 GiB');
  }
  if (typeof USE_CLOSURE_COMPILER != 'undefined' && USE_CLOSURE_COMPILER) {
    error('greenio: --closure 1 cannot be combined with greenio, whose ES modules around the output use names that the Closure compiler would change: leave it out; a bundler can make the output smaller');
  }
  if (!MODULARIZE || MODULARIZE == 'instance' || !EXPORT_ES6) {
    error('greenio: the output must be an ES module with a factory, because each instance has a state of its own: use -sMODULARIZE=1 -sEXPORT_ES6=1');
  }
  if (!EXIT_RUNTIME) {
    error('greenio: -sEXIT_RUNTIME=0 would drop exit handlers and unwritten output: use -sEXIT_RUNTIME=1; greenio keeps the module alive while it is in use');
  }
  if (typeof WASM_BIGINT != 'undefined' && !WASM_BIGINT) {
    error('greenio: -sWASM_BIGINT=0 cannot be combined with greenio, whose 64-bit integers are BigInts: leave it out');
  }

  // Some of them are library items in one version of Emscripten and built in in another.
  function there() {
    return Array.prototype.filter.call(arguments, function(name) { return name in LibraryManager.library; });
  }

  var parts = {
    start_unwind: function() {},
    stop_unwind: function() {},
    start_rewind: function() {},
    stop_rewind: function() {},

    $greenHost__deps: there('$runtimeKeepalivePush', '$runtimeKeepalivePop', '$UTF8ToString', '$stringToUTF8', '$lengthBytesUTF8', '$keepRuntimeAlive', '$ExitStatus', 'emscripten_force_exit').concat(jspi ? there('$wasmTable') : []),
    $greenHost: {
      contexts: jspi ? 'jspi' : 'asyncify',
      sp: function() { return _green__sp(); },
      setSp: function(sp) { _green__sp_set(sp); },
      inTable: function(index) { return wasmTable.get(index); },
      /* EXPORTS */
      flush: function() {
        _green__js_flush({{{ FILESYSTEM ? 1 : 0 }}});
        if (typeof flush_NO_FILESYSTEM == 'function') flush_NO_FILESYSTEM();
      },
      bytes: function() { return HEAPU8; },
      memory: function() { return wasmMemory; },
      text: function(pointer) { return UTF8ToString(pointer); },
      textLength: function(text) { return lengthBytesUTF8(text); },
      putText: function(text, pointer, size) { stringToUTF8(text, pointer, size); },
      hold: function() { {{{ runtimeKeepalivePush() }}} },
      release: function() { {{{ runtimeKeepalivePop() }}} },
      held: function() { return keepRuntimeAlive(); },
      exit: function(status) { _emscripten_force_exit(status); },
      isExit: function(error) { return greenio$wasm_outside.isA(error, ExitStatus); },
      abort: function() { ABORT = true; },
      aborted: function() { return ABORT; },
      print: function(text) { err(text); },
      catches: {{{ DISABLE_EXCEPTION_CATCHING == 1 && !(typeof EXCEPTION_HANDLING != 'undefined' && EXCEPTION_HANDLING) && !(typeof WASM_EXCEPTIONS != 'undefined' && WASM_EXCEPTIONS) ? 0 : 1 }}},
      debug: {{{ typeof STACK_OVERFLOW_CHECK != 'undefined' && STACK_OVERFLOW_CHECK >= 2 ? 1 : 0 }}},
      base: 0,
      end: 0,
      setLimits: function(base, end) {
#if STACK_OVERFLOW_CHECK >= 2
        ___set_stack_limits(base, end);
#endif
      },
      hostLimits: function() {
#if STACK_OVERFLOW_CHECK >= 2
        ___set_stack_limits(_emscripten_stack_get_base(), _emscripten_stack_get_end());
#endif
      },
      onQuit: function(quit) { quit_ = quit; },
      wasmFile: function(path, bytes) {
        if (typeof wasmBinaryFile == 'string' && wasmBinaryFile.indexOf('file:') == 0) wasmBinaryFile = path(wasmBinaryFile);
        /* Emscripten 3.1.6 would try to fetch() what is in the file itself, against a page's policy. */
        if (typeof wasmBinaryFile == 'string' && wasmBinaryFile.indexOf('data:') == 0) wasmBinary = bytes(wasmBinaryFile);
      },
      wrapMain: function(wrapper) {
        if (typeof _main != 'function') return false;
        var main = _main;
        _main = Module['_main'] = function(argc, argv) { return wrapper(main, argc, argv); };
        return true;
      },
    },

    $greenCore__deps: ['$greenHost'],
    $greenCore: '(greenio$wasm_instance.attach(Module, greenHost))',
    $green__deps: ['$greenCore'],
    $green: '(greenCore.api)',
    // EM_ASYNC_JS takes this for Emscripten's.
    $green__postset: 'Module["green"] = green; var Asyncify = {}; Asyncify.handleAsync = Asyncify.handleSleep = function() { throw new green.GreenError("ENOTSUP", "EM_ASYNC_JS and Asyncify.handleAsync() cannot wait beside greenio: write GREEN_JS, of <greenio/js.h>, and wait for its future"); };',

    exit__postset: '_exit.green = "exit";',
    emscripten_force_exit__postset: '_emscripten_force_exit.green = "emscripten_force_exit";',
    green__js_now__sig: 'd',
    green__js_now: function() { return performance.now(); },
    /* IMPORTS */

    green__js_check_park__sig: 'v',
    green__js_check_park: function() {
      try {
        greenio$wasm_parks.checkPark();
      } catch (error) {
        ABORT = true; // a program that was built wrongly does not go on, as behind abort()
        throw error;
      }
    },
    green__js_limits__sig: 'vpp',
    green__js_limits: function(base, end) { greenHost.setLimits(base, end); },
    green__js_next_limits__sig: 'vpp',
    green__js_next_limits: function(base, end) { greenHost.base = base; greenHost.end = end; },
    green__js_set_limits__sig: 'v',
    green__js_set_limits: function() { greenHost.setLimits(greenHost.base, greenHost.end); },
    green__js_host_limits__sig: 'v',
    green__js_host_limits: function() { greenHost.hostLimits(); },
#if STACK_OVERFLOW_CHECK >= 2
    __handle_stack_overflow: function(sp) { greenCore.stackOverflow(sp); },
#endif

    green__js_exceptions_enter__sig: 'vpi',
    green__js_exceptions_leave__sig: 'vp',
#if DISABLE_EXCEPTION_CATCHING != 1
    $greenExceptions: '{}',
    green__js_exceptions_enter__deps: ['$greenExceptions', '$exceptionCaught', '$exceptionLast', '$uncaughtExceptionCount'],
    green__js_exceptions_enter: function(context, fresh) {
      var saved = greenExceptions[context];
      if (!saved) return;
      delete greenExceptions[context];
      if (fresh) return;
      exceptionCaught.push.apply(exceptionCaught, saved.caught);
      exceptionLast = saved.last;
      uncaughtExceptionCount = saved.uncaught;
    },
    green__js_exceptions_leave__deps: ['$greenExceptions', '$exceptionCaught', '$exceptionLast', '$uncaughtExceptionCount'],
    green__js_exceptions_leave: function(context) {
      if (context && (exceptionCaught.length || uncaughtExceptionCount || exceptionLast)) {
        greenExceptions[context] = { caught: exceptionCaught.slice(0), last: exceptionLast, uncaught: uncaughtExceptionCount };
      }
      exceptionCaught.length = 0;
      uncaughtExceptionCount = 0;
      exceptionLast = 0;
    },
#else
    green__js_exceptions_enter: function(context, fresh) {},
    green__js_exceptions_leave: function(context) {},
#endif
  };

  for (var name in parts) {
    if (name.indexOf('green__js_') == 0 && typeof parts[name] == 'function') {
      parts[name + '__deps'] = (parts[name + '__deps'] || []).concat(['$green']);
    }
  }
  mergeInto(LibraryManager.library, parts);
})();
