#include "features.h"

#if defined(__x86_64__)
#include <cpuid.h>

#include <cstdint>

namespace kvscale::cpu {
namespace {

struct Registers {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

bool bit(uint32_t word, int index) { return (word >> index) & 1u; }

/** The register state that the operating system saves (XCR0); 0 where it does not say. */
uint32_t saved_state() {
  if (!bit(cpuid(1, 0).ecx, 27)) return 0;  // OSXSAVE
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

const char* find_missing_avx2() {
  const uint32_t one = cpuid(1, 0).ecx;
  if ((saved_state() & 0x6u) != 0x6u) return "the operating system does not save AVX registers";
  if (!bit(cpuid(7, 0).ebx, 5)) return "the processor has no AVX2";
  if (!bit(one, 12)) return "the processor has no FMA";
  return bit(one, 29) ? nullptr : "the processor has no F16C";
}

const char* find_missing_avx512() {
  if (const char* reason = missing_avx2()) return reason;
  const uint32_t seven = cpuid(7, 0).ebx;
  if ((saved_state() & 0xE6u) != 0xE6u) return "the operating system does not save AVX-512 registers";
  return bit(seven, 16) && bit(seven, 17) && bit(seven, 30) && bit(seven, 31)
             ? nullptr
             : "the processor has no AVX-512 F, DQ, BW and VL";
}

const char* find_missing_avx512_vbmi_bf16() {
  if (const char* reason = missing_avx512()) return reason;
  if (!bit(cpuid(7, 0).ecx, 1)) return "the processor has no AVX-512 VBMI";
  return bit(cpuid(7, 1).eax, 5) ? nullptr : "the processor has no AVX-512 BF16";
}

}  // namespace

// Asked on every call, so answered once: in a virtual machine each CPUID leaves the guest, which costs as much as
// attending over a hundred keys.

const char* missing_avx2() {
  static const char* const reason = find_missing_avx2();
  return reason;
}

const char* missing_avx512() {
  static const char* const reason = find_missing_avx512();
  return reason;
}

const char* missing_avx512_vbmi_bf16() {
  static const char* const reason = find_missing_avx512_vbmi_bf16();
  return reason;
}

}  // namespace kvscale::cpu
#endif
