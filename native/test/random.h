// Reproducible numbers: SplitMix64 and Box-Muller, the same on every platform and standard library.
#pragma once

#include <cmath>
#include <cstdint>

namespace kvscale::test {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t bits() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  /** Uniform in (0, 1). */
  double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }
  int64_t below(int64_t limit) { return static_cast<int64_t>(bits() % static_cast<uint64_t>(limit)); }
  double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307179586 * uniform()); }

 private:
  uint64_t state_;
};

}  // namespace kvscale::test
