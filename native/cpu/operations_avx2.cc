// The operations of a decoder layer with AVX2 and FMA. Six tokens by sixteen rows of sums leave four registers of
// sixteen to feed them.
#include <immintrin.h>

#include "arithmetics.h"
#include "elementwise_kernels.h"
#include "linear_kernels.h"

namespace kvscale::cpu {
namespace {

struct Avx2 {
  static constexpr int width = 8, depth = 1, tokens = 6, vectors = 2;
  using Vec = __m256;
  using Units = __m256;

  static Vec zero() { return _mm256_setzero_ps(); }
  static Vec add(Vec a, Vec b) { return _mm256_add_ps(a, b); }
  static Vec load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Vec v) { _mm256_storeu_ps(p, v); }
  static float sum(Vec v) {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
  }
  static Units units(const void* p) { return _mm256_loadu_ps(static_cast<const float*>(p)); }
  static Units spread(const uint32_t* p) { return _mm256_broadcast_ss(reinterpret_cast<const float*>(p)); }
  static Vec step(Vec sums, Units a, Units b) { return _mm256_fmadd_ps(a, b, sums); }

  /** Pairs of rows interleaved, then pairs of pairs, then halves of registers exchanged. */
  static void transpose(const uint32_t* from, int64_t pitch, uint32_t* to, int64_t to_pitch) {
    __m256 pairs[8];
    for (int i = 0; i < 4; ++i) {
      const __m256 a = units(from + 2 * i * pitch), b = units(from + (2 * i + 1) * pitch);
      pairs[2 * i] = _mm256_unpacklo_ps(a, b);
      pairs[2 * i + 1] = _mm256_unpackhi_ps(a, b);
    }
    __m256 quads[8];
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        quads[4 * i + 2 * j] = _mm256_shuffle_ps(pairs[4 * i + j], pairs[4 * i + 2 + j], 0x44);
        quads[4 * i + 2 * j + 1] = _mm256_shuffle_ps(pairs[4 * i + j], pairs[4 * i + 2 + j], 0xEE);
      }
    for (int i = 0; i < 4; ++i) {
      put(to + i * to_pitch, _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20));
      put(to + (i + 4) * to_pitch, _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31));
    }
  }
  static void put(uint32_t* to, __m256 v) { _mm256_storeu_ps(reinterpret_cast<float*>(to), v); }
};

struct Float : Avx2 {
  static constexpr auto convert = float_units<false>;
};
struct Rounded : Avx2 {
  static constexpr auto convert = float_units<true>;
};

constexpr Multiplier kFloat32 = multiplier<Float>();
constexpr Multiplier kBfloat16 = multiplier<Rounded>();

}  // namespace

const Operations kAvx2Operations{&kAvx2, &kFloat32, &kBfloat16, norm_row, rotate_token, gate_part, take_token};

}  // namespace kvscale::cpu
