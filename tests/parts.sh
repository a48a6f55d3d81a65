# The parts of the tests: what `./dev test` runs. Sourced by ../dev, which gives say, fail, heading, compile and
# provide, and the folders $build (whole: $absolute_build) and $results.
#
# A new part is a function test_NAME, a word in needs_of (needs.sh), one in `chains` (run.sh), and its lines in
# parts.txt.

test_native() { check native-release native-release; }
test_ucontext() { check_basic native-ucontext native-ucontext; }
test_ucontext_all() { check native-ucontext native-ucontext; }
test_sanitize() { check native-sanitize native-sanitize; }

# All is built, since warnings are errors; what depends on the compiler is run.
test_clang() {
  printf -- '-- native-clang: built whole, then the basic tests\n'
  if compile native-clang native-clang; then
    record 1 0 "native-clang build"
    run_ctest native-clang -L basic
  else
    record 0 1 "native-clang build"
  fi
}

test_posix() { posix_presets 'servers$' native-release native-sanitize; }
test_posix_all() { posix_presets servers native-release native-ucontext native-sanitize; } # servers-all too

# The SSH server alone takes as long as all the others, and once will do: posix_presets LABELS PRESET ...
posix_presets() {
  labels=$1
  shift
  for preset; do
    printf -- '-- %s\n' "$preset"
    set -- -L "$labels"
    [ $preset = native-release ] || set -- "$@" -LE slow
    if compile $preset $preset; then run_ctest $preset "$@"; else record 0 1 "$preset build"; fi
  done
}

# Builds the programs that need nothing but themselves: build_own_tests PRESET [CMAKE-ARGUMENT ...]
build_own_tests() {
  built=0 targets="core_tests native_tests${also:+ $also}"
  compile "$1" "$@" || built=1
  targets='' also=''
  [ $built = 0 ] || record 0 1 "$1 build"
  return $built
}

# Runs a test program, shows its last line, or all if something failed: run_program NAME COMMAND ...
run_program() {
  name=$1 log=$build/$part-$1.log ended=0
  shift
  timeout -k 10 900 "$@" >"$log" 2>&1 || ended=$?
  passed=$(sed -n 's/^\([0-9]*\) passed, .*/\1/p' "$log")
  failed=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed.*/\1/p' "$log")
  [ $ended = 0 ] || [ "${failed:-0}" != 0 ] || failed=1
  if [ "${failed:-1}" = 0 ]; then tail -n 1 "$log"; else cat "$log"; fi
  record "${passed:-0}" "${failed:-1}" "$name"
}

test_thread() {
  build_own_tests native-thread || return 0
  TSAN_OPTIONS="halt_on_error=0 exitcode=66 ${TSAN_OPTIONS-}"
  export TSAN_OPTIONS
  for name in core native; do
    run_program $name "$(own_program native-thread $name)"
  done
}

test_valgrind() {
  also="fd_tests stream_tests file_tests"
  build_own_tests native-release || return 0
  for name in core native fd stream file; do
    run_program $name valgrind -q --error-exitcode=99 --leak-check=full \
      --show-leak-kinds=definite --errors-for-leak-kinds=definite \
      "$(own_program native-release $name)"
  done
  echo "left out: the runs with failing allocations, which take minutes under Valgrind, and HTTP and"
  echo "the link checker, whose Node servers would time out (sanitize has all of them)"
}

test_aarch64() {
  build_own_tests native-aarch64 "-DGREENIO_SYSROOT=$sysroot" || return 0
  for name in core native; do
    program=$(own_program native-aarch64 $name)
    run_program $name qemu-aarch64 -L "$sysroot" "$program"
    run_program $name-fail-alloc qemu-aarch64 -L "$sysroot" "$program" --fail-alloc
  done
  run_program core-64k qemu-aarch64 -p 65536 -L "$sysroot" "$(own_program native-aarch64 core)"
}

