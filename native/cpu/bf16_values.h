// Weighted sums of values with BF16 weights, for avx512vbmi_bf16.cc alone: two keys' bytes interleaved make words whose
// dot with a pair of weights adds both keys at once.
#pragma once

#include "bf16_scores.h"

namespace kvscale::cpu {
namespace {

/** out = decay * out + sums for the 4 x 8 elements of a pair of sums, whose lanes lie `stride` floats apart. */
inline void add_lanes(float* out, int stride, __m512 decay, __m512 first, __m512 second) {
  const __m512 low = _mm512_shuffle_f32x4(first, second, 0x44), high = _mm512_shuffle_f32x4(first, second, 0xEE);
#pragma GCC unroll 16
  for (int k = 0; k < 4; ++k) {
    const __m512 lanes = k < 2 ? low : high;
    // Two calls: an immediate that only an optimiser finds constant would not build without one.
    const __m512 ordered =
        k % 2 == 0 ? _mm512_shuffle_f32x4(lanes, lanes, 0x08) : _mm512_shuffle_f32x4(lanes, lanes, 0x0D);
    const __m256 sum = _mm512_castps512_ps256(ordered);
    float* at = out + k * stride;
    _mm256_storeu_ps(at, _mm256_fmadd_ps(_mm512_castps512_ps256(decay), _mm256_loadu_ps(at), sum));
  }
}

/** What one pass over the keys sums: so many 64-byte columns, and of each lane's 16 bytes so many halves. */
template <class W, int Rows>
struct Pass {
  // As much at once as there are registers for the sums; halves share their loads.
  static constexpr int columns = Rows <= 2 ? 2 : 1;
  static constexpr int halves = Rows <= 4 ? W::count : 1;
};

/** Two keys' values of a 64-byte column, as alternating words. */
template <class W, int Halves>
struct Pairs {
  __m512i words[Halves][2];

  Pairs(const W& tables, const uint8_t* const* rows, int at, int left, int half) {
    const __m512i a = load64(rows[0] + at, left), b = load64(rows[1] + at, left);
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h) tables.pair(a, b, half + h, words[h]);
  }
};

template <class W, int Rows, int Halves>
inline void gather_pair(const Pairs<W, Halves>& pairs, const uint16_t* weights, __m512 (*sums)[Halves][2]) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    int32_t two;
    memcpy(&two, weights + r * kTile, sizeof two);
    const __m512i weight = _mm512_set1_epi32(two);
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h) {
      sums[r][h][0] = dot(sums[r][h][0], pairs.words[h][0], weight);
      sums[r][h][1] = dot(sums[r][h][1], pairs.words[h][1], weight);
    }
  }
}

/** Weighted sums of `Columns` columns (or what is left of the row), halves `half` .. `half + Halves - 1` of each lane. */
template <class W, int Rows, int Columns>
__attribute__((noinline)) void gather_columns(const W& tables, const ValueTask& task, int row, int at, int half) {
  constexpr int Halves = Pass<W, Rows>::halves;
  const uint16_t* weights = static_cast<const uint16_t*>(task.weights) + row * kTile;
  const int left = task.head_size * W::bytes - at;
  __m512 sums[Columns][Rows][Halves][2];
#pragma GCC unroll 2
  for (int c = 0; c < Columns; ++c)
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
      for (int h = 0; h < Halves; ++h) sums[c][r][h][0] = sums[c][r][h][1] = _mm512_setzero_ps();
  // The next pair is widened while this one is multiplied, or its latency would stall every step.
  Pairs<W, Halves> pairs(tables, task.values, at, left, half);
  for (int t = 0; t < task.tokens; t += 2) {
    const uint8_t* const* following = task.values + (t + 2 < task.tokens ? t + 2 : t);
#pragma GCC unroll 2
    for (int c = 0; c < Columns; ++c) {
      prefetch(task.ahead, t, at + 64 * c);
      prefetch(task.ahead, t + 1, at + 64 * c);
      const int then = 64 * ((c + 1) % Columns);
      const Pairs<W, Halves> next(tables, then == 0 ? following : task.values + t, at + then, left - then, half);
      gather_pair<W, Rows, Halves>(pairs, weights + t, sums[c]);
      pairs = next;
    }
  }
#pragma GCC unroll 2
  for (int c = 0; c < Columns; ++c)
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
      for (int h = 0; h < Halves; ++h)
        add_lanes(task.out + (row + r) * task.pitch + (at + 64 * c) / W::bytes + 8 * (half + h), 8 * W::count,
                  _mm512_set1_ps(task.decay[row + r]), sums[c][r][h][0], sums[c][r][h][1]);
}

template <class W, int Rows>
inline void gather_rows_bf16(const W& words, const ValueTask& task, int row) {
  constexpr int columns = Pass<W, Rows>::columns;
  const int row_bytes = task.head_size * W::bytes;
#pragma GCC unroll 2
  for (int half = 0; half < W::count; half += Pass<W, Rows>::halves) {
    int at = 0;
    for (; at + 64 * (columns - 1) < row_bytes; at += 64 * columns) gather_columns<W, Rows, columns>(words, task, row, at, half);
    for (; at < row_bytes; at += 64) gather_columns<W, Rows, 1>(words, task, row, at, half);
  }
}

template <Format F>
void gather_bf16(const ValueTask& task) {
  const Words<F> words;
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { gather_rows_bf16<Words<F>, decltype(rows)::value>(words, task, row); });
}

}  // namespace
}  // namespace kvscale::cpu
