// Whole-array converters on a lane type L. Encoding is integer arithmetic that compilers vectorise on their own;
// decoding goes through the same registers as the kernels, so that what is compared bit for bit is what runs.
#pragma once

#include "float_kernels.h"

namespace kvscale::cpu {

template <class L, class C>
static inline void decode_with(const uint8_t* codes, int64_t count, float* floats) {
  constexpr int vectors = C::group / L::width;
  typename L::Vec values[vectors];
  int64_t i = 0;
  for (; i + C::group <= count; i += C::group) {
    C::load(codes + i / C::group * C::bytes, values);
    for (int v = 0; v < vectors; ++v) L::store(floats + i + v * L::width, L::mul(values[v], L::set(C::unit)));
  }
  if (i == count) return;
  float lanes[C::group];
  C::load_part(codes + i / C::group * C::bytes, static_cast<int>(count - i), values);
  for (int v = 0; v < vectors; ++v) L::store(lanes + v * L::width, L::mul(values[v], L::set(C::unit)));
  for (int k = 0; i < count; ++i, ++k) floats[i] = lanes[k];
}

template <class L, Format F>
static void decode_format(const uint8_t* codes, int64_t count, float* floats) {
  using Codes = typename L::template Codes<F>;
  if constexpr (Codes::blind)
    if (L::template holds_nan<F>(codes, count)) return decode_with<L, TableCodes<L, F>>(codes, count, floats);
  decode_with<L, Codes>(codes, count, floats);
}

template <class L>
static void decode_span(Format format, const void* codes, int64_t count, float* floats) {
  const uint8_t* bytes = static_cast<const uint8_t*>(codes);
  switch (format) {
    case Format::e4m3fn: return decode_format<L, Format::e4m3fn>(bytes, count, floats);
    case Format::e4m3fnuz: return decode_format<L, Format::e4m3fnuz>(bytes, count, floats);
    case Format::e5m2: return decode_format<L, Format::e5m2>(bytes, count, floats);
    case Format::f16: return decode_format<L, Format::f16>(bytes, count, floats);
    case Format::bf16: return decode_format<L, Format::bf16>(bytes, count, floats);
    case Format::f32: return decode_format<L, Format::f32>(bytes, count, floats);
  }
}

template <class L, Format F>
static void encode_rounding(float scale, const float* floats, int64_t count, uint8_t* codes) {
  for (int64_t i = 0; i < count; ++i) codes[i] = encode(fp8(F), floats[i], scale);
}

template <class L, Format F>
static void encode_truncated(float scale, const float* floats, int64_t count, uint8_t* codes) {
  const float reciprocal = 1.0f / scale;
  for (int64_t i = 0; i < count; ++i) codes[i] = encode_truncating(fp8(F), floats[i], reciprocal);
}

template <class L>
static void encode_wide(Format format, float scale, const float* floats, int64_t count, void* codes) {
  if (format == Format::f32)
    for (int64_t i = 0; i < count; ++i) static_cast<float*>(codes)[i] = floats[i] / scale;
  if (format == Format::f16)
    for (int64_t i = 0; i < count; ++i) static_cast<uint16_t*>(codes)[i] = encode_f16_bits(bits_of(floats[i] / scale));
  if (format == Format::bf16)
    for (int64_t i = 0; i < count; ++i) static_cast<uint16_t*>(codes)[i] = encode_bf16_bits(bits_of(floats[i] / scale));
}

template <class L>
static void encode_span(Format format, Writer writer, float scale, const float* floats, int64_t count, void* codes) {
  uint8_t* bytes = static_cast<uint8_t*>(codes);
  const bool truncating = writer == Writer::vllm_cpu_trunc;
  if (element_bytes(format) > 1) return encode_wide<L>(format, scale, floats, count, codes);
  if (format == Format::e4m3fnuz) return encode_rounding<L, Format::e4m3fnuz>(scale, floats, count, bytes);
  if (format == Format::e4m3fn && truncating) return encode_truncated<L, Format::e4m3fn>(scale, floats, count, bytes);
  if (format == Format::e4m3fn) return encode_rounding<L, Format::e4m3fn>(scale, floats, count, bytes);
  if (truncating) return encode_truncated<L, Format::e5m2>(scale, floats, count, bytes);
  encode_rounding<L, Format::e5m2>(scale, floats, count, bytes);
}

}  // namespace kvscale::cpu
