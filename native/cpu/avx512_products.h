// What the products of both AVX-512 sources share: twelve tokens by thirty-two rows of sums, and a transposition.
// Everything is in an anonymous namespace: each source has its own.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace kvscale::cpu {
namespace {

struct Avx512Products {
  static constexpr int width = 16, tokens = 12, vectors = 2;
  using Vec = __m512;

  static Vec zero() { return _mm512_setzero_ps(); }
  static Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  static Vec load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Vec v) { _mm512_storeu_ps(p, v); }
  static float sum(Vec v) { return _mm512_reduce_add_ps(v); }

  /** Pairs of rows interleaved, then pairs of pairs, then quarters of registers gathered in two steps. */
  static void transpose(const uint32_t* from, int64_t pitch, uint32_t* to, int64_t to_pitch) {
    __m512i quads[16];
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {
      const __m512i a = row(from, pitch, i), b = row(from, pitch, i + 1);
      const __m512i c = row(from, pitch, i + 2), d = row(from, pitch, i + 3);
      const __m512i ab0 = _mm512_unpacklo_epi32(a, b), ab1 = _mm512_unpackhi_epi32(a, b);
      const __m512i cd0 = _mm512_unpacklo_epi32(c, d), cd1 = _mm512_unpackhi_epi32(c, d);
      quads[i] = _mm512_unpacklo_epi64(ab0, cd0), quads[i + 1] = _mm512_unpackhi_epi64(ab0, cd0);
      quads[i + 2] = _mm512_unpacklo_epi64(ab1, cd1), quads[i + 3] = _mm512_unpackhi_epi64(ab1, cd1);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const __m512i even0 = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0x88);
      const __m512i odd0 = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0xDD);
      const __m512i even1 = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0x88);
      const __m512i odd1 = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0xDD);
      _mm512_storeu_si512(to + j * to_pitch, _mm512_shuffle_i32x4(even0, even1, 0x88));
      _mm512_storeu_si512(to + (4 + j) * to_pitch, _mm512_shuffle_i32x4(odd0, odd1, 0x88));
      _mm512_storeu_si512(to + (8 + j) * to_pitch, _mm512_shuffle_i32x4(even0, even1, 0xDD));
      _mm512_storeu_si512(to + (12 + j) * to_pitch, _mm512_shuffle_i32x4(odd0, odd1, 0xDD));
    }
  }
  static __m512i row(const uint32_t* from, int64_t pitch, int index) {
    return _mm512_loadu_si512(from + index * pitch);
  }
};

}  // namespace
}  // namespace kvscale::cpu
