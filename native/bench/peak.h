// How many products a second this machine adds when its registers are all that is touched: the roof of linear().
#pragma once

#include <cstdint>

namespace kvscale::bench {

/** What one product loop is made of. */
struct Peak {
  const char* isa;        // "avx2", …
  bool bfloat16;
  int operations;         // floating-point operations of one instruction
  void (*run)(int64_t);   // that many times kPeakChain instructions
};

constexpr int kPeakChain = 12;

/** The loop for an instruction set's linear(), or nullptr where none is known. */
const Peak* peak_of(const char* isa, bool bfloat16);

}  // namespace kvscale::bench
