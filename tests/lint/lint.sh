# What `./dev lint` and the part `lint` of the tests check, one function lint_NAME each. Sourced by ../../dev,
# which gives say, fail, heading and provide.
#
# A new check is a function lint_NAME, a word in `all_lints`, and one in ../../dev's usage.

all_lints="format shell javascript types c"

# The clang-format whose opinion counts is Debian 12's; another version lays out a few lines in another way.
formatter=clang-format-14

need_lint() {
  need git
  need shellcheck
  need cppcheck
  ! knows_formatter || need $formatter
}

# Whether this release of Debian or Ubuntu has it.
knows_formatter() {
  have $formatter || grep -qE '^VERSION_CODENAME=(bookworm|jammy|noble)$' /etc/os-release 2>/dev/null
}

# The files that git knows, or would, whose names match: tracked PATTERN ...
tracked() {
  git ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
    [ ! -e "$file" ] || printf '%s\n' "$file"
  done
}

# Fails, with a sentence, where git does not know the files.
need_tree() {
  git rev-parse --is-inside-work-tree >/dev/null || {
    echo "what git knows is looked at, and git knows nothing of $PWD: run this in a clone that git trusts"
    return 1
  }
}

lint_format() {
  need_tree || return 1
  if ! have $formatter; then
    echo "left out: this system has no $formatter, and another version lays out some lines in another way"
    return 0
  fi
  tracked '*.c' '*.h' '*.cpp' '*.hpp' | xargs -r $formatter --dry-run --Werror || {
    echo "to lay them out: $formatter -i FILE, which leaves comments alone"
    return 1
  }
}

# The scripts are read with what they source; ../../.shellcheckrc says what is meant.
lint_shell() {
  shellcheck -s sh -a -x dev &&
    shellcheck .ci/run .ci/sid tests/build_for_windows tests/debian_source tests/posix/ported/build_libpq &&
    shellcheck -s sh debian/tests/installed
}

lint_javascript() { node_modules/.bin/eslint --max-warnings 0 .; }

lint_types() { node_modules/.bin/tsc -p jsconfig.json; }

# What cppcheck is sure of, in the library. What it takes for a mistake and is none has a comment that says why;
# what it cannot parse (internalAstError: compound literals in odd places) the compilers have parsed.
lint_c() {
  cppcheck -q -j "$CMAKE_BUILD_PARALLEL_LEVEL" --std=c11 --inline-suppr --error-exitcode=1 \
    --suppress=missingInclude --suppress=internalAstError -Iinclude -Isrc -Iwasm src wasm include
}

# Runs checks, says how each went, and goes on behind one that failed: run_lints NAME ...
run_lints() {
  bad=
  for check; do
    heading "lint $check"
    if "lint_$check"; then echo "nothing found"; else bad="$bad $check"; fi
  done
  [ -z "$bad" ]
}

test_lint() {
  for check in $all_lints; do
    if run_lints "$check"; then record 1 0 "lint $check"; else record 0 1 "lint $check"; fi
  done
}

word_lint() {
  [ $# -gt 0 ] || set -- $all_lints
  for check; do
    case " $all_lints " in
      *" $check "*) ;;
      *) fail "there is nothing to lint called '$check'; there are: $all_lints" ;;
    esac
  done
  provide modules lint
  run_lints "$@" || fail "found something in:$bad"
}
