// Norm, rotation, gate and logits on every instruction set against plain float64 formulas, and bit for bit alike.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "isas.h"
#include "random.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<float> draw(int64_t count, uint64_t seed, double spread = 1) {
  Random random(seed);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& x : values) x = static_cast<float>(spread * random.normal());
  return values;
}

bool close(double found, double exact, double relative) {
  if (found == exact || (std::isnan(found) && std::isnan(exact))) return true;
  return std::fabs(found - exact) <= relative * std::fabs(exact) + 1e-44;
}

void norms() {
  for (const Isa& isa : usable_isas())
    for (int64_t width : {1, 5, 16, 33, 100, 2048})
      for (float offset : {0.0f, 1.0f}) {
        const int64_t rows = 40;
        std::vector<float> values = draw(rows * width, 1, 3);
        const std::vector<float> input = values, weight = draw(width, 2);
        RmsNorm task{};
        task.rows = rows, task.width = width, task.input = values.data(), task.weight = weight.data();
        task.epsilon = 1e-5, task.offset = offset, task.output = values.data(), task.threads = 3, task.isa = isa.name;
        expect(rms_norm(task) == nullptr, "norm");
        bool all = true;
        for (int64_t r = 0; r < rows; ++r) {
          double squares = 0;
          for (int64_t i = 0; i < width; ++i) squares += std::pow(input[r * width + i], 2.0);
          const double length = std::sqrt(squares / static_cast<double>(width) + 1e-5);
          for (int64_t i = 0; i < width; ++i)
            all &= close(values[r * width + i], input[r * width + i] / length * (double{offset} + weight[i]), 7e-8);
        }
        expect(all, isa.name);
      }
}

void rotations() {
  for (const Isa& isa : usable_isas())
    for (int32_t features : {2, 6, 64})
      for (int32_t head_size : {64, 67}) {
        const int64_t tokens = 300;
        const int32_t heads = 5, table = 9, half = features / 2;
        std::vector<float> values = draw(tokens * heads * head_size, 1);
        const std::vector<float> before = values, cos = draw(table * half, 2), sin = draw(table * half, 3);
        std::vector<int32_t> positions;
        for (int32_t t = 0; t < tokens; ++t) positions.push_back(t * 7 % table);
        Rotate task{};
        task.tokens = tokens, task.heads = heads, task.head_size = head_size, task.features = features;
        task.values = values.data(), task.positions = positions.data(), task.table = table;
        task.cos = cos.data(), task.sin = sin.data(), task.threads = 2, task.isa = isa.name;
        expect(rotate(task) == nullptr, "rotate");
        bool all = true;
        for (int64_t t = 0, i = 0; t < tokens; ++t)
          for (int32_t h = 0; h < heads; ++h)
            for (int32_t f = 0; f < head_size; ++f, ++i) {
              const int32_t at = positions[t] * half + f % half;
              const double own = before[i];
              const double exact = f < half       ? own * cos[at] - double{before[i + half]} * sin[at]
                                   : f < features ? own * cos[at] + double{before[i - half]} * sin[at]
                                                  : own;
              all &= close(values[i], exact, 1e-7);
            }
        expect(all, isa.name);
      }
}

