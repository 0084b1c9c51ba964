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
    const __m512 ordered = _mm512_shuffle_f32x4(lanes, lanes, k % 2 == 0 ? 0x08 : 0x0D);
    const __m256 sum = _mm512_castps512_ps256(ordered);
    float* at = out + k * stride;
    _mm256_storeu_ps(at, _mm256_fmadd_ps(_mm512_castps512_ps256(decay), _mm256_loadu_ps(at), sum));
  }
}

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

/** Weighted sum of one 64-byte column (or what is left of the row), halves `half` .. `half + Halves - 1` of each lane. */
template <class W, int Rows, int Halves>
__attribute__((noinline)) void gather_column(const W& tables, const ValueTask& task, int row, int at, int half) {
  const uint16_t* weights = static_cast<const uint16_t*>(task.weights) + row * kTile;
  const int left = task.head_size * W::bytes - at;
  __m512 sums[Rows][Halves][2];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h) sums[r][h][0] = sums[r][h][1] = _mm512_setzero_ps();
  // As with scores, the next pair is widened while this one is multiplied.
  Pairs<W, Halves> pairs(tables, task.values, at, left, half);
  for (int t = 2; t < task.tokens; t += 2) {
    prefetch(task.ahead, t - 2, at);
    prefetch(task.ahead, t - 1, at);
    const Pairs<W, Halves> next(tables, task.values + t, at, left, half);
    gather_pair<W, Rows, Halves>(pairs, weights + t - 2, sums);
    pairs = next;
  }
  gather_pair<W, Rows, Halves>(pairs, weights + (task.tokens - 1) / 2 * 2, sums);
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h)
      add_lanes(task.out + (row + r) * task.pitch + at / W::bytes + 8 * (half + h), 8 * W::count,
                _mm512_set1_ps(task.decay[row + r]), sums[r][h][0], sums[r][h][1]);
}

template <class W, int Rows>
inline void gather_rows_bf16(const W& words, const ValueTask& task, int row) {
  // All halves at once share their loads, while the sums fit in registers.
  constexpr int halves = Rows <= 4 ? W::count : 1;
  for (int at = 0; at < task.head_size * W::bytes; at += 64)
#pragma GCC unroll 2
    for (int half = 0; half < W::count; half += halves) gather_column<W, Rows, halves>(words, task, row, at, half);
}

template <Format F>
void gather_bf16(const ValueTask& task) {
  const Words<F> words;
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { gather_rows_bf16<Words<F>, decltype(rows)::value>(words, task, row); });
}

}  // namespace
}  // namespace kvscale::cpu
