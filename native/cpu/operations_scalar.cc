// The operations of a decoder layer in plain C++. Four floats side by side, which every 64-bit processor has registers
// for, and products without fused additions.
#include "arithmetics.h"
#include "elementwise_kernels.h"
#include "linear_kernels.h"

namespace kvscale::cpu {
namespace {

struct Scalar {
  static constexpr int width = 4, depth = 1, tokens = 4, vectors = 2;
  using Vec = float __attribute__((vector_size(16)));
  using Units = Vec;

  static Vec zero() { return Vec{}; }
  static Vec add(Vec a, Vec b) { return a + b; }
  static Vec load(const float* p) {
    Vec v;
    memcpy(&v, p, sizeof v);
    return v;
  }
  static void store(float* p, Vec v) { memcpy(p, &v, sizeof v); }
  static float sum(Vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }
  static Units units(const void* p) {
    Vec v;
    memcpy(&v, p, sizeof v);
    return v;
  }
  static Units spread(const uint32_t* p) {
    const float x = float_of(*p);
    return Vec{x, x, x, x};
  }
  static Vec step(Vec sums, Units a, Units b) { return sums + a * b; }
  static void transpose(const uint32_t* from, int64_t pitch, uint32_t* to, int64_t to_pitch) {
    for (int i = 0; i < width; ++i)
      for (int j = 0; j < width; ++j) to[j * to_pitch + i] = from[i * pitch + j];
  }
};

struct Float : Scalar {
  static constexpr auto convert = float_units<false>;
};
struct Rounded : Scalar {
  static constexpr auto convert = float_units<true>;
};

constexpr Multiplier kFloat32 = multiplier<Float>();
constexpr Multiplier kBfloat16 = multiplier<Rounded>();

}  // namespace

const Operations kScalarOperations{&kScalar, &kFloat32, &kBfloat16, norm_row, rotate_token, gate_part, take_token};

}  // namespace kvscale::cpu
