// What the float paths of all instruction sets share: one `Codes` type per cache format, and the two that need no
// vector trick (tables). A lane type L (see float_kernels.h) comes from an anonymous namespace, so every instantiation
// is private to its translation unit.
#pragma once

#include <cstring>

#include "../half.h"
#include "kernels.h"

namespace kvscale::cpu {

static constexpr DecodeTable kTables[3] = {decode_table(fp8(Format::e4m3fn)), decode_table(fp8(Format::e4m3fnuz)),
                                           decode_table(fp8(Format::e5m2))};

static inline uint32_t load16(const uint8_t* bytes) {
  uint16_t half;
  memcpy(&half, bytes, sizeof half);
  return half;
}

/** Element `index` of a row, in any format. The slow and certain way: vector paths are checked against it. */
template <Format F>
static inline float element(const uint8_t* row, int64_t index) {
  if constexpr (F == Format::f32) {
    float value;
    memcpy(&value, row + 4 * index, sizeof value);
    return value;
  } else if constexpr (F == Format::f16) {
    return float_of(decode_f16_bits(load16(row + 2 * index)));
  } else if constexpr (F == Format::bf16) {
    return float_of(decode_bf16_bits(load16(row + 2 * index)));
  } else {
    return float_of(kTables[static_cast<int>(F)].bits[row[index]]);
  }
}

/**
 * Codes read one by one through `element`. `group` elements become `group / L::width` vectors.
 * The fallback of every instruction set: for formats without a trick, and for tiles that hold NaN codes.
 */
template <class L, Format F>
struct TableCodes {
  static constexpr int group = L::group;
  static constexpr int bytes = group * element_bytes(F);
  static constexpr float unit = 1.0f;  // decoded vectors times `unit` are the values
  static constexpr bool blind = false; // true: NaN codes come out finite and must be looked for first

  static inline void load(const uint8_t* row, typename L::Vec* out) { load_part(row, group, out); }

  static inline void load_part(const uint8_t* row, int count, typename L::Vec* out) {
    float lanes[group] = {};
    for (int i = 0; i < count; ++i) lanes[i] = element<F>(row, i);
    for (int v = 0; v < group / L::width; ++v) out[v] = L::load(lanes + v * L::width);
  }
};

/** `Whole`: the row does not end within the group. Known to the compiler, or every load would ask. */
template <class C, class L, bool Whole>
static inline void load_group(const uint8_t* row, int index, int head_size, typename L::Vec* out) {
  if constexpr (Whole) C::load(row + int64_t{index} * C::bytes, out);
  else C::load_part(row + int64_t{index} * C::bytes, head_size - index * C::group, out);
}

}  // namespace kvscale::cpu
