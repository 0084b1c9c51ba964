// take_logits() on every instruction set against plain float64 formulas, and bit for bit alike.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "../layer_operations.h"
#include "isas.h"
#include "numbers.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

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

}  // namespace

const std::vector<Test> kLogitsTests = {
    {"logits are summed in slices of any width", logits_are_summed},
    {"logits that are NaN or infinite", logits_that_are_no_numbers},
    {"sums of logits are the same bits on every instruction set and any number of threads", threads_and_instruction_sets_change_nothing},
};

}  // namespace kvscale::test
