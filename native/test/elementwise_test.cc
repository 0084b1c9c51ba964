// Norm, rotation and gate on every instruction set against plain float64 formulas.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "../layer_operations.h"
#include "isas.h"
#include "numbers.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

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

}  // namespace

const std::vector<Test> kElementwiseTests = {
    {"norms of any width, in place", norms},
    {"rotations of some features of a head", rotations},
    {"gates of every activation, at odd numbers too", gates},
};

}  // namespace kvscale::test