# Wine has a folder of its own, and its server ends with the tests. Without winedbg a crash that a test wants ends at
# once.
test_windows() {
  WINEPREFIX=$absolute_build/windows/wine
  WINEDLLOVERRIDES='mscoree,mshtml=;winedbg.exe=d'
  WINEDEBUG=-all
  export WINEPREFIX WINEDLLOVERRIDES WINEDEBUG
  wine wineboot -u >"$build/wine.log" 2>&1 || { cat "$build/wine.log"; record 0 1 "wine"; return 0; }
  check native-windows native-windows "-DGREENIO_SYSROOT=$absolute_build/windows/prefix"
  wineserver -k || : # it may have ended by itself
  echo "left out: what src/fd, src/posix, src/pq, TLS and WebSocket need is not there for Windows (docs/windows.md)"
}

# Linked statically, against libuv and zlib of Debian's sources; no HTTP client, no TLS, no C++.
test_musl() {
  tests/musl_libraries "$build/musl" || { record 0 1 "the libraries"; return 0; }
  targets="core_tests native_tests fd_tests stream_tests file_tests process_tests app_tests hello"
  if ! compile native-musl native-musl "-DGREENIO_MUSL=$absolute_build/musl/prefix"; then
    record 0 1 "native-musl build"
    targets=
    return 0
  fi
  targets=
  for name in core native fd stream file process app; do
    run_program $name "$(own_program native-musl $name)"
  done
  hello=$build/native-musl/examples/hello/hello
  strip -o "$hello-stripped" "$hello"
  echo "hello: $(($(wc -c <"$hello-stripped") / 1024)) KiB, linked statically"
  if "$hello-stripped" | grep -q "^3: hello from one" && ! readelf -d "$hello-stripped" | grep -q NEEDED; then
    record 1 0 "a static program"
  else
    record 0 1 "a static program"
  fi
}

own_program() {
  case $2 in
    core) echo "$build/$1/tests/core_tests" ;;
    *) echo "$build/$1/tests/$2/$2_tests" ;;
  esac
}

# At levels of optimization: wasm_levels check|check_brief|check_basic LEVEL ...
wasm_levels() {
  how=$1
  shift
  for level; do
    case $level in
      O0) $how wasm-debug wasm-debug ;;
      O2) $how wasm-release wasm-release ;;
      *) $how wasm-release "wasm-$level" "-DCMAKE_C_FLAGS_RELEASE=-$level" \
        "-DCMAKE_CXX_FLAGS_RELEASE=-$level" ;;
    esac
  done
}

test_wasm() {
  wasm_levels check O2
  wasm_levels check_brief O0
  wasm_levels check_basic Oz
}
test_wasm_basic() { wasm_levels check_basic O2 O0 Oz; }
test_wasm_newest() {
  wasm_levels check_brief O2
  wasm_levels check_basic O0 Oz
}
test_wasm_all() { wasm_levels check O0 O1 O2 O3 Os Oz; }

# JavaScript Promise Integration is in Node 26 and newer: with_jspi COMMAND ...
with_jspi() {
  for bin in "$tools"/node_modules/node-26-*/bin; do
    (PATH=$(cd "$bin" && pwd):$PATH && export PATH && "$@")
  done
}

test_jspi() {
  with_jspi check_basic wasm-jspi wasm-jspi
  with_jspi minified_kinds wasm-jspi
}

# Both kinds again, of programs as a bundler leaves them.
minified_kinds() {
  GREENIO_TOOLS=$tools node tests/kinds/minify.mjs "$build/$1/tests/kinds" "$build/$1/tests/kinds-minified" || return
  (export GREENIO_MODULES="$absolute_build/$1/tests/kinds-minified" && run_node tests/kinds/kinds.test.mjs)
}

