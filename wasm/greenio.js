// The part of greenio's JavaScript that emcc sees: the imports of the wasm module, and access to the
// variables of Emscripten's factory function. It stays small and plain, since the optimizer of
// Emscripten 3.1.6 fails on modern JavaScript or miscompiles it; all else is in the .mjs files,
// which emcc never parses and which give `greenio$attach`.

(function() {
  var passes = typeof BINARYEN_EXTRA_PASSES == 'undefined' ? '' : String(BINARYEN_EXTRA_PASSES);
  if (passes.indexOf('asyncify') < 0) {
    error('greenio: -sBINARYEN_EXTRA_PASSES is "' + passes + '", but must hold greenio\'s own: add "--asyncify,--pass-arg=asyncify-imports@env.invoke_*" to it');
  }
  if (/list@/.test(passes) && !(EMIT_NAME_SECTION || EMIT_SYMBOL_MAP || DEBUG_LEVEL >= 2)) {
    error('greenio: -sBINARYEN_EXTRA_PASSES gives Asyncify a list of functions, but their names are taken out before it runs: add --emit-symbol-map (the module stays without names), --profiling-funcs or -g');
  }
  if (typeof JSPI != 'undefined' && JSPI) {
    error('greenio: -sJSPI cannot be combined with greenio, because a longjmp() across a wait fails beside it: leave it out, greenio\'s waits do not need it');
  } else if (typeof ASYNCIFY != 'undefined' && ASYNCIFY) {
    error('greenio: -sASYNCIFY cannot be combined with greenio, which runs the pass itself: leave it out');
  }
  if ((typeof EXCEPTION_HANDLING != 'undefined' && EXCEPTION_HANDLING) || (typeof WASM_EXCEPTIONS != 'undefined' && WASM_EXCEPTIONS)) {
    error('greenio: -fwasm-exceptions cannot be combined with greenio, because Binaryen\'s Asyncify does not know them: use -fexceptions');
  }
  if (typeof SUPPORT_LONGJMP != 'undefined' && SUPPORT_LONGJMP == 'wasm') {
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

    $greenHost__deps: there('$runtimeKeepalivePush', '$runtimeKeepalivePop', '$UTF8ToString', '$stringToUTF8', '$lengthBytesUTF8', '$keepRuntimeAlive', '$ExitStatus', 'emscripten_force_exit'),
    $greenHost: {
      sp: function() { return _green__sp(); },
      setSp: function(sp) { _green__sp_set(sp); },
      turn: function(afterLoop) { return _green__js_turn(afterLoop); },
      timerFired: function() { return _green__js_timer_fired(); },
      enter: function(context) { _green__js_enter(context); },
      leave: function(returned, value) { return _green__js_leave(returned, value); },
      parks: function() { return _green__js_parks(); },
      hostStack: function() { _green__js_host_stack(); },
      recover: function() { return _green__js_recover(); },
      failed: function(status, message) { return _green__js_failed(status, message); },
      overrun: function() { return _green__js_overrun(); },
      trapped: function(sp) { return _green__js_trapped(sp); },
      running: function() { return _green__js_running(); },
      lost: function(status, message) { return _green__js_lost(status, message); },
      call: function(stack, name, slot) { return _green__js_call(stack, name, slot); },
      begin: function(stack, name, slot) { return _green__js_begin(stack, name, slot); },
      keep: function(context, slot, name) { _green__js_keep_call(context, slot, name); },
      finish: function(returned, value) { return _green__js_finish(returned, value); },
      finishFailed: function(status, message) { return _green__js_finish_failed(status, message); },
      cancel: function(context) { return _green__js_cancel(context); },
      main: function() { return _green__js_main(); },
      mainLeave: function() { return _green__js_main_leave(); },
      stuck: function() { return _green__js_stuck(); },
      endDeadlock: function() { return _green__js_end_deadlock(); },
      flush: function() {
        _green__js_flush();
        if (typeof flush_NO_FILESYSTEM == 'function') flush_NO_FILESYSTEM();
      },
      report: function() { _green__js_report(); },
      fdReady: function(fd, events) { return _green__js_fd_ready(fd, events); },
      fdClosed: function(fd) { return _green__js_fd_closed(fd); },
      signalled: function(watch) { return _green__js_signalled(watch); },
      future: function() { return _green__js_future(); },
      noFuture: function() { return _green__js_no_future(); },
      resolve: function(future) { return _green__js_resolve(future); },
      resolveNumber: function(future, number) { return _green__js_resolve_number(future, number); },
      resolveString: function(future, string) { return _green__js_resolve_string(future, string); },
      newBytes: function(size) { return _green__js_bytes_new(size) >>> 0; },
      resolveBytes: function(future, bytes) { return _green__js_resolve_bytes(future, bytes); },
      reject: function(future, status, message) { return _green__js_reject(future, status, message); },
      status: function(name) { return _green__js_status(name); },
      statusName: function(status) { return _green__js_status_name(status); },
      buffer: function() { return _green__js_buffer(); },
      alloc: function(size) { return _green__js_alloc(size) >>> 0; },
      free: function(memory) { _green__js_free(memory); },
      freeC: function(memory) { _green__js_free_c(memory); },
      bytes: function() { return HEAPU8; },
      memory: function() { return wasmMemory; },
      text: function(pointer) { return UTF8ToString(pointer); },
      textLength: function(text) { return lengthBytesUTF8(text); },
      putText: function(text, pointer, size) { stringToUTF8(text, pointer, size); },
      hold: function() { {{{ runtimeKeepalivePush() }}} },
      release: function() { {{{ runtimeKeepalivePop() }}} },
      held: function() { return keepRuntimeAlive(); },
      exit: function(status) { _emscripten_force_exit(status); },
      isExit: function(error) { return greenio$isA(error, ExitStatus); },
      abort: function() { ABORT = true; },
      print: function(text) { err(text); },
      catches: {{{ DISABLE_EXCEPTION_CATCHING == 1 ? 0 : 1 }}},
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
    $greenCore: '(greenio$attach(Module, greenHost))',
    $green__deps: ['$greenCore'],
    $green: '(greenCore.api)',
    $green__postset: 'Module["green"] = green;',

    green__js_now__sig: 'd',
    green__js_now: function() { return performance.now(); },
    green__js_wake__sig: 'vi',
    green__js_wake: function(afterLoop) { greenCore.wake(afterLoop); },
    green__js_timer__sig: 'vd',
    green__js_timer: function(milliseconds) { greenCore.timer(milliseconds); },
    green__js_keep__sig: 'vi',
    green__js_keep: function(keep) { greenCore.keep(keep); },
    green__js_step__sig: 'ipi',
    green__js_step: function(context, slot) { return greenCore.step(context, slot); },
    green__js_call_name__sig: 'vipp',
    green__js_call_name: function(slot, buffer, size) { greenCore.callName(slot, buffer, size); },
    green__js_done__sig: 'viip',
    green__js_done: function(slot, status, message) { greenCore.done(slot, status, message); },
    green__js_signal__sig: 'ipp',
    green__js_signal: function(name, watch) { return greenCore.signal(name, watch); },
    green__js_signal_off__sig: 'vp',
    green__js_signal_off: function(watch) { greenCore.signalOff(watch); },
    green__js_report_entry__sig: 'vipppdppp',
    green__js_report_entry: function(id, name, state, waitsFor, since, used, size, calls) { greenCore.reportEntry(id, name, state, waitsFor, since, used, size, calls); },
    green__js_parking__sig: 'vp',
    green__js_parking: function(context) { greenCore.parking(context); },
    green__js_forget__sig: 'vp',
    green__js_forget: function(context) { greenCore.forget(context); },
    green__js_calls__sig: 'vppp',
    green__js_calls: function(context, buffer, size) { greenCore.calls(context, buffer, size); },

    green__js_open__sig: 'ipppp',
    green__js_open: function(depth, base, end, heap) {
      greenCore.open(depth, { base: base, end: end, heap: heap });
      return {{{ (typeof STACK_OVERFLOW_CHECK != 'undefined' && STACK_OVERFLOW_CHECK >= 2 ? 1 : 0) + (DISABLE_EXCEPTION_CATCHING == 1 ? 0 : 2) }}} + (typeof greenio$checkPark == 'function' ? 4 : 0);
    },
    green__js_check_park__sig: 'v',
    green__js_check_park: function() { greenio$checkPark(); },
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

  /* Raw sockets: Emscripten's calls under names of ours, or nothing of them. */
  var sockets = {
    green__js_recvfrom: '__syscall_recvfrom',
    green__js_recvmsg: '__syscall_recvmsg',
    green__js_sendto: '__syscall_sendto',
    green__js_sendmsg: '__syscall_sendmsg',
    green__js_connect: '__syscall_connect',
    green__js_accept4: '__syscall_accept4',
    green__js_getsockopt: '__syscall_getsockopt',
    green__js_poll: '__syscall_poll_nonblocking',
    green__js_readv: 'fd_read',
  };
  var raw = typeof NODERAWSOCKETS != 'undefined' && NODERAWSOCKETS && there('__syscall_poll_nonblocking').length > 0;
  for (var socket in sockets) {
    parts[socket] = raw ? sockets[socket] : function() { return -52; /* ENOSYS */ };
  }
  parts.green__js_fd_supported__sig = 'i';
  parts.green__js_fd_listen__sig = parts.green__js_fd_is_open__sig = parts.green__js_fd_is_idle__sig = 'ii';
  parts.green__js_fd_forget__sig = parts.green__js_fd_closing__sig = 'vi';
  parts.green__js_fd_forget_all__sig = 'v';
  parts.green__js_fd_timeout__sig = 'dii';
  parts.green__js_fd_set_timeout__sig = 'iiid';
  if (raw) {
    parts.green__js_fd_listen__deps = parts.green__js_fd_is_open__deps = parts.green__js_fd_is_idle__deps = parts.green__js_fd_closing__deps =
      parts.green__js_fd_timeout__deps = parts.green__js_fd_set_timeout__deps = ['$FS', '$SOCKFS'];
    parts.green__js_fd_supported = function() { return 1; };
    parts.green__js_fd_listen = function(fd) { return greenCore.descriptors.listen(FS, fd); };
    parts.green__js_fd_is_open = function(fd) { return FS.getStream(fd) ? 1 : 0; };
    parts.green__js_fd_is_idle = function(fd) { return greenCore.descriptors.isIdle(FS, fd); };
    parts.green__js_fd_forget = function(fd) { greenCore.descriptors.forget(fd); };
    parts.green__js_fd_forget_all = function() { greenCore.descriptors.forgetAll(); };
    parts.green__js_fd_timeout = function(fd, sending) { return greenCore.descriptors.timeout(FS, fd, sending); };
    parts.green__js_fd_set_timeout = function(fd, sending, milliseconds) {
      return greenCore.descriptors.limit(FS, fd, sending, milliseconds);
    };
    parts.green__js_fd_closing = function(fd) { greenCore.descriptors.closing(FS, fd); };
  } else {
    parts.green__js_fd_supported = function() { return 0; };
    parts.green__js_fd_listen = function(fd) { return 3; };
    parts.green__js_fd_is_open = function(fd) { return 0; };
    parts.green__js_fd_is_idle = function(fd) { return 0; };
    parts.green__js_fd_forget = function(fd) {};
    parts.green__js_fd_forget_all = function() {};
    parts.green__js_fd_timeout = function(fd, sending) { return -1; };
    parts.green__js_fd_set_timeout = function(fd, sending, milliseconds) { return 0; };
    parts.green__js_fd_closing = function(fd) {};
  }

  for (var name in parts) {
    if (name.indexOf('green__js_') == 0 && typeof parts[name] == 'function') {
      parts[name + '__deps'] = (parts[name + '__deps'] || []).concat(['$green']);
    }
  }
  mergeInto(LibraryManager.library, parts);
})();
