#!/bin/sh
# Builds and runs the decode bench: GB/s of cache bytes beside the read roof of this machine, medians over the rounds.
#   native/bench/run.sh [rounds = 9] [filter = ""]
# A filter is a part of a line of the table: run.sh 9 "DRAM e4m3fn 1 heads 1 thread".
# Beside it, where PyTorch is installed: python3 native/bench/sdpa.py, its SDPA on the same cache dequantised.
# It builds in ~/.cache/kvscale-bench, or in the folder that KVSCALE_BENCH_BUILD names.
set -eu
native=$(cd "$(dirname "$0")/.." && pwd)
build=${KVSCALE_BENCH_BUILD:-${XDG_CACHE_HOME:-$HOME/.cache}/kvscale-bench}

mkdir -p "$(dirname "$build")"
cmake -S "$native" -B "$build" -DKVSCALE_PROGRAMS=ON -DCMAKE_BUILD_TYPE=Release >"$build.log" 2>&1 &&
  cmake --build "$build" --target kvscale_bench >>"$build.log" 2>&1 || { cat "$build.log" >&2; exit 1; }

echo "machine: $(uname -sm), $(getconf _NPROCESSORS_ONLN) threads"
if command -v lscpu >/dev/null; then
  lscpu | grep -E '^ *(Model name|CPU family|Model|Hypervisor vendor|Thread\(s\) per core|L1d cache|L2 cache|L3 cache):' | sed 's/^ *//; s/:  */: /'
fi
uptime | sed 's/.*load/load/'
exec "$build/bench/kvscale_bench" "${1:-9}" "${2:-}"
