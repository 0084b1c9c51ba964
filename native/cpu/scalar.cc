// The portable instruction set: plain C++, eight floats at a time so that sums are blocked as on the vector paths
// (and as accurate). Codes come from 256-entry tables. Always available; the yardstick of the others.
#include "arithmetics.h"
#include "kernel_sets.h"

namespace kvscale::cpu {
namespace {

struct Scalar {
  static constexpr int width = 8, group = 8, accumulators = 4;
  static constexpr bool has_bf16 = false;
  struct Vec {
    float lane[width];
  };

  template <class Function>
  static Vec each(Function function) {
    Vec out;
    for (int i = 0; i < width; ++i) out.lane[i] = function(i);
    return out;
  }

  static Vec set(float x) { return each([=](int) { return x; }); }
  static Vec zero() { return set(0.0f); }
  static Vec iota() { return each([](int i) { return static_cast<float>(i); }); }
  static Vec load(const float* p) { return each([=](int i) { return p[i]; }); }
  static void store(float* p, Vec v) { for (int i = 0; i < width; ++i) p[i] = v.lane[i]; }
  static Vec add(Vec a, Vec b) { return each([&](int i) { return a.lane[i] + b.lane[i]; }); }
  static Vec sub(Vec a, Vec b) { return each([&](int i) { return a.lane[i] - b.lane[i]; }); }
  static Vec mul(Vec a, Vec b) { return each([&](int i) { return a.lane[i] * b.lane[i]; }); }
  static Vec div(Vec a, Vec b) { return each([&](int i) { return a.lane[i] / b.lane[i]; }); }
  static Vec fma(Vec a, Vec b, Vec c) { return each([&](int i) { return a.lane[i] * b.lane[i] + c.lane[i]; }); }
  static Vec max(Vec a, Vec b) { return each([&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; }); }
  static Vec below(Vec x, Vec y, Vec a, Vec b) {
    return each([&](int i) { return x.lane[i] < y.lane[i] ? a.lane[i] : b.lane[i]; });
  }
  // Adding 1.5 * 2^23 leaves no fraction bits: rounds to even for |x| < 2^22, and exp_of asks for no more.
  static Vec round(Vec x) { return each([&](int i) { return (x.lane[i] + 12582912.0f) - 12582912.0f; }); }
  static Vec times_power(Vec p, Vec n) {
    return each([&](int i) {
      // Below -127 the exponent field would wrap; at -127 it is that of zero.
      const float exponent = n.lane[i] > -127.0f ? n.lane[i] : -127.0f;
      return p.lane[i] * float_of(static_cast<uint32_t>(static_cast<int32_t>(exponent) + 127) << 23);
    });
  }
  static float sum(Vec v) {
    const float* x = v.lane;
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
  }
  static void sum4(const Vec* v, float* out) { for (int i = 0; i < 4; ++i) out[i] = sum(v[i]); }
  static float highest(Vec v) {
    float peak = v.lane[0];
    for (float x : v.lane) peak = x > peak ? x : peak;
    return peak;
  }
  template <Format F>
  static bool holds_nan(const uint8_t*, int64_t) { return false; }

  template <Format F>
  using Codes = TableCodes<Scalar, F>;
};

const char* nothing() { return nullptr; }

constexpr Kernels kPrecise = float_kernels<Scalar>();
constexpr Converters kConverters = converters<Scalar>();

}  // namespace

const Arithmetic kScalar{"scalar", nothing, &kPrecise, nullptr, &kConverters};

}  // namespace kvscale::cpu
