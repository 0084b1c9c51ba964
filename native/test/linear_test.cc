// linear() on every instruction set against float64 sums of the very factors that it must take: every stored type,
// sizes around every block, thread counts, and what must not spread.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "isas.h"
#include "product.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr Format kFormatsOfWeights[] = {Format::e4m3fn, Format::e4m3fnuz, Format::e5m2, Format::f16, Format::bf16, Format::f32};

std::string label(const Product& product, const Isa& isa, Format format, bool bfloat16) {
  const Size& s = product.size();
  return std::string(isa.name) + (bfloat16 ? " bfloat16 " : " float32 ") + std::to_string(s.tokens) + "x" +
         std::to_string(s.rows) + "x" + std::to_string(s.columns) + " format " + std::to_string(static_cast<int>(format));
}

/** Every output within the rounding of its sum, which is relative to the sum of magnitudes. */
void compare(const Product& product, Format format, bool bfloat16) {
  const Size& size = product.size();
  const std::vector<float> weights = product.factors(), inputs = product.inputs();
  std::vector<double> exact(static_cast<size_t>(size.tokens * size.rows)), magnitude(exact.size());
  for (int64_t t = 0, i = 0; t < size.tokens; ++t)
    for (int64_t r = 0; r < size.rows; ++r, ++i) {
      for (int64_t c = 0; c < size.columns; ++c) {
        const double product_of = double{inputs[t * size.columns + c]} * double{weights[r * size.columns + c]};
        exact[i] += product_of, magnitude[i] += std::fabs(product_of);
      }
      exact[i] += product.bias(r), magnitude[i] += std::fabs(product.bias(r));
    }
  for (const Isa& isa : usable_isas()) {
    const std::vector<float> found = product.run(isa.name);
    const std::string what = label(product, isa, format, bfloat16);
    bool close = true;
    for (size_t i = 0; i < found.size(); ++i) close &= std::fabs(found[i] - exact[i]) <= 4e-7 * magnitude[i];
    expect(close, what.c_str());
  }
}

void compare(Size size, Format format, bool scaled = false) {
  for (bool bfloat16 : {false, true}) compare(Product(size, format, bfloat16, scaled), format, bfloat16);
}

void every_type() {
  for (Format format : kFormatsOfWeights) {
    compare({2, 37, 300}, format);
    compare({19, 37, 700}, format);
  }
}

void block_scales() {
  for (Format format : {Format::e4m3fn, Format::e4m3fnuz, Format::e5m2}) {
    compare({3, 10, 1050}, format, true);
    compare({9, 10, 1050}, format, true);
  }
}

void ragged_tokens() {
  for (int64_t tokens : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 23, 24, 25, 100}) compare({tokens, 5, 40}, Format::bf16);
}

void ragged_rows() {
  for (int64_t rows : {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 300})
    for (int64_t tokens : {3, 7}) compare({tokens, rows, 40}, Format::bf16);
}

void ragged_columns() {
  for (int64_t columns : {1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 257, 511, 512, 513, 1023, 1025, 1536})
    for (int64_t tokens : {1, 4, 13})
      for (Format format : {Format::bf16, Format::f32, Format::e4m3fn}) compare({tokens, 9, columns}, format);
}

void more_tokens_than_are_packed() { compare({1061, 33, 24}, Format::bf16); }

/** The error of long float32 sums, relative to the whole result: a single running sum would make some 2e-6. */
void long_sums_stay_accurate() {
  const Product product({8, 64, 8192}, Format::f32, false);
  const std::vector<float> weights = product.factors(), inputs = product.inputs();
  for (const Isa& isa : usable_isas()) {
    const std::vector<float> found = product.run(isa.name);
    double difference = 0, norm = 0;
    for (int64_t t = 0, i = 0; t < 8; ++t)
      for (int64_t r = 0; r < 64; ++r, ++i) {
        double exact = product.bias(r);
        for (int64_t c = 0; c < 8192; ++c) exact += double{inputs[t * 8192 + c]} * double{weights[r * 8192 + c]};
        difference += (found[i] - exact) * (found[i] - exact), norm += exact * exact;
      }
    expect(std::sqrt(difference / norm) < 6e-7, isa.name);
  }
}

