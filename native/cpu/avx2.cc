// AVX2 + FMA + F16C. FP8 bytes become float16 fields by one shift, and VCVTPH2PS makes floats of those:
//   e4m3: the byte's 7 magnitude bits at bits 13..7 are the value times 2^(bias - 15). NaN codes come out finite: tiles
//         that hold one are redone. Kernels skip float16 (see avx2_fields.h) unless many codes are subnormal: some
//         processors multiply subnormal floats a hundred times slower, while VCVTPH2PS makes them normal at no cost.
//   e5m2: float16's upper byte as it is.
#include "arithmetics.h"
#include "avx2_scores.h"
#include "avx2_values.h"
#include "features.h"
#include "kernel_sets.h"

namespace kvscale::cpu {
namespace {

/** FP8 through float16 fields. */
template <Format F>
struct Avx2::Codes {
  static_assert(element_bytes(F) == 1, "specialised below");
  static constexpr int group = Avx2::group, bytes = group;
  static constexpr float unit = F == Format::e4m3fn ? 256.0f : F == Format::e4m3fnuz ? 128.0f : 1.0f;
  static constexpr bool blind = F != Format::e5m2;

  static void load(const uint8_t* row, Vec* out) { widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row)), out); }

  static void load_part(const uint8_t* row, int count, Vec* out) {
    uint8_t codes[group] = {};
    memcpy(codes, row, static_cast<size_t>(count));
    load(codes, out);
  }

  static void widen(__m128i codes, Vec* out) {
    const __m256i halves =
        F == Format::e5m2
            ? _mm256_slli_epi16(_mm256_cvtepu8_epi16(codes), 8)
            // Sign extension repeats the sign in bits 15..7; the shift moves it to 14 too, where it must go.
            : _mm256_and_si256(_mm256_slli_epi16(_mm256_cvtepi8_epi16(codes), 7), _mm256_set1_epi16(-16385));
    out[0] = _mm256_cvtph_ps(_mm256_castsi256_si128(halves));
    out[1] = _mm256_cvtph_ps(_mm256_extracti128_si256(halves, 1));
  }
};

template <>
struct Avx2::Codes<Format::f16> : TableCodes<Avx2, Format::f16> {
  static void load(const uint8_t* row, Vec* out) {
    for (int v = 0; v < 2; ++v)
      out[v] = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(row + 16 * v)));
  }
};

template <>
struct Avx2::Codes<Format::bf16> : TableCodes<Avx2, Format::bf16> {
  static void load(const uint8_t* row, Vec* out) {
    for (int v = 0; v < 2; ++v) {
      const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(row + 16 * v));
      out[v] = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
    }
  }
};

template <>
struct Avx2::Codes<Format::f32> : TableCodes<Avx2, Format::f32> {
  static void load(const uint8_t* row, Vec* out) {
    for (int v = 0; v < 2; ++v) out[v] = _mm256_loadu_ps(reinterpret_cast<const float*>(row) + 8 * v);
  }
};

/** Two formats have kernels of their own. */
constexpr Kernels precise() {
  Kernels kernels = float_kernels<Avx2>();
  kernels.score[static_cast<int>(Format::e4m3fn)] = score_e4m3<Format::e4m3fn>;
  kernels.score[static_cast<int>(Format::e4m3fnuz)] = score_e4m3<Format::e4m3fnuz>;
  kernels.gather[static_cast<int>(Format::e4m3fn)] = gather_e4m3<Format::e4m3fn>;
  kernels.gather[static_cast<int>(Format::e4m3fnuz)] = gather_e4m3<Format::e4m3fnuz>;
  return kernels;
}

constexpr Kernels kPrecise = precise();
constexpr Converters kConverters = converters<Avx2>();

}  // namespace

const Arithmetic kAvx2{"avx2", missing_avx2, &kPrecise, nullptr, &kConverters};

}  // namespace kvscale::cpu
