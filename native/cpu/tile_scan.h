// What a tile of FP8 rows holds, looked up before it is decoded by a way that would miss it.
#pragma once

#include "formats.h"

namespace kvscale::cpu {

/** A lane type may look through a whole tile at once, by holds_nan(rows, tokens, head_size). */
template <class L, Format F>
static inline auto scan_for_nan(const uint8_t* const* rows, int tokens, int head_size, int)
    -> decltype(L::template holds_nan<F>(rows, tokens, head_size)) {
  return L::template holds_nan<F>(rows, tokens, head_size);
}

template <class L, Format F>
static inline bool scan_for_nan(const uint8_t* const* rows, int tokens, int head_size, long) {
  for (int t = 0; t < tokens; ++t)
    if (L::template holds_nan<F>(rows[t], head_size)) return true;
  return false;
}

template <class L, Format F>
static inline bool tile_holds_nan(const uint8_t* const* rows, int tokens, int head_size) {
  return scan_for_nan<L, F>(rows, tokens, head_size, 0);
}

/** Whether many codes are subnormal, by a sample: what is answered changes speed and, far below 1, rounding. */
static inline bool tile_is_faint(const uint8_t* const* rows, int tokens, int head_size) {
  constexpr int step = 64, few = 32;  // one row of so many; one code of so many
  int faint = 0, all = 0;
  for (int t = 0; t < tokens; t += step, all += head_size)
    for (int i = 0; i < head_size; ++i) faint += (rows[t][i] & 0x78) == 0 && (rows[t][i] & 0x07) != 0;
  return faint * few > all;
}

}  // namespace kvscale::cpu