void threads_change_nothing() {
  for (const Isa& isa : usable_isas())
    for (Size size : {Size{2, 333, 700}, Size{40, 333, 700}})
      for (bool bfloat16 : {false, true}) {
        const Product product(size, Format::bf16, bfloat16);
        const std::vector<float> one = product.run(isa.name, 1);
        for (int threads : {2, 3, 8}) {
          const std::vector<float> more = product.run(isa.name, threads);
          expect(std::memcmp(one.data(), more.data(), one.size() * sizeof(float)) == 0, isa.name);
        }
      }
}

/** Which outputs are no numbers, as a mask of tokens by rows. */
std::vector<bool> wild(const std::vector<float>& output) {
  std::vector<bool> mask;
  for (float x : output) mask.push_back(!std::isfinite(x));
  return mask;
}

void nan_and_infinity_keep_to_their_own() {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const Isa& isa : usable_isas())
    for (bool bfloat16 : {false, true})
      for (int64_t tokens : {3, 14})
        for (float poison : {std::nanf(""), infinity, -infinity}) {
          const Size size{tokens, 35, 70};
          Product of_token(size, Format::bf16, bfloat16), of_row(size, Format::f32, bfloat16);
          of_token.input(1, 69) = poison;
          std::memcpy(of_row.weight(34, 3), &poison, sizeof poison);
          const std::vector<bool> tokens_hit = wild(of_token.run(isa.name)), rows_hit = wild(of_row.run(isa.name));
          for (int64_t t = 0, i = 0; t < tokens; ++t)
            for (int64_t r = 0; r < size.rows; ++r, ++i)
              expect(tokens_hit[i] == (t == 1) && rows_hit[i] == (r == 34), isa.name);
        }
}

/** A last stretch of one column: what an earlier stretch left beside it must not be multiplied, not even by zero. */
void what_is_left_of_a_row_is_not_multiplied() {
  const uint16_t nan = 0x7FC0;
  for (const Isa& isa : usable_isas())
    for (bool bfloat16 : {false, true})
      for (int64_t columns : {257, 513}) {
        Product product({14, 35, columns}, Format::bf16, bfloat16);
        std::memcpy(product.weight(34, 1), &nan, sizeof nan);
        const std::vector<bool> hit = wild(product.run(isa.name));
        for (size_t i = 0; i < hit.size(); ++i) expect(hit[i] == (i % 35 == 34), isa.name);
      }
}

void bias_is_optional_and_cancelling_stops() {
  Product product({6, 3, 5}, Format::f32, false);
  std::vector<float> output(18, kCanary);
  Linear task = product.task(output.data(), nullptr);
  task.bias = nullptr;
  const std::vector<float> biased = product.run(nullptr);
  expect(linear(task) == nullptr, "without bias");
  for (int64_t i = 0; i < 18; ++i) expect(std::fabs(output[i] + product.bias(i % 3) - biased[i]) < 1e-5f, "bias is added");
  const std::atomic<int32_t> raised{1};
  for (int64_t tokens : {2, 6}) {
    std::fill(output.begin(), output.end(), kCanary);
    task.tokens = tokens, task.cancel = &raised;
    expect(linear(task) == kCancelled, "cancelled");
    expect(std::count(output.begin(), output.end(), kCanary) == 18, "a cancelled call writes nothing");
  }
}

}  // namespace

const std::vector<Test> kLinearTests = {
    {"products of every stored type are those of float64", every_type},
    {"block scales multiply their own blocks", block_scales},
    {"products of any number of tokens", ragged_tokens},
    {"products of any number of rows", ragged_rows},
    {"products of any number of columns", ragged_columns},
    {"products of more tokens than are packed at a time", more_tokens_than_are_packed},
    {"long float32 sums stay accurate", long_sums_stay_accurate},
    {"products do not depend on the number of threads", threads_change_nothing},
    {"NaN and infinity reach their own outputs and no others", nan_and_infinity_keep_to_their_own},
    {"products of what an earlier row left are none", what_is_left_of_a_row_is_not_multiplied},
    {"a product without bias, and a cancelled one", bias_is_optional_and_cancelling_stops},
};

}  // namespace kvscale::test
