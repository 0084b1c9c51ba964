// float16 and bfloat16 as codecs, in integer arithmetic, for the 16-bit side of every comparison. Overflow goes to
// Inf and rounding is to nearest even, as hardware and PyTorch do. `static` for the reason given in fp8.h.
#pragma once

#include "fp8.h"

namespace kvscale {

KVSCALE_DEVICE static constexpr uint32_t decode_f16_bits(uint32_t half) {
  const uint32_t sign = (half & 0x8000u) << 16;
  const uint32_t magnitude = half & 0x7FFFu;
  if (magnitude >= 0x7C00u) return sign | 0x7F800000u | ((magnitude & 0x3FFu) << 13) | (magnitude > 0x7C00u ? 0x400000u : 0u);
  if (magnitude >= 0x400u) return sign | ((magnitude << 13) + ((127u - 15u) << 23));
  if (magnitude == 0) return sign;
  int shift = 0;
  uint32_t fraction = magnitude;
  for (; (fraction & 0x400u) == 0; ++shift) fraction <<= 1;
  return sign | (static_cast<uint32_t>(127 - 14 - shift) << 23) | ((fraction & 0x3FFu) << 13);
}

KVSCALE_DEVICE static constexpr uint32_t decode_bf16_bits(uint32_t half) { return half << 16; }

KVSCALE_DEVICE static constexpr uint16_t encode_f16_bits(uint32_t bits) {
  const uint32_t absolute = bits & 0x7FFFFFFFu;
  const uint32_t rounded = round_bits(absolute, 15, 10);
  const uint32_t magnitude = absolute > 0x7F800000u ? 0x7E00u : rounded > 0x7C00u ? 0x7C00u : rounded;
  return static_cast<uint16_t>(((bits >> 16) & 0x8000u) | magnitude);
}

KVSCALE_DEVICE static constexpr uint16_t encode_bf16_bits(uint32_t bits) {
  const bool nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  const uint32_t rounded = bits + 0x7FFFu + ((bits >> 16) & 1u);
  return static_cast<uint16_t>(nan ? (bits >> 16) | 0x40u : rounded >> 16);
}

}  // namespace kvscale
