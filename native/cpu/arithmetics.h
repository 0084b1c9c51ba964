// The instruction sets of this build, one source file each.
#pragma once

#include "kernels.h"

namespace kvscale::cpu {

extern const Arithmetic kScalar;
#if defined(__x86_64__)
extern const Arithmetic kAvx2;
extern const Arithmetic kAvx512;
extern const Arithmetic kAvx512VbmiBf16;
// What AVX-512 VBMI + BF16 leaves to plain AVX-512: float32 products and the converters.
extern const Kernels kAvx512Precise;
extern const Converters kAvx512Converters;
#elif defined(__aarch64__)
extern const Arithmetic kNeon;
#endif

/** Every instruction set of the build, weakest first. */
const Arithmetic* const* arithmetics(int32_t* count);

/** The one to run: `isa`, else KVSCALE_ISA, else the best available. On refusal nullptr, and `reason` says why. */
const Arithmetic* choose(const char* isa, const char** reason);

}  // namespace kvscale::cpu