double activated(Activation activation, double x) {
  if (activation == Activation::silu) return x / (1 + std::exp(-x));
  if (activation == Activation::gelu) return x * std::erfc(-x / std::sqrt(2.0)) / 2;
  return x / (1 + std::exp(-2 * std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
}

void gates() {
  const int64_t count = 70000;
  std::vector<float> input = draw(count, 1, 5);
  const float odd[] = {0.0f, -0.0f, 30, -30, 88, -88, -104, 1e30f, -1e30f, std::nanf(""), float(kInfinity), float(-kInfinity)};
  std::copy(std::begin(odd), std::end(odd), input.begin());
  const std::vector<float> up = draw(count, 2);
  for (const Isa& isa : usable_isas())
    for (Activation activation : {Activation::silu, Activation::gelu, Activation::gelu_tanh}) {
      std::vector<float> output = input;
      Gate task{};
      task.count = count, task.gate = output.data(), task.up = up.data(), task.activation = activation;
      task.output = output.data(), task.threads = 2, task.isa = isa.name;
      expect(gate(task) == nullptr, "gate");
      bool all = true;
      for (int64_t i = 0; i < count; ++i)
        all &= close(output[i], static_cast<float>(activated(activation, input[i]) * up[i]), 1.3e-7);
      expect(all, isa.name);
    }
}

struct Sums {
  std::vector<double> max, sum, cross, target;
  std::vector<int32_t> top;
  explicit Sums(int64_t rows)
      : max(rows, -kInfinity), sum(rows), cross(rows), target(rows, std::nan("")), top(rows, -1) {}
};

/** All columns of [streams, tokens, vocabulary] in slices of `width`. */
Sums taken(const std::vector<float>& logits, int64_t streams, const std::vector<int32_t>& targets, int64_t width,
           double softcap, const Isa& isa, int threads) {
  const int64_t tokens = static_cast<int64_t>(targets.size());
  const int64_t vocabulary = static_cast<int64_t>(logits.size()) / streams / tokens;
  Sums sums(streams * tokens);
  for (int64_t first = 0; first < vocabulary; first += width) {
    Logits task{};
    task.streams = streams, task.tokens = tokens, task.first = first, task.width = std::min(width, vocabulary - first);
    std::vector<float> slice;
    for (int64_t row = 0; row < streams * tokens; ++row)
      slice.insert(slice.end(), &logits[row * vocabulary + first], &logits[row * vocabulary + first] + task.width);
    task.logits = slice.data(), task.targets = targets.data(), task.softcap = softcap;
    task.max = sums.max.data(), task.top = sums.top.data(), task.sum = sums.sum.data(), task.cross = sums.cross.data();
    task.target = sums.target.data(), task.threads = threads, task.isa = isa.name;
    expect(take_logits(task) == nullptr, "take_logits");
  }
  return sums;
}

void logits_are_summed() {
  const int64_t streams = 3, tokens = 7, vocabulary = 1300;
  std::vector<float> logits = draw(streams * tokens * vocabulary, 1, 6);
  logits[5] = -std::numeric_limits<float>::infinity();
  logits[900] = 700;  // stream 0, token 0: a maximum that comes late and dwarfs the rest
  const std::vector<int32_t> targets = {3, -1, 1299, 512, 0, 511, 700};
  for (const Isa& isa : usable_isas())
    for (double softcap : {0.0, 20.0})
      for (int64_t width : {1, 333, 1300}) {
        const Sums found = taken(logits, streams, targets, width, softcap, isa, 2);
        const auto at = [&](int64_t row, int64_t column) {
          const double logit = logits[row * vocabulary + column];
          return softcap > 0 ? softcap * std::tanh(logit / softcap) : logit;
        };
        for (int64_t row = 0; row < streams * tokens; ++row) {
          const int64_t token = row % tokens;
          const float* raw = &logits[row * vocabulary];
          const int64_t top = std::max_element(raw, raw + vocabulary) - raw;
          double sum = 0, cross = 0, size = 0;
          for (int64_t c = 0; c < vocabulary; ++c) {
            sum += std::exp(at(row, c) - at(row, top));
            if (at(token, c) == -kInfinity) continue;
            const double term = std::exp(at(token, c) - found.max[token]) * (at(token, c) - at(row, c));
            cross += term, size += std::fabs(term);
          }
          expect(found.top[row] == top && close(found.max[row], at(row, top), 1e-14), "largest logit");
          expect(close(found.sum[row], sum, 1e-13), "sum of weights");
          expect(std::fabs(found.cross[row] - cross) <= 1e-13 * size, "sum of differences");
          const int32_t target = targets[token];
          expect(target < 0 ? std::isnan(found.target[row]) : close(found.target[row], at(row, target), 1e-13), "target");
        }
      }
}

void logits_that_are_no_numbers() {
  const float nan = std::nanf(""), nothing = -std::numeric_limits<float>::infinity();
  for (const Isa& isa : usable_isas()) {
    // Two streams of two tokens: all -inf first; a NaN in stream 1 of token 0.
    const Sums sums = taken({nothing, nothing, 2, nothing, 1, 1, nothing, 1, nan, 1, 1, 1}, 2, {2, 0}, 1, 0, isa, 1);
    expect(sums.sum[0] == 1 && sums.top[0] == 2 && sums.cross[0] == 0 && sums.target[0] == 2, "-inf weighs nothing");
    expect(sums.sum[1] == 2 && sums.top[1] == 1 && sums.target[1] == nothing, "-inf may be a target");
    expect(std::isnan(sums.sum[2]) && std::isfinite(sums.sum[3]) && std::isfinite(sums.cross[3]), "NaN stays where it is");
  }
}

void threads_and_instruction_sets_change_nothing() {
  const std::vector<float> logits = draw(2 * 50 * 1000, 1, 6);
  const std::vector<int32_t> targets(50, 1);
  const Sums one = taken(logits, 2, targets, 1000, 0, usable_isas().front(), 1);
  for (const Isa& isa : usable_isas())
    for (int threads : {1, 2, 5}) {
      const Sums more = taken(logits, 2, targets, 1000, 0, isa, threads);
      expect(more.sum == one.sum && more.cross == one.cross && more.top == one.top, isa.name);
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

const std::vector<Test> kElementwiseTests = {
    {"norms of any width, in place", norms},
    {"rotations of some features of a head", rotations},
    {"gates of every activation, at odd numbers too", gates},
    {"logits are summed in slices of any width", logits_are_summed},
    {"logits that are NaN or infinite", logits_that_are_no_numbers},
    {"sums of logits are the same bits on every instruction set and any number of threads", threads_and_instruction_sets_change_nothing},
    {"impossible operations are refused, and cancelled ones stop", impossible_operations_are_refused},
};

}  // namespace kvscale::test
