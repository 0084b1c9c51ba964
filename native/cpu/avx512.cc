// AVX-512 F/BW/DQ/VL, float32 products: the float16 trick of avx2.cc on registers twice as wide, with masked loads
// for the ends of odd head sizes.
#include <immintrin.h>

#include "arithmetics.h"
#include "avx512_lanes.h"
#include "features.h"
#include "kernel_sets.h"

namespace kvscale::cpu {
namespace {

struct Avx512 : Avx512Lanes {
  static constexpr int group = 32, accumulators = 16;
  static constexpr bool has_bf16 = false;

  template <Format F>
  static bool holds_nan(const uint8_t* row, int64_t count) {
    const __m512i sign = _mm512_set1_epi8(F == Format::e4m3fn ? -128 : 0);
    const __m512i nan = _mm512_set1_epi8(F == Format::e4m3fn ? -1 : -128);
    __mmask64 found = 0;
    for (int64_t i = 0; i < count; i += 64) {
      const __mmask64 mask = count - i >= 64 ? ~__mmask64{0} : (__mmask64{1} << (count - i)) - 1;
      const __m512i codes = _mm512_maskz_loadu_epi8(mask, row + i);
      found |= _mm512_mask_cmpeq_epi8_mask(mask, _mm512_or_si512(codes, sign), nan);
    }
    return found != 0;
  }

  template <Format F>
  struct Codes;
};

template <Format F>
struct Avx512::Codes {
  static_assert(element_bytes(F) == 1, "specialised below");
  static constexpr int group = Avx512::group, bytes = group;
  static constexpr float unit = F == Format::e4m3fn ? 256.0f : F == Format::e4m3fnuz ? 128.0f : 1.0f;
  static constexpr bool blind = F != Format::e5m2;

  static void load(const uint8_t* row, Vec* out) {
    widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(row)), out);
  }
  static void load_part(const uint8_t* row, int count, Vec* out) {
    widen(_mm256_maskz_loadu_epi8((__mmask32{1} << count) - 1, row), out);
  }
  static void widen(__m256i codes, Vec* out) {
    const __m512i halves =
        F == Format::e5m2
            ? _mm512_slli_epi16(_mm512_cvtepu8_epi16(codes), 8)
            : _mm512_and_si512(_mm512_slli_epi16(_mm512_cvtepi8_epi16(codes), 7), _mm512_set1_epi16(-16385));
    out[0] = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
    out[1] = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1));
  }
};

/** 16-bit formats: `Widen` turns sixteen halves into floats. */
template <class Widen>
struct HalfCodes {
  static constexpr int group = Avx512::group, bytes = 2 * group;
  static constexpr float unit = 1.0f;
  static constexpr bool blind = false;

  static void load(const uint8_t* row, Avx512::Vec* out) { load_part(row, group, out); }
  static void load_part(const uint8_t* row, int count, Avx512::Vec* out) {
    const uint32_t mask = count >= 32 ? ~0u : (1u << count) - 1;
    out[0] = Widen::widen(_mm256_maskz_loadu_epi16(static_cast<__mmask16>(mask), row));
    out[1] = Widen::widen(_mm256_maskz_loadu_epi16(static_cast<__mmask16>(mask >> 16), row + 32));
  }
};

struct WidenF16 {
  static __m512 widen(__m256i halves) { return _mm512_cvtph_ps(halves); }
};
struct WidenBf16 {
  static __m512 widen(__m256i halves) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
};

template <>
struct Avx512::Codes<Format::f16> : HalfCodes<WidenF16> {};
template <>
struct Avx512::Codes<Format::bf16> : HalfCodes<WidenBf16> {};

template <>
struct Avx512::Codes<Format::f32> : TableCodes<Avx512, Format::f32> {
  static void load(const uint8_t* row, Vec* out) { load_part(row, group, out); }
  static void load_part(const uint8_t* row, int count, Vec* out) {
    const uint32_t mask = count >= 32 ? ~0u : (1u << count) - 1;
    out[0] = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), row);
    out[1] = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), row + 64);
  }
};

}  // namespace

const Kernels kAvx512Precise = float_kernels<Avx512>();
const Converters kAvx512Converters = converters<Avx512>();
const Arithmetic kAvx512{"avx512", missing_avx512, &kAvx512Precise, nullptr, &kAvx512Converters};

}  // namespace kvscale::cpu
