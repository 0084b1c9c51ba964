// Drawn numbers, and whether a found one is close enough to an exact one.
#pragma once

#include <cmath>
#include <vector>

#include "random.h"

namespace kvscale::test {

inline std::vector<float> draw(int64_t count, uint64_t seed, double spread = 1) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& x : values) x = static_cast<float>(spread * random.normal());
  return values;
}

inline bool close(double found, double exact, double relative) {
  if (found == exact || (std::isnan(found) && std::isnan(exact))) return true;
  return std::fabs(found - exact) <= relative * std::fabs(exact) + 1e-44;
}

}  // namespace kvscale::test
