// Eight float32 lanes, for avx2.cc alone.
#pragma once

#include <immintrin.h>

#include "formats.h"

namespace kvscale::cpu {
namespace {

struct Avx2 {
  static constexpr int width = 8, group = 16, accumulators = 8;
  static constexpr bool has_bf16 = false;
  using Vec = __m256;

  static Vec set(float x) { return _mm256_set1_ps(x); }
  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec iota() { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }
  static Vec load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
  static Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
  static Vec sub(Vec a, Vec b) { return _mm256_sub_ps(a, b); }
  static Vec mul(Vec a, Vec b) { return _mm256_mul_ps(a, b); }
  static Vec div(Vec a, Vec b) { return _mm256_div_ps(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
  static Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
  static Vec round(Vec x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static Vec below(Vec x, Vec y, Vec a, Vec b) { return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, y, _CMP_LT_OQ)); }
  static Vec times_power(Vec p, Vec n) {
    // Below -127 the exponent field would wrap; at -127 it is that of zero.
    const __m256i exponent = _mm256_cvtps_epi32(_mm256_max_ps(_mm256_set1_ps(-127), n));
    const __m256i field = _mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(p, _mm256_castsi256_ps(field));
  }
  /** Halves of a, b, c, d folded until one lane each is left: float[4] in order. */
  static void sum4(const Vec* v, float* out) {
    const __m256 pairs = _mm256_hadd_ps(_mm256_hadd_ps(v[0], v[1]), _mm256_hadd_ps(v[2], v[3]));
    _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(pairs), _mm256_extractf128_ps(pairs, 1)));
  }
  static float sum(Vec v) {
    const Vec copies[4] = {v, v, v, v};
    float sums[4];
    sum4(copies, sums);
    return sums[0];
  }
  static float highest(Vec v) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
  }

  /** The largest of what was found and the codes mapped so that NaN, and NaN alone, becomes 255. */
  template <Format F>
  static __m256i largest(__m256i found, __m256i codes) {
    // e4m3fn: magnitude 127 with the sign set. e4m3fnuz: 0x80, all of whose bits but one turn.
    const __m256i mapped = F == Format::e4m3fn ? _mm256_or_si256(codes, _mm256_set1_epi8(-128))
                                               : _mm256_xor_si256(codes, _mm256_set1_epi8(127));
    return _mm256_max_epu8(found, mapped);
  }

  /** Whether `found` by largest() holds a NaN. */
  static bool is_nan(__m256i found) {
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(found, _mm256_set1_epi8(-1))) != 0;
  }

  template <Format F>
  static bool holds_nan(const uint8_t* row, int64_t count) {
    return holds_nan<F>(&row, 1, count);
  }

  template <Format F>
  static bool holds_nan(const uint8_t* const* rows, int tokens, int64_t count) {
    __m256i found = _mm256_setzero_si256();
    bool any = false;
    for (int t = 0; t < tokens; ++t) {
      int64_t i = 0;
#pragma GCC unroll 4
      for (; i + 32 <= count; i += 32)
        found = largest<F>(found, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows[t] + i)));
      for (; i < count; ++i) any |= is_nan_code(fp8(F), rows[t][i]);
    }
    return any || is_nan(found);
  }

  template <Format F>
  struct Codes;
};

}  // namespace
}  // namespace kvscale::cpu
