// The instruction sets that tests run on: all that this machine has.
#pragma once

#include <vector>

#include "../contract.h"

namespace kvscale::test {

inline std::vector<Isa> usable_isas() {
  Isa table[8];
  const int32_t count = isas(table, 8);
  std::vector<Isa> usable;
  for (int32_t i = 0; i < count; ++i)
    if (table[i].unavailable == nullptr) usable.push_back(table[i]);
  return usable;
}

}  // namespace kvscale::test