test_jspi_all() {
  with_jspi check wasm-jspi wasm-jspi
  with_jspi minified_kinds wasm-jspi
  with_jspi check_variants wasm-jspi variants-jspi
  (GREENIO_WASM=wasm-jspi && export GREENIO_WASM &&
    for name in core page file http pg app websocket chat gateway; do set -- "$@" "tests/browser/$name.test.mjs"; done &&
    with_jspi run_node "$@")
  with_jspi check_brief wasm-debug wasm-jspi-O0 -DGREENIO_CONTEXTS=jspi
  for level in O3 Oz; do
    with_jspi check_basic wasm-jspi "wasm-jspi-$level" "-DCMAKE_C_FLAGS_RELEASE=-$level" \
      "-DCMAKE_CXX_FLAGS_RELEASE=-$level"
  done
}

# The core's tests on the engine's own stack switching, where Node has it: flags of that kind come and go.
test_contexts() { with_jspi check_wasmfx; }
check_wasmfx() {
  if ! node --experimental-wasm-wasmfx -e 0 2>"$results/wasmfx"; then
    echo "left out: Node $(node --version) says $(head -n 1 "$results/wasmfx")"
    record 1 0 "no stack switching here"
    return
  fi
  targets=contexts_fx
  if compile wasm-jspi wasmfx -DGREENIO_WASMFX=ON; then run_ctest wasmfx -L wasmfx; else record 0 1 "wasmfx build"; fi
  targets=
}

# The tests of tests/variants alone: check_variants PRESET FOLDER [CMAKE-ARGUMENT ...]
check_variants() {
  printf -- '-- %s\n' "$2"
  targets=variants
  if compile "$@" -DGREENIO_VARIANTS=ON; then run_ctest "$2" -L variants; else record 0 1 "$2 build"; fi
  targets=
}

test_variants() { check_variants wasm-release variants; }
test_variants_all() {
  test_variants
  check_variants wasm-debug variants-O0
  for level in O3 Oz; do
    check_variants wasm-release "variants-$level" "-DCMAKE_C_FLAGS_RELEASE=-$level" \
      "-DCMAKE_CXX_FLAGS_RELEASE=-$level"
  done
}

test_browser() {
  targets="gateway otlp" # which pages connect by, and whose page is one
  compile native-release browser-native || record 0 1 "browser-native build"
  targets=
  if compile wasm-release wasm-release; then
    set -- tests/checklinks/page.test.mjs
    for file in tests/browser/*.test.mjs; do [ ! -e "$file" ] || set -- "$@" "$file"; done
    run_node "$@"
    (GREENIO_BROWSER=firefox && export GREENIO_BROWSER && run_node tests/browser/app.test.mjs tests/browser/scoped.test.mjs tests/browser/notes.test.mjs)
  else
    record 0 1 "wasm-release build"
  fi
}

# All of the browser's tests but those of Chromium's own tools, in another one: in_browser firefox|webkit
in_browser() {
  targets=gateway
  compile native-release browser-native || record 0 1 "browser-native build"
  targets='core_tests file_tests stream_tests tls_tests http_tests pg_tests sockets_tests app_serve web_host page page_single
    page_messages page_websocket gateway chat notes stations kinds_both kinds_single kinds_served'
  if compile wasm-release wasm-release; then
    (GREENIO_BROWSER=$1 && export GREENIO_BROWSER && shift &&
      for name in core page file http pg app scoped websocket chat gateway notes stations kinds; do set -- "$@" "tests/browser/$name.test.mjs"; done &&
      run_node "$@")
  else
    record 0 1 "wasm-release build"
  fi
  targets=
}
test_firefox() { in_browser firefox; }
test_webkit() { in_browser webkit; }

test_install() {
  if compile native-release native-shared -DBUILD_SHARED_LIBS=ON; then
    run_ctest native-shared -R '^(core|native)$'
  else
    record 0 1 "native-shared build"
  fi
  run_node tests/install/*.test.mjs
  if build_docs; then record 1 0 docs; else record 0 1 docs; fi
}
# WebAssembly on hosts that are neither Node nor a browser. GREENIO_HOST: on one of them alone.
test_hosts() {
  targets=hosts
  if compile wasm-release wasm-release; then run_node tests/hosts/*.test.mjs; else record 0 1 "wasm-release build"; fi
  targets=
}
test_deno() { (GREENIO_HOST=Deno && export GREENIO_HOST && test_hosts); }
test_bun() { (GREENIO_HOST=Bun && export GREENIO_HOST && test_hosts); }
test_workerd() { (GREENIO_HOST=workerd && export GREENIO_HOST && test_hosts); }

# Built without WebSocket: who asks for it is told, and nothing else misses it.
test_no_websocket() {
  for preset in native-release wasm-release; do
    if compile $preset "$preset-no-websocket" -DGREENIO_WEBSOCKET=OFF; then
      run_ctest "$preset-no-websocket" -R '^(websocket|server|app|stream|web|sockets|gateway)'
    else
      record 0 1 "$preset build without WebSocket"
    fi
  done
}

test_install_wasm() { run_node tests/install/wasm.test.mjs; }

# Packs the package.
pack_package() {
  mkdir -p "$build/package"
  absolute=$(cd "$build/package" && pwd)
  rm -f "$absolute"/greenio-*.tgz
  GREENIO_TARBALL=$absolute/$(npm pack --silent --pack-destination "$build/package") || return 1
  export GREENIO_TARBALL
}

# Packs it and installs it in a project of its own, outside of this tree: what the tests are about.
pack() {
  pack_package || return 1
  GREENIO_TOOLS=$(cd "$tools" && pwd)
  GREENIO_PROJECT=$(mktemp -d)
  export GREENIO_TOOLS GREENIO_PROJECT
  node tests/package/setup.mjs "$GREENIO_PROJECT" "$GREENIO_TARBALL"
}

test_package() {
  if pack; then
    run_node tests/package/*.test.mjs
    (export GREENIO_KINDS=service && run_node tests/create/*.test.mjs)
    for version in 24 26; do
      for bin in "$GREENIO_TOOLS/node_modules/node-$version"-*/bin; do
        (export PATH="$bin:$PATH" GREENIO_NODE=$version && run_node tests/package/node.test.mjs)
      done
    done
  else
    record 0 1 "npm pack and install"
  fi
  rm -rf "${GREENIO_PROJECT:-}"
}

