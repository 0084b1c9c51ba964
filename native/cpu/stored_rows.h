// Rows of a stored weight as units of a multiplier.
#pragma once

#include "arithmetics.h"
#include "operations.h"

namespace kvscale::cpu {

class StoredRows {
 public:
  StoredRows(const Matrix& matrix, const Multiplier& multiplier, const Converters& converters, bool bfloat16)
      : matrix_(matrix), multiplier_(multiplier), converters_(converters), as_it_is_(same(matrix, multiplier, bfloat16)) {}

  /** Columns first .. first + count - 1 (kUnits units at most), then zeros up to the next multiple of 16 units. */
  void units(int64_t row, int64_t first, int count, uint32_t* units) const;
  /** Whether rows may be multiplied where they lie: they are units already, and end in no half-filled ones. */
  bool ready() const { return as_it_is_ && matrix_.columns % (16 * multiplier_.depth) == 0; }
  /** Where those columns lie, aligned or not. */
  const uint8_t* place(int64_t row, int64_t first) const {
    return static_cast<const uint8_t*>(matrix_.data) + (row * matrix_.columns + first) * element_bytes(matrix_.format);
  }

 private:
  static bool same(const Matrix& matrix, const Multiplier& multiplier, bool bfloat16) {
    return bfloat16 ? matrix.format == Format::bf16 && multiplier.depth == 2 : matrix.format == Format::f32;
  }
  void scale(int64_t row, int64_t first, int count, float* floats) const;

  const Matrix& matrix_;
  const Multiplier& multiplier_;
  const Converters& converters_;
  const bool as_it_is_;
};

}  // namespace kvscale::cpu
