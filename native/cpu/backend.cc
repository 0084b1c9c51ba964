// What the CPU backend says about itself.
#include "arithmetics.h"

namespace kvscale {

const char* const kCancelled = "cancelled";

const char* name() { return "cpu"; }

const char* unavailable() {
  const char* reason = nullptr;
  cpu::choose(nullptr, &reason);
  return reason;
}

int32_t isas(Isa* table, int32_t room) {
  const char* reason = nullptr;
  const cpu::Arithmetic* chosen = cpu::choose(nullptr, &reason);
  int32_t count = 0;
  const cpu::Arithmetic* const* all = cpu::arithmetics(&count);
  for (int32_t i = 0; i < count && i < room; ++i)
    table[i] = {all[i]->name, all[i]->missing(), all[i]->fast != nullptr, all[i] == chosen};
  return count;
}

}  // namespace kvscale
