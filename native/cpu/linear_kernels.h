// Matrix products on a product type P, written once and compiled per instruction set. P names
//   Vec, width        a register of `width` float sums
//   Units             as many units (see operations.h)
//   depth             columns of a unit
//   tokens, vectors   of a block: tokens x vectors sums, and what feeds them, fit in the registers
//   zero add load store sum         of sums
//   units(p) spread(p)              Units loaded; one unit in all lanes
//   step(sums, a, b)                sums + a . b, unit by unit
//   transpose(from, pitch, to, to_pitch)   width x width units
//   convert(floats, count, units)   see Multiplier::units
#pragma once

#include <array>
#include <utility>

#include "../half.h"
#include "operations.h"

namespace kvscale::cpu {

template <class P, int Tokens>
static void multiply_block(const BlockTask& task) {
  constexpr int vectors = P::vectors;
  typename P::Vec sums[Tokens][vectors];
#pragma GCC unroll 16
  for (auto& line : sums)
#pragma GCC unroll 4
    for (auto& sum : line) sum = P::zero();
  const uint32_t* token = task.tokens;
  const uint32_t* row = task.panel;
  for (int u = 0; u < task.units; ++u, token += P::tokens, row += vectors * P::width) {
    typename P::Units rows[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) rows[v] = P::units(row + v * P::width);
#pragma GCC unroll 16
    for (int t = 0; t < Tokens; ++t) {
      const auto unit = P::spread(token + t);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[t][v] = P::step(sums[t][v], rows[v], unit);
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < Tokens; ++t)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      float* out = task.sums + t * task.pitch + v * P::width;
      P::store(out, task.fresh ? sums[t][v] : P::add(P::load(out), sums[t][v]));
    }
}

template <class P, int... Less>
static constexpr auto block_table(std::integer_sequence<int, Less...>) {
  using Block = void (*)(const BlockTask&);
  struct Table {
    Block of[sizeof...(Less)];
  };
  return Table{{multiply_block<P, Less + 1>...}};
}

template <class P>
static void multiply(const BlockTask& task) {
  static constexpr auto table = block_table<P>(std::make_integer_sequence<int, P::tokens>{});
  table.of[task.count - 1](task);
}

template <class P>
static void interleave(const uint32_t* rows, int64_t pitch, int units, uint32_t* panel) {
  constexpr int wide = P::vectors * P::width;
  for (int u = 0; u < units; u += P::width)
    for (int v = 0; v < P::vectors; ++v)
      P::transpose(rows + v * P::width * pitch + u, pitch, panel + int64_t{u} * wide + v * P::width, wide);
}

/** The sums of each lane of each chain are short even of long rows. */
template <class P, int Tokens>
static inline void dot_tokens(const DotTask& task) {
  constexpr int chains = 4;  // sums side by side hide the latency of each
  typename P::Vec sums[Tokens][chains];
#pragma GCC unroll 4
  for (auto& line : sums)
#pragma GCC unroll 4
    for (auto& sum : line) sum = P::zero();
  const auto add = [&](int64_t at, int chain) {
    const auto row = P::units(static_cast<const uint8_t*>(task.row) + 4 * at);
#pragma GCC unroll 4
    for (int t = 0; t < Tokens; ++t) sums[t][chain] = P::step(sums[t][chain], row, P::units(task.tokens + t * task.pitch + at));
  };
  int64_t at = 0;
  for (; at + chains * P::width <= task.units; at += chains * P::width) {
    // Far enough for memory to answer; beyond the end of the weights it asks for nothing.
    __builtin_prefetch(static_cast<const uint8_t*>(task.row) + 4 * at + 1024);
#pragma GCC unroll 4
    for (int c = 0; c < chains; ++c) add(at + c * P::width, c);
  }
  for (; at < task.units; at += P::width) add(at, 0);
  for (int t = 0; t < Tokens; ++t)
    task.sums[t] += P::sum(P::add(P::add(sums[t][0], sums[t][1]), P::add(sums[t][2], sums[t][3])));
}

template <class P>
static void dot(const DotTask& task) {
  if (task.count == 1) return dot_tokens<P, 1>(task);
  if (task.count == 2) return dot_tokens<P, 2>(task);
  if (task.count == 3) return dot_tokens<P, 3>(task);
  dot_tokens<P, kFewTokens>(task);
}

/** Float units: the floats themselves, or rounded to BF16. Compilers vectorise both loops. */
template <bool Rounded>
static void float_units(const float* floats, int count, uint32_t* units) {
  for (int i = 0; i < count; ++i) {
    const uint32_t bits = bits_of(floats[i]);
    units[i] = Rounded ? uint32_t{encode_bf16_bits(bits)} << 16 : bits;
  }
  for (int i = count; i % 16 != 0; ++i) units[i] = 0;
}

template <class P>
static constexpr Multiplier multiplier() {
  static_assert(P::tokens <= kLargestBlock && P::vectors * P::width <= kLargestPanel && 16 % P::width == 0, "");
  return {P::tokens, P::vectors * P::width, P::depth, P::convert, interleave<P>, multiply<P>, dot<P>};
}

}  // namespace kvscale::cpu
