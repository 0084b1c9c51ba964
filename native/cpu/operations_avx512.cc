// The operations of a decoder layer with AVX-512.
#include "avx512_products.h"

#include "arithmetics.h"
#include "elementwise_kernels.h"
#include "linear_kernels.h"

namespace kvscale::cpu {
namespace {

struct Avx512 : Avx512Products {
  static constexpr int depth = 1;
  using Units = __m512;

  static Units units(const void* p) { return _mm512_loadu_ps(p); }
  static Units spread(const uint32_t* p) { return _mm512_set1_ps(float_of(*p)); }
  static Vec step(Vec sums, Units a, Units b) { return _mm512_fmadd_ps(a, b, sums); }
};

struct Float : Avx512 {
  static constexpr auto convert = float_units<false>;
};
struct Rounded : Avx512 {
  static constexpr auto convert = float_units<true>;
};

constexpr Multiplier kBfloat16 = multiplier<Rounded>();

}  // namespace

const Multiplier kAvx512Float32 = multiplier<Float>();
const Operations kAvx512Operations{&kAvx512,     &kAvx512Float32, &kBfloat16, norm_row,
                                   rotate_token, gate_part,       take_token};

}  // namespace kvscale::cpu
