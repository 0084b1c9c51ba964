// The three FP8 formats as codecs, in integer arithmetic alone: the same on host and device, in constant
// expressions, and under any rounding mode or flush-to-zero setting.
//
//                     bias  mantissa  largest finite   NaN            Inf         -0
//   e4m3fn               7         3  448    (0x7E)    0x7F, 0xFF     none        0x80
//   e4m3fnuz             8         3  240    (0x7F)    0x80           none        none
//   e5m2                15         2  57344  (0x7B)    0x7D.. 0xFD..  0x7C 0xFC   0x80
//
// Functions are `static`: each translation unit is compiled for its own instruction set and must keep its own copy.
#pragma once

#include <cstdint>
#include <cstring>

#include "contract.h"

#ifdef __CUDACC__
#define KVSCALE_DEVICE __host__ __device__
#else
#define KVSCALE_DEVICE
#endif

namespace kvscale {

/** One row per format; everything below is derived from it. */
struct Fp8 {
  int bias;
  int mantissa;
  uint32_t largest;       // code of the largest finite value
  uint32_t nan;           // the code that an encoder writes for NaN
  bool unsigned_zero;     // fnuz: no -0, and 0x80 is the only NaN
  bool infinite;          // has Inf
};

KVSCALE_DEVICE static constexpr Fp8 fp8(Format format) {
  return format == Format::e5m2       ? Fp8{15, 2, 0x7B, 0x7F, false, true}
         : format == Format::e4m3fnuz ? Fp8{8, 3, 0x7F, 0x80, true, false}
                                      : Fp8{7, 3, 0x7E, 0x7F, false, false};
}

KVSCALE_DEVICE static constexpr bool is_nan_code(Fp8 f, uint32_t code) {
  return f.unsigned_zero ? code == 0x80 : (code & 0x7F) > (f.infinite ? 0x7Cu : f.largest);
}

/** Float32 bits of a code; exact for all 256. NaN keeps its sign except in fnuz, which has one NaN. */
KVSCALE_DEVICE static constexpr uint32_t decode_bits(Fp8 f, uint32_t code) {
  const uint32_t sign = (code & 0x80u) << 24;
  if (is_nan_code(f, code)) return f.unsigned_zero ? 0x7FC00000u : sign | 0x7FC00000u;
  uint32_t magnitude = code & 0x7Fu;
  if (f.infinite && magnitude == 0x7C) return sign | 0x7F800000u;
  if (magnitude == 0) return sign;
  uint32_t exponent = magnitude >> f.mantissa;
  uint32_t fraction = magnitude & ((1u << f.mantissa) - 1);
  // A subnormal is normalised: shift until the leading bit stands where the implicit one belongs.
  int shift = 0;
  if (exponent == 0) {
    for (exponent = 1; (fraction >> f.mantissa) == 0; ++shift) fraction <<= 1;
    fraction &= (1u << f.mantissa) - 1;
  }
  return sign | ((exponent + 127 - f.bias - shift) << 23) | (fraction << (23 - f.mantissa));
}

/** Rounds |x| (float32 bits, not NaN) to even on a grid of `mantissa` bits; may exceed the largest code. */
KVSCALE_DEVICE static constexpr uint32_t round_bits(uint32_t absolute, int bias, int mantissa) {
  const int lowest = 128 - bias;  // float32 exponent of the format's smallest normal
  const int exponent = static_cast<int>(absolute >> 23);
  const int below = exponent < lowest ? lowest - exponent : 0;
  // 25 shifts a 24-bit significand to less than half a step: everything smaller rounds to zero as well.
  const int shift = 23 - mantissa + below > 25 ? 25 : 23 - mantissa + below;
  const uint32_t significand = (absolute & 0x7FFFFFu) | 0x800000u;
  const uint32_t odd = (significand >> shift) & 1u;
  const uint32_t rounded = (significand + (1u << (shift - 1)) - 1u + odd) >> shift;
  return rounded + (static_cast<uint32_t>(exponent + below - lowest) << mantissa);
}

/** Round to nearest even, saturating at the largest finite value, Inf included (CUDA's SATFINITE). */
KVSCALE_DEVICE static constexpr uint8_t encode_bits(Fp8 f, uint32_t bits) {
  const uint32_t absolute = bits & 0x7FFFFFFFu;
  const uint32_t rounded = round_bits(absolute, f.bias, f.mantissa);
  const uint32_t magnitude = rounded > f.largest ? f.largest : rounded;
  const uint32_t negative = (bits >> 24) & 0x80u;
  const uint32_t sign = f.unsigned_zero && magnitude == 0 ? 0u : negative;
  // CUDA drops the sign of a NaN; so does every writer here.
  return static_cast<uint8_t>(absolute > 0x7F800000u ? f.nan : sign | magnitude);
}

KVSCALE_DEVICE static inline float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

KVSCALE_DEVICE static inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/** The CUDA writer: IEEE division by the scale, then one rounding (vLLM quant_utils.cuh @017e9f4). */
KVSCALE_DEVICE static inline uint8_t encode(Fp8 f, float value, float scale) {
  return encode_bits(f, bits_of(value / scale));
}

/**
 * vLLM's CPU writer (cpu_attn_fp8.hpp @017e9f4): times the reciprocal, clamp, truncate. NaN becomes the largest
 * finite value because the clamp's comparison is false for it, and -0 becomes +0. e4m3fn only drops the bits that
 * survive a multiplication by 2^-120, which itself rounds once below 2^-6: reproduced, not tidied.
 */
static inline uint8_t encode_truncating(Fp8 f, float value, float reciprocal) {
  const float largest = float_of(decode_bits(f, f.largest));
  const float product = value * reciprocal;
  const float upper = product < largest ? product : largest;
  const float clamped = -largest < upper ? upper : -largest;
  const uint32_t bits = bits_of(f.infinite ? clamped : clamped * 0x1p-120f);
  const uint32_t negative = (bits >> 24) & 0x80u;
  if (clamped == 0.0f) return 0;
  if (!f.infinite) return static_cast<uint8_t>(negative | ((bits >> 20) & 0x7Fu));
  const int exponent = static_cast<int>((bits >> 23) & 0xFFu) - 127;
  const int below = exponent < -14 ? -14 - exponent : 0;
  const uint32_t significand = (bits & 0x7FFFFFu) | 0x800000u;
  const uint32_t fraction = significand >> (21 + (below > 10 ? 10 : below));
  return static_cast<uint8_t>(negative | (fraction + (static_cast<uint32_t>(exponent + below + 14) << 2)));
}

/** All 256 values of a format, as float32 bits. */
struct DecodeTable {
  uint32_t bits[256];
};

static constexpr DecodeTable decode_table(Fp8 f) {
  DecodeTable table{};
  for (uint32_t code = 0; code < 256; ++code) table.bits[code] = decode_bits(f, code);
  return table;
}

}  // namespace kvscale
