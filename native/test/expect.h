// The whole test framework: a failed expectation prints where and what, and the program's exit code remembers it.
#pragma once

#include <cstdio>

namespace kvscale::test {

struct Tally {
  int expectations = 0;
  int failures = 0;
};

inline Tally& tally() {
  static Tally tally;
  return tally;
}

/** Counts, and on failure prints `what` with the caller's place. Returns the condition. */
inline bool expect(bool condition, const char* what, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  ++tally().expectations;
  if (condition) return true;
  // One broken law fails many times; the first few say which.
  if (++tally().failures <= 20) std::printf("    %s:%d: %s\n", file, line, what);
  return false;
}

/** A named test; `run` makes expectations. */
struct Test {
  const char* name;
  void (*run)();
};

}  // namespace kvscale::test
