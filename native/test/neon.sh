#!/bin/sh
# Builds the native tests for 64-bit Arm and runs them under emulation, in a temporary folder. Emulated baseline: a
# Cortex-A53, ARMv8.0 without FP8, BF16 or half-precision arithmetic.
#   native/test/neon.sh [PART]   all tests, or those whose name contains PART
# On Debian: apt-get install g++-aarch64-linux-gnu qemu-user cmake
set -eu

missing=
command -v cmake >/dev/null || missing="$missing cmake"
command -v aarch64-linux-gnu-g++ >/dev/null || missing="$missing g++-aarch64-linux-gnu"
command -v qemu-aarch64 >/dev/null || missing="$missing qemu-user"
if [ -n "$missing" ]; then
  echo "missing:$missing (on Debian: apt-get install$missing)" >&2
  exit 4
fi

native=$(cd "$(dirname "$0")/.." && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT INT TERM
cmake -S "$native" -B "$build" -DKVSCALE_PROGRAMS=ON -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ >/dev/null
cmake --build "$build" --target kvscale_test --parallel 2 >/dev/null
qemu-aarch64 -cpu cortex-a53 -L /usr/aarch64-linux-gnu "$build/test/kvscale_test" "$@"
