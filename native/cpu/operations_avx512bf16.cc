// The operations of a decoder layer with AVX-512 BF16: VDPBF16PS adds the exact products of two columns at once. It
// takes subnormal BF16 factors as zero and so loses products below 2^-126 times the other factor: nothing beside the
// float32 rounding of any sum that a model makes.
#include "avx512_products.h"

#include "arithmetics.h"
#include "elementwise_kernels.h"
#include "linear_kernels.h"

namespace kvscale::cpu {
namespace {

struct Avx512Bf16 : Avx512Products {
  static constexpr int depth = 2;
  using Units = __m512i;

  static Units units(const void* p) { return _mm512_loadu_si512(p); }
  static Units spread(const uint32_t* p) { return _mm512_set1_epi32(static_cast<int32_t>(*p)); }
  static Vec step(Vec sums, Units a, Units b) {
    return _mm512_dpbf16_ps(sums, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
  }

  static void convert(const float* floats, int count, uint32_t* units) {
    for (int i = 0; i < count; i += 32) {
      const int left = count - i;
      const uint32_t mask = left >= 32 ? ~0u : (1u << left) - 1;
      const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), floats + i);
      const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), floats + i + 16);
      _mm512_storeu_si512(units + i / 2, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
    }
  }
};

constexpr Multiplier kBfloat16 = multiplier<Avx512Bf16>();

}  // namespace

const Operations kAvx512VbmiBf16Operations{&kAvx512VbmiBf16, &kAvx512Float32, &kBfloat16, norm_row,
                                           rotate_token,     gate_part,       take_token};

}  // namespace kvscale::cpu
