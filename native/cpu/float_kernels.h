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

#include "tile_scan.h"

namespace kvscale::cpu {

/**
 * Asks for one line of a row to come, for the second level of the cache: the first has too few lines under way at once
 * (24 on Zen 4) to keep memory busy.
 */
static inline void prefetch(const Ahead& ahead, int row, int at) {
  __builtin_prefetch(ahead.rows[row] + ahead.offset + at, 0, 2);
}

/** Adds the products of code group `g`. */
template <class L, class C, int Rows, int Tokens, bool Whole>
static inline void score_group(const ScoreTask& task, int row, int token, int g, typename L::Vec* sums) {
  constexpr int vectors = C::group / L::width;
  const float* query = static_cast<const float*>(task.query) + row * task.pitch + g * C::group;
#pragma GCC unroll 16
  for (int t = 0; t < Tokens; ++t) {
    typename L::Vec key[vectors];
    load_group<C, L, Whole>(task.keys[token + t], g, task.head_size, key);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v)
        sums[r * Tokens + t] = L::fma(L::load(query + r * task.pitch + v * L::width), key[v], sums[r * Tokens + t]);
  }
}

/** Dots of Rows queries with Tokens keys, whose rows are decoded once for all queries. */
template <class L, class C, int Rows, int Tokens>
static inline void score_block(const ScoreTask& task, int row, int token) {
  typename L::Vec sums[Rows * Tokens];
#pragma GCC unroll 16
  for (auto& sum : sums) sum = L::zero();
  int g = 0;
  for (; (g + 1) * C::group <= task.head_size; ++g) score_group<L, C, Rows, Tokens, true>(task, row, token, g, sums);
  if (g * C::group < task.head_size) score_group<L, C, Rows, Tokens, false>(task, row, token, g, sums);
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

/** Kept out of line, as gather_block is: merged into one function they would take each other's registers. */
template <class L, class C, int Rows>
__attribute__((noinline)) static void score_rows(const ScoreTask& task, int row) {
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

template <class L, class C>
static inline void score_with(const ScoreTask& task) {
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { score_rows<L, C, decltype(rows)::value>(task, row); });
}

/** Keys looked through at a time: still in the first level of the cache when they are decoded. */
static constexpr int kLooked = 32;

/** By way of `Codes`, but for runs that hold NaN. */
template <class L, Format F, class Codes>
static inline void score_looking(const ScoreTask& task) {
  for (int t = 0; t < task.tokens; t += kLooked) {
    ScoreTask part = task;
    part.keys += t, part.ahead.rows += t, part.scores += t;
    part.tokens = task.tokens - t < kLooked ? task.tokens - t : kLooked;
    if (tile_holds_nan<L, F>(part.keys, part.tokens, part.head_size)) score_with<L, TableCodes<L, F>>(part);
    else score_with<L, Codes>(part);
  }
}

template <class L, Format F>
static void score(const ScoreTask& task) {
  using Codes = typename L::template Codes<F>;
  if constexpr (Codes::blind) score_looking<L, F, Codes>(task);
  else score_with<L, Codes>(task);
}

/** Weighted sum of one column of `Groups` code groups, for Rows rows of weights. */
template <class L, class C, int Rows, int Groups, bool Whole>
__attribute__((noinline)) static void gather_block(const ValueTask& task, int row, int group) {
  constexpr int vectors = C::group / L::width;
  const float* weights = static_cast<const float*>(task.weights) + row * kTile;
  typename L::Vec sums[Rows][Groups * vectors];
#pragma GCC unroll 16
  for (auto& line : sums)
#pragma GCC unroll 16
    for (auto& sum : line) sum = L::zero();
  for (int t = 0; t < task.tokens; ++t) {
    // A burst of all rows at once would stall everything behind it.
    for (int b = row == 0 ? 0 : Groups * C::bytes; b < Groups * C::bytes; b += 64) prefetch(task.ahead, t, group * C::bytes + b);
    // Group by group: all of them decoded before the first product would not fit beside the sums.
#pragma GCC unroll 16
    for (int g = 0; g < Groups; ++g) {
      typename L::Vec value[vectors];
      load_group<C, L, Whole>(task.values[t], group + g, task.head_size, value);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const auto weight = L::set(weights[r * kTile + t]);
#pragma GCC unroll 16
        for (int v = 0; v < vectors; ++v)
          sums[r][g * vectors + v] = L::fma(weight, value[v], sums[r][g * vectors + v]);
      }
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
  const int whole = task.head_size / C::group;
  int group = 0;
  for (; group + groups <= whole; group += groups) gather_block<L, C, Rows, groups, true>(task, row, group);
  for (; group < whole; ++group) gather_block<L, C, Rows, 1, true>(task, row, group);
  if (group * C::group < task.head_size) gather_block<L, C, Rows, 1, false>(task, row, group);
}

template <class L, class C>
static inline void gather_with(const ValueTask& task) {
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { gather_rows<L, C, decltype(rows)::value>(task, row); });
}

template <class L, Format F, class Codes>
static inline void gather_looking(const ValueTask& task) {
  static constexpr float kKept[kRowBlock] = {1, 1, 1, 1, 1, 1, 1, 1};
  for (int t = 0; t < task.tokens; t += kLooked) {
    ValueTask part = task;
    part.weights = static_cast<const float*>(task.weights) + t;
    part.values += t, part.ahead.rows += t;
    part.tokens = task.tokens - t < kLooked ? task.tokens - t : kLooked;
    if (t > 0) part.decay = kKept;
    if (tile_holds_nan<L, F>(part.values, part.tokens, part.head_size)) gather_with<L, TableCodes<L, F>>(part);
    else gather_with<L, Codes>(part);
  }
}

template <class L, Format F>
static void gather(const ValueTask& task) {
  using Codes = typename L::template Codes<F>;
  if constexpr (Codes::blind) gather_looking<L, F, Codes>(task);
  else gather_with<L, Codes>(task);
}

/** Row after row, padded with zeros. */
template <class L>
static void prepare(const float* const* queries, int rows, int head_size, int64_t pitch, void* prepared) {
  float* row = static_cast<float*>(prepared);
  for (int r = 0; r < rows; ++r, row += pitch)
    for (int i = 0; i < pitch; ++i) row[i] = i < head_size ? queries[r][i] : 0.0f;
}

}  // namespace kvscale::cpu
