// Attention on float32 lanes, written once and compiled per instruction set. A lane type L names
//   Vec, width            a register of `width` floats
//   group                 elements decoded at a time: a multiple of width
//   accumulators          registers worth spending on sums
//   zero set load store add mul fma max    (fma(a, b, c) = a * b + c)
//   sum sum4              horizontal sums of one register; of four, in order, to float[4]
//   holds_nan<F>(row, n)  whether any of n codes of an FP8 row is NaN
//   Codes<F>              how a row of format F becomes registers (see TableCodes)
#pragma once

#include <type_traits>

#include "formats.h"

namespace kvscale::cpu {

template <class C, class L>
static inline void load_group(const uint8_t* row, int index, int head_size, typename L::Vec* out) {
  const int left = head_size - index * C::group;
  if (left >= C::group) C::load(row + int64_t{index} * C::bytes, out);
  else C::load_part(row + int64_t{index} * C::bytes, left, out);
}

/**
 * Asks for one line of a row to come, for the second level of the cache: the first has too few lines under way at once
 * (24 on Zen 4) to keep memory busy.
 */
static inline void prefetch(const Ahead& ahead, int row, int at) {
  __builtin_prefetch(ahead.rows[row] + ahead.offset + at, 0, 2);
}

/** Dots of Rows queries with Tokens keys, whose rows are decoded once for all queries. */
template <class L, class C, int Rows, int Tokens>
static inline void score_block(const ScoreTask& task, int row, int token) {
  constexpr int vectors = C::group / L::width;
  const float* query = static_cast<const float*>(task.query) + row * task.pitch;
  typename L::Vec sums[Rows * Tokens];
#pragma GCC unroll 16
  for (auto& sum : sums) sum = L::zero();
  for (int g = 0; g * C::group < task.head_size; ++g) {
#pragma GCC unroll 16
    for (int t = 0; t < Tokens; ++t) {
      typename L::Vec key[vectors];
      load_group<C, L>(task.keys[token + t], g, task.head_size, key);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v)
          sums[r * Tokens + t] =
              L::fma(L::load(query + r * task.pitch + g * C::group + v * L::width), key[v], sums[r * Tokens + t]);
    }
  }
  float dots[Rows * Tokens];
  if constexpr (Rows * Tokens % 4 == 0)
#pragma GCC unroll 16
    for (int i = 0; i < Rows * Tokens; i += 4) L::sum4(sums + i, dots + i);
  else
#pragma GCC unroll 16
    for (int i = 0; i < Rows * Tokens; ++i) dots[i] = L::sum(sums[i]);
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
    for (int t = 0; t < Tokens; ++t) task.scores[(row + r) * kTile + token + t] = dots[r * Tokens + t] * C::unit;
}

template <class L, class C, int Rows>
static inline void score_rows(const ScoreTask& task, int row) {
  constexpr int room = L::accumulators / Rows;
  constexpr int tokens = room >= 4 ? 4 : room >= 2 ? 2 : 1;
  const int row_bytes = task.head_size * C::bytes / C::group;
  for (int t = 0; t < task.tokens; t += tokens) {
    if (row == 0)
      for (int i = 0; i < tokens; ++i)
        for (int b = 0; b < row_bytes; b += 64) prefetch(task.ahead, t + i, b);
    score_block<L, C, Rows, tokens>(task, row, t);
  }
}

/** Calls `each(constant, first row)` on blocks of Most, Most / 2, .. 1 rows. */
template <int Most, class Each>
static inline void split_rows(int rows, Each each, int row = 0) {
  for (; rows - row >= Most; row += Most) each(std::integral_constant<int, Most>{}, row);
  if constexpr (Most > 1) split_rows<Most / 2>(rows, each, row);
}

template <class L, Format F>
static inline bool tile_holds_nan(const uint8_t* const* rows, int tokens, int head_size) {
  for (int t = 0; t < tokens; ++t)
    if (L::template holds_nan<F>(rows[t], head_size)) return true;
  return false;
}

template <class L, class C>
static inline void score_with(const ScoreTask& task) {
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { score_rows<L, C, decltype(rows)::value>(task, row); });
}

template <class L, Format F>
static void score(const ScoreTask& task) {
  using Codes = typename L::template Codes<F>;
  if constexpr (Codes::blind)
    if (tile_holds_nan<L, F>(task.keys, task.tokens, task.head_size)) return score_with<L, TableCodes<L, F>>(task);
  score_with<L, Codes>(task);
}

/** Weighted sum of one column of `Groups` code groups, for Rows rows of weights. */
template <class L, class C, int Rows, int Groups>
static inline void gather_block(const ValueTask& task, int row, int group) {
  constexpr int vectors = C::group / L::width;
  const float* weights = static_cast<const float*>(task.weights) + row * kTile;
  typename L::Vec sums[Rows][Groups * vectors];
#pragma GCC unroll 16
  for (auto& line : sums)
#pragma GCC unroll 16
    for (auto& sum : line) sum = L::zero();
  for (int t = 0; t < task.tokens; ++t) {
    typename L::Vec value[Groups * vectors];
#pragma GCC unroll 16
    for (int g = 0; g < Groups; ++g) load_group<C, L>(task.values[t], group + g, task.head_size, value + g * vectors);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const auto weight = L::set(weights[r * kTile + t]);
#pragma GCC unroll 16
      for (int v = 0; v < Groups * vectors; ++v) sums[r][v] = L::fma(weight, value[v], sums[r][v]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    float* out = task.out + (row + r) * task.pitch + group * C::group;
    const auto decay = L::set(task.decay[row + r]);
#pragma GCC unroll 16
    for (int v = 0; v < Groups * vectors; ++v, out += L::width)
      L::store(out, L::fma(decay, L::load(out), L::mul(sums[r][v], L::set(C::unit))));
  }
}

template <class L, class C, int Rows>
static inline void gather_rows(const ValueTask& task, int row) {
  constexpr int vectors = C::group / L::width;
  // Several groups side by side hide the latency of the sums when there are few rows.
  constexpr int groups = L::accumulators / (Rows * vectors) >= 4 ? 4 : L::accumulators / (Rows * vectors) >= 2 ? 2 : 1;
  const int count = (task.head_size + C::group - 1) / C::group;
  int group = 0;
  for (; group + groups <= count; group += groups) gather_block<L, C, Rows, groups>(task, row, group);
  for (; group < count; ++group) gather_block<L, C, Rows, 1>(task, row, group);
}

template <class L, class C>
static inline void gather_with(const ValueTask& task) {
  const int row_bytes = task.head_size * C::bytes / C::group;
  for (int t = 0; t < task.tokens; ++t)
    for (int b = 0; b < row_bytes; b += 64) prefetch(task.ahead, t, b);
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { gather_rows<L, C, decltype(rows)::value>(task, row); });
}

template <class L, Format F>
static void gather(const ValueTask& task) {
  using Codes = typename L::template Codes<F>;
  if constexpr (Codes::blind)
    if (tile_holds_nan<L, F>(task.values, task.tokens, task.head_size)) return gather_with<L, TableCodes<L, F>>(task);
  gather_with<L, Codes>(task);
}

/** Row after row, padded with zeros. */
template <class L>
static void prepare(const float* const* queries, int rows, int head_size, int64_t pitch, void* prepared) {
  float* row = static_cast<float*>(prepared);
  for (int r = 0; r < rows; ++r, row += pitch)
    for (int i = 0; i < pitch; ++i) row[i] = i < head_size ? queries[r][i] : 0.0f;
}

}  // namespace kvscale::cpu
