#include "oracle.h"

#include <cmath>
#include <limits>

namespace kvscale::test {
namespace {

struct Shape {
  int exponent_bits, mantissa_bits, bias;
};

Shape shape_of(Format format) {
  switch (format) {
    case Format::e4m3fn: return {4, 3, 7};
    case Format::e4m3fnuz: return {4, 3, 8};
    case Format::e5m2: return {5, 2, 15};
    case Format::f16: return {5, 10, 15};
    default: return {8, 7, 127};
  }
}

/** Values of the 128 codes without sign, worked out once: searches read them millions of times. */
const double* magnitudes(Format format) {
  static double tables[kFormats][128];
  static bool made[kFormats];
  const int f = static_cast<int>(format);
  for (uint32_t code = 0; !made[f] && code < 128; ++code) tables[f][code] = oracle_value(format, code);
  made[f] = true;
  return tables[f];
}

double largest(Format format) { return format == Format::e4m3fn ? 448 : format == Format::e4m3fnuz ? 240 : 57344; }

}  // namespace

bool oracle_nan(Format format, uint32_t code) { return std::isnan(oracle_value(format, code)); }

double oracle_value(Format format, uint32_t code) {
  const Shape s = shape_of(format);
  const double sign = code >> (s.exponent_bits + s.mantissa_bits) ? -1 : 1;
  const uint32_t fraction = code & ((1u << s.mantissa_bits) - 1);
  const uint32_t exponent = (code >> s.mantissa_bits) & ((1u << s.exponent_bits) - 1);
  if (format == Format::e4m3fnuz && code == 0x80) return std::nan("");
  if (format == Format::e4m3fn && (code & 0x7F) == 0x7F) return std::nan("");
  const bool ieee = format != Format::e4m3fn && format != Format::e4m3fnuz;
  if (ieee && exponent == (1u << s.exponent_bits) - 1)
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  const double whole = exponent == 0 ? 0 : 1;
  const double mantissa = whole + std::ldexp(fraction, -s.mantissa_bits);
  return sign * std::ldexp(mantissa, (exponent == 0 ? 1 : static_cast<int>(exponent)) - s.bias);
}

uint8_t oracle_code(Format format, double quotient) {
  if (std::isnan(quotient)) return format == Format::e4m3fnuz ? 0x80 : 0x7F;
  const double size = std::fmin(std::fabs(quotient), largest(format));
  const double* values = magnitudes(format);
  uint32_t best = 0;
  for (uint32_t code = 0; code < 0x80; ++code) {
    if (!std::isfinite(values[code])) continue;
    const double gain = std::fabs(size - values[best]) - std::fabs(size - values[code]);
    if (gain > 0 || (gain == 0 && code % 2 == 0)) best = code;
  }
  const bool negative = std::signbit(quotient) && !(format == Format::e4m3fnuz && best == 0);
  return static_cast<uint8_t>(best | (negative ? 0x80 : 0));
}

uint8_t oracle_truncated(Format format, float value, float scale) {
  const float product = value * (1.0f / scale);
  if (std::isnan(product)) return format == Format::e4m3fn ? 0x7E : 0x7B;
  if (product == 0) return 0;
  // e4m3fn: the engine multiplies by 2^-120 first, and what falls below float32's subnormals is rounded there.
  const double unit = format == Format::e4m3fn ? 0x1p-29 : 0;
  double size = std::fmin(std::fabs(double{product}), largest(format));
  if (unit > 0 && size < 0x1p-6) size = std::nearbyint(size / unit) * unit;
  const double* values = magnitudes(format);
  uint32_t best = 0;
  for (uint32_t code = 0; code < 0x80; ++code)
    if (std::isfinite(values[code]) && values[code] <= size) best = code;
  return static_cast<uint8_t>(best | (std::signbit(product) ? 0x80 : 0));
}

}  // namespace kvscale::test