# Projects of `npm create greenio`; GREENIO_KINDS says which, all unless it is set.
test_create() {
  if pack_package; then run_node tests/create/*.test.mjs; else record 0 1 "npm pack"; fi
}

test_debian() { run_node tests/debian/*.test.mjs; }

# The tarball of a draft holds what is committed. Its tests are those of its own ./dev, without the packages' own.
test_release() {
  if ! make_release --draft; then record 0 1 "release"; return; fi
  record 1 0 "release"
  rm -rf "$build/release/unpacked" && mkdir "$build/release/unpacked"
  tar xzf "$build"/release/greenio-*[0-9].tar.gz -C "$build/release/unpacked"
  name="the tarball's tests"
  if (cd "$build"/release/unpacked/greenio-* && unset GREENIO_BUILD && ./dev test native wasm); then
    record 1 0 "$name"
  else
    record 0 1 "$name"
  fi
}

test_site() {
  if build_site "$build/site"; then
    record 1 0 "site"
    GREENIO_SITE=$build/site run_node tests/site/*.test.mjs
  else
    record 0 1 "site"
  fi
}

# The native server's reading beside the parser of the newest Node: that of the tests' own is in `native`.
test_parser() {
  targets=raw_read
  if compile native-release native-release; then
    run_program parser "$(jspi_node)" tests/raw/parser.mjs \
      "$build/native-release/tests/raw/raw_read" 20000 2
  else
    record 0 1 "native-release build"
  fi
  targets=
}

# For comparison: prints what nginx and plain node:http make of the raw requests.
test_raw_peers() {
  if PATH=$PATH:/usr/sbin node tests/raw/peers.mjs; then record 1 0 "peers asked"; else record 0 1 "peers asked"; fi
}

test_port() { run_node tests/package/port.test.mjs; }

fuzz_targets="app document entity frames grammar url http_url http_response http_text request status websocket sequences"
findings=$build/fuzz/found

# Quiet but for what it finds: fuzz TARGET LIBFUZZER-ARGUMENT ...
fuzz() {
  name=$1
  shift
  [ -x "$build/native-fuzz/tests/fuzz/fuzz_$name" ] || fail "there is no fuzz target '$name': $fuzz_targets"
  mkdir -p "$findings" "$build/fuzz/corpus/$name"
  "$build/native-fuzz/tests/fuzz/fuzz_$name" -timeout=60 -rss_limit_mb=4096 -max_len=400 \
    -artifact_prefix="$findings/$name-" "$@" >"$build/fuzz/$name.log" 2>&1 && return
  tail -n 60 "$build/fuzz/$name.log"
  return 1
}

# libFuzzer is the same run each time: a fixed seed, so many inputs, the corpus of the repository.
test_fuzz() {
  targets=fuzz_targets
  if compile native-fuzz native-fuzz; then
    for target in $fuzz_targets; do
      case $target in sequences) runs=10000 ;; *) runs=40000 ;; esac
      printf '%-14s %6d inputs\n' "$target" "$runs"
      rm -rf "$build/fuzz/fixed" && mkdir -p "$build/fuzz/fixed" # takes what is new
      if fuzz "$target" -runs=$runs -seed=1 "$build/fuzz/fixed" "tests/fuzz/corpus/$target"; then
        record 1 0 "fuzz $target"
      else
        record 0 1 "fuzz $target"
      fi
    done
  else
    record 0 1 "native-fuzz build"
  fi
  targets=fuzz_sequences
  if compile native-sanitize native-sanitize &&
    node tests/fuzz/shrink.mjs "$build/native-sanitize/tests/fuzz/fuzz_sequences" --count 100000; then
    record 1 0 "sequences"
  else
    record 0 1 "sequences"
  fi
  targets=
}

# hiredis, compiled with <greenio/fd_names.h>: from Debian's source.
prepare_hiredis() {
  hiredis=$absolute_build/hiredis
  tests/debian_source hiredis "$hiredis"
}

test_hiredis() {
  prepare_hiredis || { record 0 1 "hiredis's source"; return; }
  targets=fd_hiredis
  for preset in native-release wasm-release; do
    if [ $preset = wasm-release ] && [ ! -e "$(em-config EMSCRIPTEN_ROOT)/src/lib/libsockfs_node.js" ]; then
      echo "left out: WebAssembly, since this Emscripten has no -sNODERAWSOCKETS"
      continue
    fi
    suffix=
    [ $preset = native-release ] || suffix=.mjs
    if compile $preset $preset "-DGREENIO_HIREDIS=$hiredis/source" &&
      node tests/fd/hiredis/run.mjs "$build/$preset/tests/fd/hiredis/fd_hiredis$suffix"; then
      record 1 0 "hiredis $preset"
    else
      record 0 1 "hiredis $preset"
    fi
  done
  targets=
}

# Blocking libraries compiled for WebAssembly as they are, from Debian's sources, and real servers.
test_porting() {
  targets=ported
  if fetch_ported hiredis postgresql-15:libpq && check_ported wasm-release wasm-release -DGREENIO_PORTED_ALL=OFF; then
    run_node tests/posix/ported/page.test.mjs
    GREENIO_LIBPQ=$ported/libpq/prefix run_node tests/pq/ported/installed.test.mjs
  fi
  targets=
}

# More of them, by hand, on each kind of contexts: what is built on libpq, libcurl with TLS, libssh2, and a program that
# listens; hiredis and libpq with both kinds in one program, and with link-time optimization.
test_porting_all() {
  fetch_ported hiredis postgresql-15:libpq libpqxx:libpqxx libdbi:libdbi libdbi-drivers:libdbi-drivers mbedtls curl libssh2 rinetd ||
    return 0
  tests/posix/ported/network/build "$ported" || { record 0 1 "libcurl and libssh2"; return; }
  targets=ported_all
  check_ported wasm-release wasm-release -DGREENIO_PORTED_ALL=ON || :
  with_jspi check_ported wasm-jspi porting-jspi -DGREENIO_PORTED_ALL=ON || :
  targets="ported_redis ported_postgres ported_pq"
  if compile_ported wasm-release porting-both -DGREENIO_CONTEXTS=both; then
    run_ported porting-both
    with_jspi run_ported porting-both
  fi
  if compile_ported wasm-release porting-lto -DCMAKE_C_FLAGS=-flto -DCMAKE_CXX_FLAGS=-flto; then run_ported porting-lto; fi
  targets=
}

# The example psql: by hand, since it takes long to compile.
test_psql() {
  fetch_psql || { record 0 1 "psql"; return 0; }
  targets='psql gateway'
  check_psql wasm-release wasm-release && GREENIO_WASM=wasm-release run_node tests/psql/page.test.mjs
  targets=psql
  with_jspi check_psql wasm-jspi porting-jspi || :
  targets=
}

# check_psql PRESET FOLDER
check_psql() {
  if ! compile "$@" "-DGREENIO_PSQL=$psql/prefix"; then
    record 0 1 "$2 build"
    return 1
  fi
  GREENIO_WASM=$2 run_node tests/psql/node.test.mjs tests/psql/field.test.mjs
}

# Fetches the sources, and builds libpq: fetch_ported SOURCE[:FOLDER] ...
fetch_ported() {
  ported=$absolute_build/ported
  for name; do
    tests/debian_source "${name%:*}" "$ported/${name#*:}" || { record 0 1 "the source of ${name%:*}"; return 1; }
  done
  tests/posix/ported/build_libpq "$ported/libpq" || { record 0 1 "libpq"; return 1; }
}

# compile_ported PRESET FOLDER [CMAKE-ARGUMENT ...]
compile_ported() {
  printf -- '-- %s\n' "$2"
  compile "$@" "-DGREENIO_PORTED=$ported" "-DGREENIO_LIBPQ=$ported/libpq/prefix" && return
  record 0 1 "$2 build"
  return 1
}

# Runs hiredis and libpq of a build folder by the Node that comes first: run_ported FOLDER
run_ported() {
  for pair in redis:redis postgres:postgres pq:postgres; do
    name="$1 ${pair%:*}, Node $(node --version)"
    if node tests/posix/run.mjs "${pair#*:}" "$build/$1/tests/posix/ported/ported_${pair%:*}.mjs"; then
      record 1 0 "$name"
    else
      record 0 1 "$name"
    fi
  done
}

# Builds and tests them: check_ported PRESET FOLDER [CMAKE-ARGUMENT ...]
check_ported() {
  compile_ported "$@" || return 1
  label=ported
  [ "$targets" = ported_all ] || label="^ported\$"
  run_ctest "$2" -L "$label"
}

# Whole, by hand: what the other parts run of it is a short form.
test_soak() {
  targets=soak
  if compile native-release native-release &&
    "$build/native-release/tests/soak/soak" 1000000000 10000000 1000000; then
    record 1 0 "soak natively"
  else
    record 0 1 "soak natively"
  fi
  if compile wasm-release wasm-release &&
    node "$build/wasm-release/tests/soak/soak.mjs" 100000000 1000000 100000; then
    record 1 0 "soak in Node"
  else
    record 0 1 "soak in Node"
  fi
  with_jspi soak_jspi
  targets=
}

soak_jspi() {
  if compile wasm-jspi wasm-jspi &&
    node "$build/wasm-jspi/tests/soak/soak.mjs" 100000000 1000000 100000; then
    record 1 0 "soak by JSPI"
  else
    record 0 1 "soak by JSPI"
  fi
}

# testssl.sh on a TLS server of greenio's, by hand, since it takes some minutes.
test_testssl() {
  targets=tls_server
  if compile native-release native-release &&
    node tests/tls/testssl.mjs "$build/native-release/tests/tls/tls_server"; then
    record 1 0 "testssl.sh"
  else
    record 0 1 "testssl.sh"
  fi
  targets=
}
