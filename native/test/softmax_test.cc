// The exponential, the hyperbolic tangent and the online softmax, seen through attention calls that lay them bare:
// keys of one feature are logits, values that form an identity matrix give back the weights.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "../half.h"
#include "expect.h"
#include "isas.h"
#include "random.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr int kWeights = 128;

/** One sequence of float32 keys of one feature; key j has the unit vector e(j % kWeights) for its value. */
struct Logits {
  std::vector<float> keys;
  std::vector<float> values = {}, out = std::vector<float>(kWeights), lse = {0};
  float softcap = 0;

  const char* run(const Isa& isa) {
    const int32_t length = static_cast<int32_t>(keys.size());
    values.assign(keys.size() * kWeights, 0.0f);
    for (size_t j = 0; j < keys.size(); ++j) values[j * kWeights + j % kWeights] = 1;
    const int32_t table = 0;
    const float one = 1;
    Problem p{};
    p.format = Format::f32;
    p.heads = p.kv_heads = 1, p.block_size = length, p.blocks = p.sequences = p.max_blocks = 1;
    p.key_cache = keys.data(), p.key = {length, length, 1, 1, 1};
    p.value_cache = values.data(), p.value = {int64_t{length} * kWeights, int64_t{length} * kWeights, kWeights, kWeights, kWeights};
    p.block_tables = &table, p.seq_lens = &length, p.query = &one;
    p.softmax_scale = 1, p.k_scale = p.v_scale = {&one, 1};
    p.softcap = softcap, p.out = out.data(), p.lse = lse.data(), p.threads = 1, p.isa = isa.name, p.precise = true;
    return attend(p);
  }
};

double relative(double found, double wanted) { return std::fabs(found - wanted) / std::fabs(wanted); }

/** exp is within 2 ulp of 2^-23; two roundings of half an ulp come with the division and its yardstick. Normal numbers. */
void weights_are_exponentials() {
  Random random(3);
  for (const Isa& isa : usable_isas())
    for (int round = 0; round < 200; ++round) {
      Logits task;
      task.keys = {0.0f};
      while (task.keys.size() < kWeights) task.keys.push_back(static_cast<float>(-80 * std::pow(random.uniform(), 2)));
      expect(task.run(isa) == nullptr, "attended");
      double worst = 0;
      for (int j = 1; j < kWeights; ++j)
        worst = std::max(worst, relative(double{task.out[j]} / task.out[0], std::exp(double{task.keys[j]})));
      expect(worst <= 3 * 0x1p-23, isa.name);
    }
}

/** With a single key lse is its logit: cap * tanh(x / cap). */
void soft_caps_are_tangents() {
  Random random(5);
  for (const Isa& isa : usable_isas())
    for (float softcap : {0.5f, 30.0f, 50.0f})
      for (int round = 0; round < 2000; ++round) {
        Logits task;
        task.softcap = softcap;
        task.keys = {static_cast<float>(softcap * 12 * std::pow(random.uniform(), 3) * (round % 2 == 0 ? 1 : -1))};
        task.run(isa);
        expect(relative(task.lse[0], softcap * std::tanh(double{task.keys[0]} / softcap)) <= 4 * 0x1p-23, isa.name);
      }
}

/** Peaks that rise from tile to tile, by little and by more than float32's exponents hold, and back. */
void peaks_move() {
  for (const Isa& isa : usable_isas())
    for (float step : {0.01f, 1.0f, 60.0f, 500.0f, -1.0f, -500.0f}) {
      Logits task;
      for (int j = 0; j < 1500; ++j) task.keys.push_back(step * static_cast<float>(j / 100) + 0.25f * static_cast<float>(j % 7));
      expect(task.run(isa) == nullptr, "attended");
      const double peak = *std::max_element(task.keys.begin(), task.keys.end());
      double total = 0;
      std::vector<double> wanted(kWeights);
      for (size_t j = 0; j < task.keys.size(); ++j) {
        const double weight = std::exp(task.keys[j] - peak);
        wanted[j % kWeights] += weight, total += weight;
      }
      expect(std::fabs(task.lse[0] - (peak + std::log(total))) <= 1e-6 * std::max(1.0, std::fabs(peak)), "lse");
      for (int i = 0; i < kWeights; ++i) expect(std::fabs(task.out[i] - wanted[i] / total) <= 1e-6, isa.name);
    }
}

void extremes_keep_their_meaning() {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Isa& isa : usable_isas()) {
    Logits equal{std::vector<float>(300, -1e30f)};
    equal.run(isa);
    expect(std::fabs(equal.out[0] - 3 / 300.0) < 1e-7 && equal.lse[0] == -1e30f, "weights of equal, tiny logits are equal");
    Logits hidden{std::vector<float>(200, 0.0f)};
    hidden.keys[150] = -infinity;
    hidden.run(isa);
    expect(std::fabs(hidden.out[22] - 1 / 199.0) < 1e-7, "a logit of -inf has no weight");
    // The last two lie in parts of their own, which are merged.
    for (size_t place : {0, 5, 130, 199, 1500, 2999}) {
      Logits broken{std::vector<float>(place < 200 ? 200 : 3000, 1.0f)};
      broken.keys[place] = NAN;
      broken.run(isa);
      const bool all = std::all_of(broken.out.begin(), broken.out.end(), [](float x) { return std::isnan(x); });
      expect(all && std::isnan(broken.lse[0]), "a logit of NaN is not lost");
    }
  }
}

}  // namespace

const std::vector<Test> kSoftmaxTests = {
    {"softmax: weights are exponentials within 2 ulp", weights_are_exponentials},
    {"softmax: soft caps are tangents within 4 ulp", soft_caps_are_tangents},
    {"softmax: peaks move between tiles", peaks_move},
    {"softmax: -inf and NaN keep their meaning", extremes_keep_their_meaning},
};

}  // namespace kvscale::test
