#include "arithmetics.h"

#include <cstdlib>
#include <cstring>

namespace kvscale::cpu {
namespace {

constexpr const Arithmetic* kAll[] = {
    &kScalar,
#if defined(__x86_64__)
    &kAvx2, &kAvx512, &kAvx512VbmiBf16,
#elif defined(__aarch64__)
    &kNeon,
#endif
};
constexpr int32_t kCount = sizeof kAll / sizeof *kAll;

const Arithmetic* named(const char* isa, const char** reason) {
  for (const Arithmetic* candidate : kAll) {
    if (std::strcmp(candidate->name, isa) != 0) continue;
    *reason = candidate->missing();
    return *reason == nullptr ? candidate : nullptr;
  }
  *reason = "expected an instruction set of this build (scalar, avx2, avx512, avx512vbmi_bf16 or scalar, neon)";
  return nullptr;
}

}  // namespace

const Arithmetic* const* arithmetics(int32_t* count) {
  *count = kCount;
  return kAll;
}

const Arithmetic* choose(const char* isa, const char** reason) {
  if (isa == nullptr) isa = std::getenv("KVSCALE_ISA");
  if (isa != nullptr && *isa != '\0') return named(isa, reason);
  *reason = nullptr;
  for (int32_t i = kCount - 1; i > 0; --i)
    if (kAll[i]->missing() == nullptr) return kAll[i];
  return &kScalar;
}

}  // namespace kvscale::cpu
