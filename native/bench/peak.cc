#include "peak.h"

#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kvscale::bench {
namespace {

#if defined(__x86_64__)

/** Independent sums, so that the latency of each is hidden; written out, so that no compiler merges them. */
#define KVSCALE_CHAIN(NAME, TARGET, VECTOR, INSTRUCTION)                                    \
  __attribute__((target(TARGET))) void NAME(int64_t count) {                                \
    VECTOR sums[kPeakChain] = {}, a = {}, b = {};                                           \
    for (int64_t i = 0; i < count; ++i) {                                                   \
      _Pragma("GCC unroll 12") for (int k = 0; k < kPeakChain; ++k)                         \
          asm volatile(INSTRUCTION " %1, %2, %0" : "+v"(sums[k]) : "v"(a), "v"(b));         \
    }                                                                                       \
  }

KVSCALE_CHAIN(chain_avx2, "avx2,fma", __m256, "vfmadd231ps")
KVSCALE_CHAIN(chain_avx512, "avx512f", __m512, "vfmadd231ps")
KVSCALE_CHAIN(chain_bf16, "avx512f,avx512bf16", __m512, "vdpbf16ps")

constexpr Peak kPeaks[] = {{"avx2", false, 16, chain_avx2},           {"avx2", true, 16, chain_avx2},
                           {"avx512", false, 32, chain_avx512},       {"avx512", true, 32, chain_avx512},
                           {"avx512vbmi_bf16", false, 32, chain_avx512}, {"avx512vbmi_bf16", true, 64, chain_bf16}};
#else
constexpr Peak kPeaks[] = {{"", false, 0, nullptr}};
#endif

}  // namespace

const Peak* peak_of(const char* isa, bool bfloat16) {
  for (const Peak& peak : kPeaks)
    if (std::strcmp(peak.isa, isa) == 0 && peak.bfloat16 == bfloat16) return &peak;
  return nullptr;
}

}  // namespace kvscale::bench
