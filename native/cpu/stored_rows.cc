#include "stored_rows.h"

#include <algorithm>
#include <cstring>

namespace kvscale::cpu {

void StoredRows::units(int64_t row, int64_t first, int count, uint32_t* units) const {
  if (as_it_is_) {
    uint8_t* bytes = reinterpret_cast<uint8_t*>(units);
    const int length = count * element_bytes(matrix_.format);
    std::memcpy(bytes, place(row, first), static_cast<size_t>(length));
    std::memset(bytes + length, 0, static_cast<size_t>((length + 63) / 64 * 64 - length));
    return;
  }
  float floats[2 * kUnits];
  converters_.decode(matrix_.format, place(row, first), count, floats);
  if (matrix_.scales.values != nullptr) scale(row, first, count, floats);
  multiplier_.units(floats, count, units);
}

void StoredRows::scale(int64_t row, int64_t first, int count, float* floats) const {
  const BlockScales& scales = matrix_.scales;
  const int64_t across = (matrix_.columns - 1) / scales.block_columns + 1;
  const float* line = scales.values + row / scales.block_rows * across;
  for (int i = 0; i < count;) {
    const int64_t block = (first + i) / scales.block_columns;
    const int end = static_cast<int>(std::min<int64_t>(count, (block + 1) * scales.block_columns - first));
    for (const float factor = line[block]; i < end; ++i) floats[i] *= factor;
  }
}

}  // namespace kvscale::cpu
