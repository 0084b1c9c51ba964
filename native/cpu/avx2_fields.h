// e4m3 as float32 fields, for avx2.cc alone. 32 codes are loaded as they lie: two shifts of 16-bit words and one more of
// 32-bit words bring every byte's 7 magnitude bits to bits 26..20 and its sign to bit 31, which read as float32 is the
// value times 2^(bias - 127), subnormals in place (FloatEnvironment has DAZ off). Four registers come of it, the first
// holding elements 0, 4, 8 .., the second 1, 5, 9 ..: queries are brought into that order before, sums out of it after.
// NaN codes come out finite. They are noticed on the way, and what they spoiled is done again from tables.
#pragma once

#include "avx2_lanes.h"
#include "float_kernels.h"

namespace kvscale::cpu {
namespace {

constexpr int kColumn = 32;  // codes of a register

template <Format F>
constexpr float kFieldUnit = F == Format::e4m3fn ? 0x1p120f : 0x1p119f;

/** 32 codes of a row, or `left` of them and then zeros. */
template <bool Whole>
inline __m256i codes_at(const uint8_t* row, int left) {
  if constexpr (Whole) return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
  alignas(32) uint8_t codes[kColumn] = {};
  memcpy(codes, row, static_cast<size_t>(left));
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(codes));
}

/** Every second of 32 codes from `Odd` on: elements Odd, Odd + 4 .. and Odd + 2, Odd + 6 .. */
template <int Odd>
inline void fields(__m256i codes, __m256* out) {
  // The arithmetic shift repeats the sign in bits 15..11 of a word; the mask leaves it in 15 alone.
  const __m256i high = Odd ? codes : _mm256_slli_epi16(codes, 8);
  const __m256i words = _mm256_and_si256(_mm256_srai_epi16(high, 4), _mm256_set1_epi16(static_cast<short>(0x87F0)));
  out[0] = _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
  out[1] = _mm256_castsi256_ps(_mm256_and_si256(words, _mm256_set1_epi32(~0xFFFF)));
}

/** The 4 x 4 floats of the lanes of v[0] .. v[3], transposed. */
inline void transpose_lanes(const __m256* v, __m256* out) {
  const __m256 ab = _mm256_unpacklo_ps(v[0], v[1]), cd = _mm256_unpacklo_ps(v[2], v[3]);
  const __m256 AB = _mm256_unpackhi_ps(v[0], v[1]), CD = _mm256_unpackhi_ps(v[2], v[3]);
  out[0] = _mm256_shuffle_ps(ab, cd, 0x44), out[1] = _mm256_shuffle_ps(ab, cd, 0xEE);
  out[2] = _mm256_shuffle_ps(AB, CD, 0x44), out[3] = _mm256_shuffle_ps(AB, CD, 0xEE);
}

/** 32 floats as four registers in the order of decoded codes: the even two, then the odd two. */
inline void to_fields(const float* floats, __m256* out) {
  __m256 lanes[4], turned[4];
  for (int k = 0; k < 4; ++k) {
    const __m128 low = _mm_loadu_ps(floats + 4 * k);
    lanes[k] = _mm256_insertf128_ps(_mm256_castps128_ps256(low), _mm_loadu_ps(floats + 16 + 4 * k), 1);
  }
  transpose_lanes(lanes, turned);
  for (int k = 0; k < 4; ++k) out[k] = turned[k % 2 * 2 + k / 2];
}

/** out = decay * out + factor * sums, for 32 sums in the order of decoded codes. */
inline void add_fields(float* out, float decay, const __m256* sums, float factor) {
  const __m256 ordered[4] = {sums[0], sums[2], sums[1], sums[3]};
  __m256 lanes[4];
  transpose_lanes(ordered, lanes);
  for (int half = 0; half < 2; ++half)
    for (int k = 0; k < 4; ++k) {
      float* at = out + 16 * half + 4 * k;
      const __m128 sum = half == 0 ? _mm256_castps256_ps128(lanes[k]) : _mm256_extractf128_ps(lanes[k], 1);
      _mm_storeu_ps(at, _mm_fmadd_ps(_mm_set1_ps(decay), _mm_loadu_ps(at), _mm_mul_ps(sum, _mm_set1_ps(factor))));
    }
}

}  // namespace
}  // namespace kvscale::cpu
