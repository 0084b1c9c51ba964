// AVX-512 VBMI + BF16: queries and weights rounded to BF16, products exact, sums in float32 by VDPBF16PS.
#include "arithmetics.h"
#include "avx512_lanes.h"
#include "bf16_scores.h"
#include "bf16_values.h"
#include "features.h"
#include "softmax.h"

namespace kvscale::cpu {
namespace {

struct Lanes : Avx512Lanes {
  static constexpr bool has_bf16 = true;

  static Vec narrow(uint16_t* p, Vec v) {
    const __m256i words = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), words);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(words), 16));
  }
};

/** Row after row, padded with zeros. */
void prepare_bf16(const float* const* queries, int rows, int head_size, int64_t pitch, void* prepared) {
  uint16_t* row = static_cast<uint16_t*>(prepared);
  for (int r = 0; r < rows; ++r, row += pitch) {
    for (int i = 0; i < head_size; ++i) row[i] = static_cast<uint16_t>(encode_bf16_bits(bits_of(queries[r][i])));
    for (int64_t i = head_size; i < pitch; ++i) row[i] = 0;
  }
}

constexpr Kernels kFast{
    true, sizeof(uint16_t), prepare_bf16,
    {score_bf16<Format::e4m3fn>, score_bf16<Format::e4m3fnuz>, score_bf16<Format::e5m2>, nullptr, score_bf16<Format::bf16>, nullptr},
    softmax<Lanes>,
    {gather_bf16<Format::e4m3fn>, gather_bf16<Format::e4m3fnuz>, gather_bf16<Format::e5m2>, nullptr, gather_bf16<Format::bf16>, nullptr}};

}  // namespace

const Arithmetic kAvx512VbmiBf16{"avx512vbmi_bf16", missing_avx512_vbmi_bf16, &kAvx512Precise, &kFast, &kAvx512Converters};

}  // namespace kvscale::cpu
