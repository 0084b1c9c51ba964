// Scores of e4m3 keys as float32 fields, for avx2.cc alone.
#pragma once

#include "avx2_fields.h"

namespace kvscale::cpu {
namespace {

/** Queries of up to four rows in the order of decoded codes: [column][row][4]. */
using Ordered = __m256[kLargestHead / kColumn][4][4];

/** Adds the products of one column of `Tokens` keys; returns the largest code, see Avx2::largest. */
template <Format F, int Rows, int Tokens, bool Whole>
inline __m256i add_column(const uint8_t* const* keys, int at, int left, const __m256 (*query)[4], __m256i found,
                          __m256* sums) {
  // One half decoded and multiplied after the other: all four registers of a key at once would not fit beside the sums.
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half)
#pragma GCC unroll 4
    for (int t = 0; t < Tokens; ++t) {
      const __m256i codes = codes_at<Whole>(keys[t] + at, left);
      if (half == 0) found = Avx2::largest<F>(found, codes);
      __m256 key[2];
      half == 0 ? fields<0>(codes, key) : fields<1>(codes, key);
#pragma GCC unroll 2
      for (int k = 0; k < 2; ++k)
#pragma GCC unroll 4
        for (int r = 0; r < Rows; ++r) {
          __m256& sum = sums[r * Tokens + t];
          sum = _mm256_fmadd_ps(query[r][2 * half + k], key[k], sum);
        }
    }
  return found;
}

/** Scores of `Rows` rows with every key; false where a code was NaN. */
template <Format F, int Rows>
__attribute__((noinline)) bool score_fields(const ScoreTask& task, int row, const Ordered& queries) {
  constexpr int tokens = Rows == 4 ? 2 : 4;
  __m256i found = _mm256_setzero_si256();
  for (int t = 0; t < task.tokens; t += tokens) {
    if (row == 0)
      for (int i = 0; i < tokens; ++i)
        for (int b = 0; b < task.head_size; b += 64) prefetch(task.ahead, t + i, b);
    const uint8_t* const* keys = task.keys + t;
    __m256 sums[Rows * tokens] = {};
    int at = 0;
    for (; at + kColumn <= task.head_size; at += kColumn)
      found = add_column<F, Rows, tokens, true>(keys, at, kColumn, queries[at / kColumn], found, sums);
    if (at < task.head_size)
      found = add_column<F, Rows, tokens, false>(keys, at, task.head_size - at, queries[at / kColumn], found, sums);
    float dots[Rows * tokens];
#pragma GCC unroll 2
    for (int i = 0; i < Rows * tokens; i += 4) Avx2::sum4(sums + i, dots + i);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int i = 0; i < tokens; ++i) task.scores[(row + r) * kTile + t + i] = dots[r * tokens + i] * kFieldUnit<F>;
  }
  return !Avx2::is_nan(found);
}

template <Format F>
void score_e4m3(const ScoreTask& task) {
  if (tile_is_faint(task.keys, task.tokens, task.head_size)) return score<Avx2, F>(task);
  Ordered queries;
  bool sound = true;
  split_rows<4>(task.rows, [&](auto rows, int row) {
    const float* query = static_cast<const float*>(task.query) + row * task.pitch;
    for (int r = 0; r < rows; ++r)
      for (int at = 0; at < task.head_size; at += kColumn) to_fields(query + r * task.pitch + at, queries[at / kColumn][r]);
    sound = score_fields<F, decltype(rows)::value>(task, row, queries) && sound;
  });
  if (!sound) score_with<Avx2, TableCodes<Avx2, F>>(task);
}

}  // namespace
}  // namespace kvscale::cpu
