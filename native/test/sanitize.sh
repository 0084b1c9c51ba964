#!/bin/sh
# Builds the native tests under sanitizers and runs them, each in a temporary folder: memory errors, leaks and undefined
# behaviour in one build, data races in another. Any report fails the run.
#   native/test/sanitize.sh [PART]   all tests, or those whose name contains PART
# CXX chooses the compiler.
set -eu

native=$(cd "$(dirname "$0")/.." && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT INT TERM

# The runtime of the thread sanitizer wants its shadow at fixed addresses, which randomised layouts may occupy.
fixed=
command -v setarch >/dev/null && setarch -R true 2>/dev/null && fixed="setarch -R"

# Stacks that outlive their functions are not watched: GCC 13 puts 64-byte vectors askew on them, and then the test crashes
# without a fault of its own (GCC bug 110027).
tested() { # folder, sanitizers, arguments of the tests
  folder=$build/$1 sanitizers=$2
  shift 2
  echo "== $sanitizers"
  cmake -S "$native" -B "$folder" -DKVSCALE_PROGRAMS=ON -DKVSCALE_SANITIZE="$sanitizers" >/dev/null
  cmake --build "$folder" --target kvscale_test --parallel 2 >/dev/null
  ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=0:strict_init_order=1 \
  UBSAN_OPTIONS=print_stacktrace=1 \
  TSAN_OPTIONS=halt_on_error=1 \
    $fixed "$folder/test/kvscale_test" "$@"
}

tested memory address,undefined "$@"
tested threads thread "$@"
