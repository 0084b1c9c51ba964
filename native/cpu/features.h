// What this processor and this operating system can execute.
#pragma once

namespace kvscale::cpu {

/** nullptr, or what is missing for AVX2 + FMA + F16C. */
const char* missing_avx2();
/** nullptr, or what is missing for AVX-512 F/BW/DQ/VL (and AVX2's needs). */
const char* missing_avx512();
/** nullptr, or what is missing for VBMI and BF16 on top of AVX-512. */
const char* missing_avx512_vbmi_bf16();

}  // namespace kvscale::cpu
