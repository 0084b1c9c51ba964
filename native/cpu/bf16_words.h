// From cache bytes to BF16 words in AVX-512 registers, for avx512vbmi_bf16.cc alone. An FP8 value has at most 4
// significant bits and an exponent inside BF16's range, so BF16 holds it exactly, as a normal number: nothing is lost
// to VDPBF16PS, which flushes subnormals. A byte's magnitude indexes two 128-entry tables (upper and lower byte of the
// word) held in registers; the sign is put back by one XOR. NaN and Inf are entries like any other.
#pragma once

#include <immintrin.h>

#include "formats.h"

namespace kvscale::cpu {
namespace {

struct alignas(64) ByteTables {
  uint8_t upper[128];
  uint8_t lower[128];
};

constexpr ByteTables byte_tables(Format format) {
  ByteTables tables{};
  for (uint32_t code = 0; code < 128; ++code) {
    const uint32_t word = decode_bits(fp8(format), code) >> 16;
    tables.upper[code] = static_cast<uint8_t>(word >> 8);
    tables.lower[code] = static_cast<uint8_t>(word);
  }
  return tables;
}

inline __m128i load16(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
inline __m128i load16(const uint8_t* p, int bytes) {
  return _mm_maskz_loadu_epi8(static_cast<__mmask16>(bytes >= 16 ? ~0u : (1u << bytes) - 1), p);
}

/** By halves: inserting into whole registers takes half as long again. */
inline __m512i lanes_of(__m128i a, __m128i b, __m128i c, __m128i d) {
  const __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
  const __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(c), d, 1);
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/** Sixteen bytes of rows 0, 4, 8 and 12 of a list, one row per 128-bit lane; or fewer, then zeros. */
inline __m512i quad(const uint8_t* const* rows, int at) {
  return lanes_of(load16(rows[0] + at), load16(rows[4] + at), load16(rows[8] + at), load16(rows[12] + at));
}
inline __m512i quad(const uint8_t* const* rows, int at, int bytes) {
  return lanes_of(load16(rows[0] + at, bytes), load16(rows[4] + at, bytes), load16(rows[8] + at, bytes),
                  load16(rows[12] + at, bytes));
}

/** 64 bytes, or as many as there are and then zeros. The branch never changes within a loop; a mask would cost more. */
inline __m512i load64(const uint8_t* p, int bytes) {
  if (bytes >= 64) return _mm512_loadu_si512(p);
  return _mm512_maskz_loadu_epi8((__mmask64{1} << bytes) - 1, p);
}

/** FP8: 16 bytes of a lane become two registers of 8 words per lane. */
template <Format F>
struct Words {
  static constexpr int count = 2;  // registers of words per register of bytes
  static constexpr int bytes = 1;  // of an element

  __m512i upper0, upper1, lower0, lower1;

  Words() {
    static constexpr ByteTables tables = byte_tables(F);
    upper0 = _mm512_load_si512(tables.upper), upper1 = _mm512_load_si512(tables.upper + 64);
    lower0 = _mm512_load_si512(tables.lower), lower1 = _mm512_load_si512(tables.lower + 64);
  }

  void widen(__m512i codes, __m512i* words) const {
    __m512i lower = _mm512_permutex2var_epi8(lower0, codes, lower1);
    __m512i upper = _mm512_permutex2var_epi8(upper0, codes, upper1);
    // 0x78 is a ^ (b & c): the sign bit of the code onto the upper byte.
    upper = _mm512_ternarylogic_epi32(upper, codes, _mm512_set1_epi8(-128), 0x78);
    if constexpr (F == Format::e4m3fnuz) {
      const __mmask64 nan = _mm512_cmpeq_epi8_mask(codes, _mm512_set1_epi8(-128));
      upper = _mm512_mask_mov_epi8(upper, nan, _mm512_set1_epi8(0x7F));
      lower = _mm512_mask_mov_epi8(lower, nan, _mm512_set1_epi8(-64));
    }
    words[0] = _mm512_unpacklo_epi8(lower, upper);
    words[1] = _mm512_unpackhi_epi8(lower, upper);
  }

  /** The 64 words that meet 64 widened codes. */
  static void arrange(const uint16_t* query, __m512i* words) {
    const __m512i low = _mm512_loadu_si512(query), high = _mm512_loadu_si512(query + 32);
    words[0] = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(0, 1, 4, 5, 8, 9, 12, 13), high);
    words[1] = _mm512_permutex2var_epi64(low, _mm512_setr_epi64(2, 3, 6, 7, 10, 11, 14, 15), high);
  }

  /** One half of each lane of two rows, as words of row a and row b alternating: 4 elements per lane and register. */
  void pair(__m512i a, __m512i b, int half, __m512i* words) const {
    widen(half == 0 ? _mm512_unpacklo_epi8(a, b) : _mm512_unpackhi_epi8(a, b), words);
  }
};

/** A BF16 cache holds words already. */
template <>
struct Words<Format::bf16> {
  static constexpr int count = 1;
  static constexpr int bytes = 2;

  void widen(__m512i codes, __m512i* words) const { words[0] = codes; }
  static void arrange(const uint16_t* query, __m512i* words) { words[0] = _mm512_loadu_si512(query); }
  void pair(__m512i a, __m512i b, int, __m512i* words) const {
    words[0] = _mm512_unpacklo_epi16(a, b);
    words[1] = _mm512_unpackhi_epi16(a, b);
  }
};

}  // namespace
}  // namespace kvscale::cpu
