// decode() and encode() of the contract: the same bits on every instruction set, equal to native/fp8.h.
#include <cmath>
#include <cstring>
#include <string>

#include "../half.h"
#include "expect.h"
#include "isas.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr Format kFp8[] = {Format::e4m3fn, Format::e4m3fnuz, Format::e5m2};
constexpr float kScales[] = {1.0f, 0.75f, 0.013f, 0x1p-14f, 1024.0f};

/** Bit equality, except that any NaN equals any NaN. */
bool same(const std::vector<float>& a, const std::vector<float>& b) {
  for (size_t i = 0; i < a.size(); ++i)
    if (bits_of(a[i]) != bits_of(b[i]) && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return true;
}

/** Lengths that end inside a register, and codes without NaN as well as with: both paths of a blind decoder. */
void codes_decode_alike() {
  std::vector<uint8_t> codes(256);
  for (int i = 0; i < 256; ++i) codes[i] = static_cast<uint8_t>(i);
  for (const Isa& isa : usable_isas())
    for (Format format : kFp8)
      for (int first : {0, 1, 128, 129})
        for (int count : {1, 7, 16, 33, 64, 126, 127}) {
          std::vector<float> found(count), expected(count);
          for (int i = 0; i < count; ++i) expected[i] = float_of(decode_bits(fp8(format), codes[first + i]));
          expect(decode(format, &codes[first], count, found.data(), isa.name) == nullptr, "decoded");
          expect(same(expected, found), isa.name);
        }
}

void halves_decode_alike() {
  std::vector<uint16_t> codes(65536);
  for (int i = 0; i < 65536; ++i) codes[i] = static_cast<uint16_t>(i);
  for (const Isa& isa : usable_isas())
    for (Format format : {Format::f16, Format::bf16}) {
      std::vector<float> found(65536), expected(65536);
      for (uint32_t i = 0; i < 65536; ++i)
        expected[i] = float_of(format == Format::f16 ? decode_f16_bits(i) : decode_bf16_bits(i));
      expect(decode(format, codes.data(), 65536, found.data(), isa.name) == nullptr, "decoded");
      expect(same(expected, found), isa.name);
    }
}

/** All float16 and bfloat16 inputs, then every 65537th float32. */
std::vector<float> inputs() {
  std::vector<float> values;
  for (uint32_t i = 0; i < 65536; ++i) {
    values.push_back(float_of(decode_f16_bits(i)));
    values.push_back(float_of(decode_bf16_bits(i)));
    values.push_back(float_of(i * 65537u));
  }
  return values;
}

void inputs_encode_alike() {
  const std::vector<float> values = inputs();
  const int64_t count = static_cast<int64_t>(values.size());
  for (const Isa& isa : usable_isas())
    for (Format format : kFp8)
      for (float scale : kScales) {
        std::vector<uint8_t> found(values.size());
        expect(encode(format, Writer::cuda_rne, scale, values.data(), count, found.data(), isa.name) == nullptr, "encoded");
        for (int64_t i = 0; i < count; ++i) expect(found[i] == encode(fp8(format), values[i], scale), isa.name);
      }
}

void inputs_truncate_alike() {
  const std::vector<float> values = inputs();
  const int64_t count = static_cast<int64_t>(values.size());
  for (const Isa& isa : usable_isas())
    for (Format format : {Format::e4m3fn, Format::e5m2})
      for (float scale : kScales) {
        std::vector<uint8_t> found(values.size());
        encode(format, Writer::vllm_cpu_trunc, scale, values.data(), count, found.data(), isa.name);
        for (int64_t i = 0; i < count; ++i)
          expect(found[i] == encode_truncating(fp8(format), values[i], 1.0f / scale), isa.name);
      }
}

void wide_formats_encode_alike() {
  const std::vector<float> values = inputs();
  const int64_t count = static_cast<int64_t>(values.size());
  for (const Isa& isa : usable_isas())
    for (Format format : {Format::f16, Format::bf16}) {
      std::vector<uint16_t> found(values.size());
      encode(format, Writer::cuda_rne, 0.75f, values.data(), count, found.data(), isa.name);
      for (int64_t i = 0; i < count; ++i) {
        const uint32_t quotient = bits_of(values[i] / 0.75f);
        expect(found[i] == (format == Format::f16 ? encode_f16_bits(quotient) : encode_bf16_bits(quotient)), isa.name);
      }
    }
}

}  // namespace

const std::vector<Test> kConverterTests = {
    {"every code decodes to the same bits on every instruction set", codes_decode_alike},
    {"every float16 and bfloat16 decodes to the same bits on every instruction set", halves_decode_alike},
    {"all 16-bit and 65536 other inputs encode to the same codes everywhere", inputs_encode_alike},
    {"the vllm-cpu writer gives the same codes everywhere", inputs_truncate_alike},
    {"float16 and bfloat16 caches are written alike everywhere", wide_formats_encode_alike},
};

}  // namespace kvscale::test
