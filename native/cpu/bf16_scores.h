// Scores of BF16 queries, for avx512vbmi_bf16.cc alone: few queries against whole rows, more of them against quads.
#pragma once

#include "bf16_words.h"
#include "float_kernels.h"

namespace kvscale::cpu {
namespace {

inline __m512 dot(__m512 sum, __m512i a, __m512i b) {
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}

/** The four floats of each lane of a, b, c, d added up: lane k is a, b, c, d of lane k. */
inline __m512 fold(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  return _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
}

/** The four lanes of each of v[0] .. v[3] added up: lane k is that of v[k]. */
inline __m512 fold_lanes(const __m512* v) {
  const __m512 ab = _mm512_add_ps(_mm512_shuffle_f32x4(v[0], v[1], 0x44), _mm512_shuffle_f32x4(v[0], v[1], 0xEE));
  const __m512 cd = _mm512_add_ps(_mm512_shuffle_f32x4(v[2], v[3], 0x44), _mm512_shuffle_f32x4(v[2], v[3], 0xEE));
  return _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xDD));
}

// One or two queries. They stay in registers, and rows are read as they lie, 64 bytes at a time; a key's sum is then
// spread over a register, and sixteen of them are folded into one.

/** Adds the products of one 64-byte column of a key. */
template <class W, int Rows>
inline void add_column(const W& words, __m512i codes, const __m512i (*query)[W::count], __m512 (*sums)[4], int key) {
  __m512i wide[W::count];
  words.widen(codes, wide);
#pragma GCC unroll 2
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int w = 0; w < W::count; ++w) sums[r][key] = dot(sums[r][key], wide[w], query[r][w]);
}

/** Scores from `Columns` columns at byte `at` of each row, added to those there unless the columns are the first. */
template <class W, int Rows, int Columns>
__attribute__((noinline)) void score_columns(const W& words, const ScoreTask& task, int row, int at) {
  const int left = task.head_size * W::bytes - at;
  __m512i query[Columns][Rows][W::count];
#pragma GCC unroll 2
  for (int c = 0; c < Columns; ++c)
#pragma GCC unroll 2
    for (int r = 0; r < Rows; ++r)
      W::arrange(static_cast<const uint16_t*>(task.query) + (row + r) * task.pitch + (at + 64 * c) / W::bytes, query[c][r]);
  for (int t = 0; t < task.tokens; t += kTokenBlock) {
    __m512 folded[Rows][4];
#pragma GCC unroll 4
    for (int four = 0; four < 4; ++four) {
      __m512 sums[Rows][4];
#pragma GCC unroll 4
      for (int key = 0; key < 4; ++key) {
#pragma GCC unroll 2
        for (int r = 0; r < Rows; ++r) sums[r][key] = _mm512_setzero_ps();
        const int token = t + 4 * four + key;
#pragma GCC unroll 2
        for (int c = 0; c < Columns; ++c) {
          prefetch(task.ahead, token, at + 64 * c);
          add_column<W, Rows>(words, load64(task.keys[token] + at + 64 * c, left - 64 * c), query[c], sums, key);
        }
      }
#pragma GCC unroll 2
      for (int r = 0; r < Rows; ++r) folded[r][four] = fold(sums[r][0], sums[r][1], sums[r][2], sums[r][3]);
    }
#pragma GCC unroll 2
    for (int r = 0; r < Rows; ++r) {
      float* scores = task.scores + (row + r) * kTile + t;
      const __m512 dots = fold_lanes(folded[r]);
      _mm512_storeu_ps(scores, at == 0 ? dots : _mm512_add_ps(_mm512_loadu_ps(scores), dots));
    }
  }
}

template <class W, int Rows>
void score_few(const W& words, const ScoreTask& task, int row) {
  const int row_bytes = task.head_size * W::bytes;
  int at = 0;
  for (; at + 64 < row_bytes; at += 128) score_columns<W, Rows, 2>(words, task, row, at);
  if (at < row_bytes) score_columns<W, Rows, 1>(words, task, row, at);
}

// Four queries. A register holds 16 bytes of each of four keys, one key per lane, and a query's 8 words are broadcast
// to all lanes: folding sums for each query would cost more than bringing the keys together once.

/** Adds the products of a 16-byte column of sixteen keys, or of the `left` bytes that there are. */
template <class W, int Rows, bool Whole>
inline void add_quads(const W& words, const uint8_t* const* keys, int at, int left, const uint16_t* query, int64_t pitch,
                      __m512 (*sums)[4]) {
  __m512i wide[4][W::count];
#pragma GCC unroll 4
  for (int q = 0; q < 4; ++q) words.widen(Whole ? quad(keys + q, at) : quad(keys + q, at, left), wide[q]);
#pragma GCC unroll 2
  for (int w = 0; w < W::count; ++w)
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) {
      const __m512i spread = _mm512_broadcast_i32x4(load16(query + r * pitch + 8 * w));
#pragma GCC unroll 4
      for (int q = 0; q < 4; ++q) sums[r][q] = dot(sums[r][q], wide[q][w], spread);
    }
}

/** Kept out of line, as the others are: the registers of each are all taken, and merged they would spill. */
template <class W, int Rows>
__attribute__((noinline)) void score_many(const W& words, const ScoreTask& task, int row) {
  const uint16_t* queries = static_cast<const uint16_t*>(task.query) + row * task.pitch;
  const int row_bytes = task.head_size * W::bytes;
  for (int t = 0; t < task.tokens; t += kTokenBlock) {
    const uint8_t* const* keys = task.keys + t;
    const uint16_t* query = queries;
    __m512 sums[Rows][4];
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r) sums[r][0] = sums[r][1] = sums[r][2] = sums[r][3] = _mm512_setzero_ps();
    int at = 0;
    for (; at + 16 <= row_bytes; at += 16, query += 16 / W::bytes) {
      // Four of the lines of sixteen rows: in the end all of them.
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) prefetch(task.ahead, t + at / 4 % 16 + i, at);
      add_quads<W, Rows, true>(words, keys, at, 16, query, task.pitch, sums);
    }
    if (at < row_bytes) add_quads<W, Rows, false>(words, keys, at, row_bytes - at, query, task.pitch, sums);
#pragma GCC unroll 4
    for (int r = 0; r < Rows; ++r)
      _mm512_storeu_ps(task.scores + (row + r) * kTile + t, fold(sums[r][0], sums[r][1], sums[r][2], sums[r][3]));
  }
}

template <Format F>
void score_bf16(const ScoreTask& task) {
  const Words<F> words;
  split_rows<4>(task.rows, [&](auto rows, int row) {
    constexpr int Rows = decltype(rows)::value;
    if constexpr (Rows <= 2) score_few<Words<F>, Rows>(words, task, row);
    else score_many<Words<F>, Rows>(words, task, row);
  });
}

}  // namespace
}  // namespace kvscale::cpu
