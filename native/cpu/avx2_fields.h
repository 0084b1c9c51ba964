// e4m3 as float32 fields, for avx2.cc alone. 32 codes are loaded as they lie: two shifts of 16-bit words and one more of
// 32-bit words bring every byte's 7 magnitude bits to bits 26..20 and its sign to bit 31, which read as float32 is the
// value times 2^(bias - 127), subnormals in place (FloatEnvironment has DAZ off). Four registers come of it, the first
// holding elements 0, 4, 8 .., the second 1, 5, 9 ..: queries are brought into that order before, sums out of it after.
// NaN codes come out finite. They are noticed on the way, and what they spoiled is done again from tables.
#pragma once

#include "avx2_lanes.h"
#include "float_kernels.h"

namespace kvscale::cpu {
namespace {

constexpr int kColumn = 32;  // codes of a register

template <Format F>
constexpr float kFieldUnit = F == Format::e4m3fn ? 0x1p120f : 0x1p119f;

/** 32 codes of a row, or `left` of them and then zeros. */
template <bool Whole>
inline __m256i codes_at(const uint8_t* row, int left) {
  if constexpr (Whole) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
  alignas(32) uint8_t codes[kColumn] = {};
  memcpy(codes, row, static_cast<size_t>(left));
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(codes));
}

/** Every second of 32 codes from `Odd` on: elements Odd, Odd + 4 .. and Odd + 2, Odd + 6 .. */
template <int Odd>
inline void fields(__m256i codes, __m256* out) {
  // The arithmetic shift repeats the sign in bits 15..11 of a word; the mask leaves it in 15 alone.
  const __m256i high = Odd ? codes : _mm256_slli_epi16(codes, 8);
  const __m256i words = _mm256_and_si256(_mm256_srai_epi16(high, 4), _mm256_set1_epi16(static_cast<short>(0x87F0)));
  out[0] = _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
  out[1] = _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(~0xFFFF)));
}

/** The 4 x 4 floats of the lanes of v[0] .. v[3], transposed. */
inline void transpose_lanes(const __m256* v, __m256* out) {
  const __m256 ab = _mm256_unpacklo_ps(v[0], v[1]), cd = _mm256_unpacklo_ps(v[2], v[3]);
  const __m256 AB = _mm256_unpackhi_ps(v[0], v[1]), CD = _mm256_unpackhi_ps(v[2], v[3]);
  out[0] = _mm256_shuffle_ps(ab, cd, 0x44), out[1] = _mm256_shuffle_ps(ab, cd, 0xEE);
  out[2] = _mm256_shuffle_ps(AB, CD, 0x44), out[3] = _mm256_shuffle_ps(AB, CD, 0xEE);
}

/** 32 floats as four registers in the order of decoded codes: the even two, then the odd two. */
inline void to_fields(const float* floats, __m256* out) {
  __m256 lanes[4], turned[4];
  for (int k = 0; k < 4; ++k) {
    const __m128 low = _mm_loadu_ps(floats + 4 * k);
    lanes[k] = _mm256_insertf128_ps(_mm256_castps128_ps256(low), _mm_loadu_ps(floats + 16 + 4 * k), 1);
  }
  transpose_lanes(lanes, turned);
  for (int k = 0; k < 4; ++k) out[k] = turned[k % 2 * 2 + k / 2];
}

/** out = decay * out + factor * sums, for 32 sums in the order of decoded codes. */
inline void add_fields(float* out, float decay, const __m256* sums, float factor) {
  const __m256 ordered[4] = {sums[0], sums[2], sums[1], sums[3]};
  __m256 lanes[4];
  transpose_lanes(ordered, lanes);
  for (int half = 0; half < 2; ++half)
    for (int k = 0; k < 4; ++k) {
      float* at = out + 16 * half + 4 * k;
      const __m128 sum = half == 0 ? _mm256_castps256_ps128(lanes[k]) : _mm256_extractf128_ps(lanes[k], 1);
      _mm_storeu_ps(at, _mm_fmadd_ps(_mm_set1_ps(decay), _mm_loadu_ps(at), _mm_mul_ps(sum, _mm_set1_ps(factor))));
    }
}

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
