// What operations of a decoder layer refuse: a reason, and nothing written.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <vector>

#include "../layer_operations.h"
#include "product.h"
#include "suites.h"

namespace kvscale::test {
namespace {

struct Spoiled {
  const char* what;
  void (*spoil)(Linear&);
};
const Spoiled kSpoiled[] = {
    {"unknown type", [](Linear& t) { t.weights.format = static_cast<Format>(6); }},
    {"no rows", [](Linear& t) { t.weights.rows = 0; }},
    {"no columns", [](Linear& t) { t.weights.columns = 0; }},
    {"more than memory", [](Linear& t) { t.weights.rows = t.weights.columns = int64_t{1} << 40; }},
    {"no weights", [](Linear& t) { t.weights.data = nullptr; }},
    {"no input", [](Linear& t) { t.input = nullptr; }},
    {"no output", [](Linear& t) { t.output = nullptr; }},
    {"negative tokens", [](Linear& t) { t.tokens = -1; }},
    {"negative threads", [](Linear& t) { t.threads = -1; }},
    {"blocks of nothing", [](Linear& t) { t.weights.scales.block_rows = 0; }},
    {"scales of another count", [](Linear& t) { t.weights.scales.count += 1; }},
    {"scales of a 16-bit type", [](Linear& t) { t.weights.format = Format::bf16; }},
    {"unknown instruction set", [](Linear& t) { t.isa = "abacus"; }},
};

void impossible_products_are_refused() {
  const Product product({6, 7, 130}, Format::e4m3fn, false, true);
  for (const Spoiled& row : kSpoiled) {
    std::vector<float> output(42, kCanary);
    Linear task = product.task(output.data(), nullptr);
    expect(linear(task) == nullptr, "accepted before it is spoiled");
    std::fill(output.begin(), output.end(), kCanary);
    row.spoil(task);
    const char* reason = linear(task);
    expect(reason != nullptr && std::strlen(reason) > 10, row.what);
    expect(std::count(output.begin(), output.end(), kCanary) == 42, row.what);
  }
}

/** Each operation with one thing spoiled: a reason, and nothing written. */
template <class Task>
void refuses(const char* what, const char* (*call)(const Task&), Task task, std::vector<void (*)(Task&)> faults) {
  expect(call(task) == nullptr, what);
  for (const auto& fault : faults) {
    Task spoiled = task;
    fault(spoiled);
    const char* reason = call(spoiled);
    expect(reason != nullptr && std::strlen(reason) > 10, what);
  }
  const std::atomic<int32_t> raised{1};
  task.cancel = &raised;
  expect(call(task) == kCancelled, what);
}

void impossible_operations_are_refused() {
  static float numbers[64];
  static double sums[8];
  static int32_t integers[8];
  refuses<RmsNorm>("rms_norm", rms_norm, {2, 4, numbers, numbers, 0, 0, numbers, 1, nullptr, nullptr},
                   {[](RmsNorm& t) { t.width = 0; }, [](RmsNorm& t) { t.rows = -1; }, [](RmsNorm& t) { t.epsilon = -1; },
                    [](RmsNorm& t) { t.epsilon = NAN; }, [](RmsNorm& t) { t.input = nullptr; },
                    [](RmsNorm& t) { t.weight = nullptr; }, [](RmsNorm& t) { t.output = nullptr; },
                    [](RmsNorm& t) { t.threads = -1; }, [](RmsNorm& t) { t.isa = "abacus"; }});
  static int32_t positions[] = {0, 3};
  refuses<Rotate>("rotate", rotate, {2, 2, 6, 4, numbers, positions, 4, numbers + 32, numbers + 40, 1, nullptr, nullptr},
                  {[](Rotate& t) { t.features = 3; }, [](Rotate& t) { t.features = 8; }, [](Rotate& t) { t.features = 0; },
                   [](Rotate& t) { t.table = 3; }, [](Rotate& t) { t.heads = 0; }, [](Rotate& t) { t.values = nullptr; },
                   [](Rotate& t) { t.positions = nullptr; }, [](Rotate& t) { t.cos = nullptr; },
                   [](Rotate& t) { t.sin = nullptr; }, [](Rotate& t) { t.tokens = -1; }, [](Rotate& t) { t.threads = -1; }});
  refuses<Gate>("gate", gate, {8, numbers, numbers, Activation::silu, numbers, 1, nullptr, nullptr},
                {[](Gate& t) { t.count = -1; }, [](Gate& t) { t.activation = static_cast<Activation>(3); },
                 [](Gate& t) { t.gate = nullptr; }, [](Gate& t) { t.up = nullptr; }, [](Gate& t) { t.output = nullptr; },
                 [](Gate& t) { t.threads = -1; }});
  refuses<Logits>("take_logits", take_logits,
                  {2, 2, 0, 4, numbers, integers, 0, sums, integers, sums, sums, sums, 1, nullptr, nullptr},
                  {[](Logits& t) { t.streams = 0; }, [](Logits& t) { t.tokens = -1; }, [](Logits& t) { t.first = -1; },
                   [](Logits& t) { t.width = 0; }, [](Logits& t) { t.first = INT32_MAX; }, [](Logits& t) { t.softcap = NAN; },
                   [](Logits& t) { t.logits = nullptr; }, [](Logits& t) { t.targets = nullptr; },
                   [](Logits& t) { t.cross = nullptr; }, [](Logits& t) { t.threads = -1; }});
}

}  // namespace

const std::vector<Test> kOperationRefusalTests = {
    {"impossible products are refused", impossible_products_are_refused},
    {"impossible operations are refused, and cancelled ones stop", impossible_operations_are_refused},
};

}  // namespace kvscale::test
