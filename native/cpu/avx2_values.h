// Weighted sums of e4m3 values as float32 fields, for avx2.cc alone.
#pragma once

#include "avx2_fields.h"

namespace kvscale::cpu {
namespace {

/**
 * Weighted sums of `Columns` columns from `at` for `Rows` rows, of halves First .. First + Halves - 1 (even or odd
 * elements): as many as there are registers for. False where a code was NaN.
 */
template <Format F, int Rows, int Columns, int First, int Halves, bool Whole>
__attribute__((noinline)) bool sum_columns(const ValueTask& task, int row, int at, __m256 (*out)[Columns][4]) {
  const float* weights = static_cast<const float*>(task.weights) + row * kTile;
  const int left = task.head_size - at;
  const bool asks = row == 0 && First == 0 && at % 64 == 0;
  __m256i found = _mm256_setzero_si256();
  __m256 sums[Rows][Columns][2 * Halves] = {};
  for (int t = 0; t < task.tokens; ++t) {
    if (asks) prefetch(task.ahead, t, at);
#pragma GCC unroll 2
    for (int c = 0; c < Columns; ++c) {
      const __m256i codes = codes_at<Whole>(task.values[t] + at + kColumn * c, left);
      if (First == 0) found = Avx2::largest<F>(found, codes);
#pragma GCC unroll 2
      for (int h = 0; h < Halves; ++h) {
        __m256 value[2];
        First + h == 0 ? fields<0>(codes, value) : fields<1>(codes, value);
#pragma GCC unroll 4
        for (int r = 0; r < Rows; ++r) {
          const __m256 weight = _mm256_set1_ps(weights[r * kTile + t]);
          sums[r][c][2 * h] = _mm256_fmadd_ps(weight, value[0], sums[r][c][2 * h]);
          sums[r][c][2 * h + 1] = _mm256_fmadd_ps(weight, value[1], sums[r][c][2 * h + 1]);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int c = 0; c < Columns; ++c)
#pragma GCC unroll 4
      for (int k = 0; k < 2 * Halves; ++k) out[r][c][2 * First + k] = sums[r][c][k];
  return !Avx2::is_nan(found);
}

/** The columns from `at`, by way of tables where one of them holds NaN. */
template <Format F, int Rows, int Columns, bool Whole>
inline void gather_fields(const ValueTask& task, int row, int at) {
  __m256 sums[Rows][Columns][4];
  bool sound;
  if constexpr (Rows == 4) {
    sound = sum_columns<F, Rows, Columns, 0, 1, Whole>(task, row, at, sums);
    sum_columns<F, Rows, Columns, 1, 1, Whole>(task, row, at, sums);
  } else {
    sound = sum_columns<F, Rows, Columns, 0, 2, Whole>(task, row, at, sums);
  }
  if (!sound) {
    using Table = TableCodes<Avx2, F>;
    const int end = Whole ? at + Columns * kColumn : task.head_size;
    for (; at + Table::group <= end; at += Table::group)
      gather_block<Avx2, Table, Rows, 1, true>(task, row, at / Table::group);
    if (at < end) gather_block<Avx2, Table, Rows, 1, false>(task, row, at / Table::group);
    return;
  }
  for (int r = 0; r < Rows; ++r)
    for (int c = 0; c < Columns; ++c)
      add_fields(task.out + (row + r) * task.pitch + at + c * kColumn, task.decay[row + r], sums[r][c], kFieldUnit<F>);
}

template <Format F>
void gather_e4m3(const ValueTask& task) {
  if (tile_is_faint(task.values, task.tokens, task.head_size)) return gather<Avx2, F>(task);
  split_rows<4>(task.rows, [&](auto rows, int row) {
    constexpr int Rows = decltype(rows)::value, columns = Rows == 1 ? 2 : 1;
    int at = 0;
    for (; at + columns * kColumn <= task.head_size; at += columns * kColumn)
      gather_fields<F, Rows, columns, true>(task, row, at);
    for (; at + kColumn <= task.head_size; at += kColumn) gather_fields<F, Rows, 1, true>(task, row, at);
    if (at < task.head_size) gather_fields<F, Rows, 1, false>(task, row, at);
  });
}

}  // namespace
}  // namespace kvscale::cpu
