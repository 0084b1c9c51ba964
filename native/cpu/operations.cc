#include "operations.h"

#include "arithmetics.h"

namespace kvscale::cpu {
namespace {

constexpr const Operations* kAll[] = {
    &kScalarOperations,
#if defined(__x86_64__)
    &kAvx2Operations, &kAvx512Operations, &kAvx512VbmiBf16Operations,
#endif
};

}  // namespace

const Operations* choose_operations(const char* isa, const char** reason) {
  const Arithmetic* arithmetic = choose(isa, reason);
  if (arithmetic == nullptr) return nullptr;
  for (const Operations* operations : kAll)
    if (operations->arithmetic == arithmetic) return operations;
  return &kScalarOperations;  // an instruction set without operations of its own
}

}  // namespace kvscale::cpu
