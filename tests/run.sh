# How the parts of the tests (parts.sh) are run and counted, and what runs beside what. Sourced by ../dev.

# Notes a result: record PASSED FAILED NAME
record() { printf '%s\t%s\t%s\t%s\n' "$part" "$1" "$2" "$3" >>"$results/$part"; }

# Runs files with Node's test runner, which waits for ever for what a failed test has left: run_node FILE ...
run_node() {
  tap=$results/$part.tap
  ended=0
  timeout -k 10 2400 node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$tap" "$@" || ended=$?
  passed=$(sed -n 's/^# pass //p' "$tap")
  failed=$(sed -n 's/^# fail //p' "$tap")
  [ $ended = 0 ] || [ "${failed:-0}" != 0 ] || failed=1
  record "${passed:-0}" "${failed:-0}" "node --test"
}

# Adds up ctest's logs: tally DIRECTORY FOLDER. A program that ends with "N passed, N failed", or Node's
# test runner, counts as that many; any other as one.
tally() {
  touch "$1/LastTestsFailed.log"
  awk -v part="$part" -v folder="$2" '
    function note() {
      if (named == "") return
      if (!counted) { passed = !bad; failed = bad }
      else if (bad && !failed) failed = 1
      printf "%s\t%d\t%d\t%s %s\n", part, passed, failed, folder, named
    }
    FILENAME ~ /LastTestsFailed\.log$/ { sub(/^[0-9]+:/, ""); is_bad[$0] = 1; next }
    /^[0-9]+\/[0-9]+ Test: / {
      note()
      named = $3
      counted = passed = failed = 0
      bad = named in is_bad
    }
    /^[0-9]+ passed, [0-9]+ failed/ { counted = 1; passed += $1; failed += $3 }
    /^(#|ℹ) pass [0-9]+$/ { counted = 1; passed += $3 }
    /^(#|ℹ) fail [0-9]+$/ { failed += $3 }
    END { note() }' "$1/LastTestsFailed.log" "$1/LastTest.log"
}

# Runs the tests of a build folder: run_ctest FOLDER [CTEST-ARGUMENT ...]
run_ctest() {
  folder=$1
  shift
  logs=$build/$folder/Testing/Temporary
  rm -f "$logs/LastTest.log" "$logs/LastTestsFailed.log"
  before=$(failures)
  ended=0
  ctest --test-dir "$build/$folder" --output-on-failure --no-tests=error \
    -j "$CMAKE_BUILD_PARALLEL_LEVEL" --timeout 600 \
    --test-output-size-passed 16777216 --test-output-size-failed 16777216 "$@" || ended=$?
  if [ -f "$logs/LastTest.log" ]; then tally "$logs" "$folder" >>"$results/$part"; fi
  [ $ended = 0 ] || [ "$(failures)" -gt "$before" ] || record 0 1 "$folder ctest"
}

failures() { awk -F '\t' '{ n += $3 } END { print n + 0 }' "$results/$part"; }

# Builds, then tests: check PRESET FOLDER [CMAKE-ARGUMENT ...]
check() {
  printf -- '-- %s\n' "$2"
  if compile "$@"; then run_ctest "$2" -LE servers; else record 0 1 "$2 build"; fi
}

# The same, without the tests that take long and that one run in WebAssembly is enough of.
check_brief() {
  printf -- '-- %s, without the exhaustive tests\n' "$2"
  if compile "$@"; then run_ctest "$2" -LE 'servers|exhaustive'; else record 0 1 "$2 build"; fi
}

# The same, but what depends on the compiler and on how contexts are switched alone: the targets and
# tests that tests/CMakeLists.txt calls basic.
check_basic() {
  printf -- '-- %s, the basic tests\n' "$2"
  targets=basic
  if compile "$@"; then run_ctest "$2" -L basic; else record 0 1 "$2 build"; fi
  targets=
}

# --- what runs when ----------------------------------------------------------------------------

# The parts of a line build in the same folders, or depend on what others of it made, so they run one
# after the other. Lines run beside each other, two at a time; those that take longest come first.
chains='wasm wasm-basic wasm-newest wasm-all porting porting-all psql browser firefox webkit hosts deno bun workerd
native parser ucontext ucontext-all posix posix-all valgrind sanitize fuzz testssl
package create debian port jspi jspi-all contexts
variants variants-all
no-websocket
install install-wasm
aarch64
windows
clang
hiredis
thread
musl
lint
raw-peers'
alone='site release soak' # they build in folders of several lines, and the last one measures

all_parts="native parser ucontext clang sanitize posix thread musl valgrind aarch64 wasm porting jspi variants browser install package fuzz lint"

# Of the parts that were asked for, those of a chain, in its order: chosen "CHAIN" PART ...
chosen() {
  for member in $1; do
    for part in $asked; do [ "$part" != "$member" ] || printf '%s ' "$part"; done
  done
}

part_itself() {
  heading "$part"
  began=$(date +%s)
  "test_$(echo "$part" | tr - _)"
  times >"$results/$part.times"
  echo "$(($(date +%s) - began))" >"$results/$part.seconds"
}

# How long a part took, and its processors: the time of its commands, which a busy machine does not lengthen.
time_of() {
  [ -s "$results/$1.seconds" ] || return 0
  awk -F '[ms ]+' 'NR == 2 { printf "%d s, ", seconds; printf "%d s of processors\n", $1 * 60 + $2 + $3 * 60 + $4 }' \
    seconds="$(cat "$results/$1.seconds")" "$results/$1.times"
}

# Runs a part. Of several, each one's output is kept together and printed when it has ended.
run_part() {
  part=$1
  : >"$results/$part"
  if [ "$asked" = "$part" ]; then
    part_itself </dev/null &
  else
    say "$part begins"
    quiet=yes
    part_itself >"$results/$part.log" 2>&1 </dev/null &
  fi
  wait $! || record 0 1 "its script ended before the end"
  [ -s "$results/$part" ] || record 0 1 "nothing was tested"
  [ "$asked" = "$part" ] || flock "$results" cat "$results/$part.log"
}

# Takes the chains that nobody has taken yet, the first ones first.
work_off_chains() {
  number=0
  echo "$chains" | while read -r chain; do
    number=$((number + 1))
    mkdir "$results/chain-$number" 2>/dev/null || continue
    for member in $(chosen "$chain"); do run_part "$member"; done
  done
}

run_parts() {
  asked=$*
  trap 'trap "" TERM; kill -TERM 0; exit 130' INT # jobs in the background do not hear of it
  work_off_chains &
  second=$!
  work_off_chains
  wait "$second"
  for member in $(chosen "$alone"); do run_part "$member"; done
  trap - INT
}

summary() {
  heading summary
  for part; do time_of "$part" | sed "s/^/$part: /"; done
  for part; do cat "$results/$part"; done | awk -F '\t' '
    !($1 in passed) { order[++parts] = $1 }
    { passed[$1] += $2; failed[$1] += $3; all_passed += $2; all_failed += $3 }
    $3 { bad[++count] = sprintf("FAILED  %s: %s (%d)", $1, $4, $3) }
    END {
      for (i = 1; i <= parts; i++)
        printf "%-12s %5d passed, %d failed\n", order[i], passed[order[i]], failed[order[i]]
      for (i = 1; i <= count; i++) print bad[i]
      printf "%d passed, %d failed\n", all_passed, all_failed
      exit all_failed > 0 || all_passed == 0
    }'
}

word_test() {
  [ $# -gt 0 ] || set -- $all_parts
  needs=
  for part; do
    found=$(needs_of "$part")
    [ -n "$found" ] || fail "there is no part '$part' of the tests; ./dev help test lists those there are"
    needs="$needs $found"
    case " $(echo $chains) $alone " in *" $part "*) ;; *) fail "the part '$part' is in no chain" ;; esac
  done
  provide $needs
  rm -rf "$results"
  mkdir -p "$results"
  run_parts "$@"
  summary "$@"
}
