// A product for linear() with its buffers, and the very factors that it must take.
#pragma once

#include <algorithm>
#include <vector>

#include "../half.h"
#include "../layer_operations.h"
#include "expect.h"
#include "numbers.h"

namespace kvscale::test {

constexpr float kCanary = 12345.0f;

struct Size {
  int64_t tokens, rows, columns;
};

inline float to_bf16(float x) { return float_of(uint32_t{encode_bf16_bits(bits_of(x))} << 16); }

/** A product with its buffers; `task()` points into it. Weights begin at an odd address. */
class Product {
 public:
  Product(Size size, Format format, bool bfloat16, bool scaled = false)
      : size_(size), format_(format), bfloat16_(bfloat16), input_(draw(size.tokens * size.columns, 1)),
        bias_(draw(size.rows, 2)), stored_(static_cast<size_t>(size.rows * size.columns * element_bytes(format) + 1)) {
    const int64_t count = size.rows * size.columns;
    const std::vector<float> floats = draw(count, 3);
    std::vector<uint8_t> codes(stored_.size());
    encode(format, Writer::cuda_rne, 0.25f, floats.data(), count, codes.data(), "scalar");
    std::copy(codes.begin(), codes.end() - 1, stored_.begin() + 1);
    if (scaled) scales_ = draw(blocks(size.rows, kBlockRows) * blocks(size.columns, kBlockColumns), 4);
  }

  Linear task(float* output, const char* isa, int threads = 2) const {
    Linear task{};
    task.tokens = size_.tokens, task.input = input_.data(), task.bias = bias_.data(), task.output = output;
    task.weights = {format_, size_.rows, size_.columns, stored_.data() + 1, {}};
    if (!scales_.empty())
      task.weights.scales = {scales_.data(), static_cast<int64_t>(scales_.size()), kBlockRows, kBlockColumns};
    task.bfloat16 = bfloat16_, task.threads = threads, task.isa = isa;
    return task;
  }

  /** Runs with a canary behind the output. */
  std::vector<float> run(const char* isa, int threads = 2) const {
    std::vector<float> output(static_cast<size_t>(size_.tokens * size_.rows) + 1, kCanary);
    const char* reason = linear(task(output.data(), isa, threads));
    expect(reason == nullptr, reason != nullptr ? reason : "");
    expect(output.back() == kCanary, "nothing is written behind the output");
    output.pop_back();
    return output;
  }

  /** The factors as they are multiplied: float32, or rounded to BF16. */
  std::vector<float> factors() const {
    std::vector<float> floats(static_cast<size_t>(size_.rows * size_.columns));
    decode(format_, stored_.data() + 1, size_.rows * size_.columns, floats.data(), "scalar");
    for (int64_t r = 0, i = 0; r < size_.rows; ++r)
      for (int64_t c = 0; c < size_.columns; ++c, ++i) {
        if (!scales_.empty()) floats[i] *= scales_[r / kBlockRows * blocks(size_.columns, kBlockColumns) + c / kBlockColumns];
        if (bfloat16_) floats[i] = to_bf16(floats[i]);
      }
    return floats;
  }
  std::vector<float> inputs() const {
    std::vector<float> floats = input_;
    if (bfloat16_) for (float& x : floats) x = to_bf16(x);
    return floats;
  }

  float& input(int64_t token, int64_t column) { return input_[token * size_.columns + column]; }
  uint8_t* weight(int64_t row, int64_t column) {
    return &stored_[1 + (row * size_.columns + column) * element_bytes(format_)];
  }
  float bias(int64_t row) const { return bias_[row]; }
  const Size& size() const { return size_; }

 private:
  static constexpr int64_t kBlockRows = 3, kBlockColumns = 100;
  static int64_t blocks(int64_t count, int64_t size) { return (count + size - 1) / size; }

  const Size size_;
  const Format format_;
  const bool bfloat16_;
  std::vector<float> input_, bias_, scales_;
  std::vector<uint8_t> stored_;
};

}  // namespace kvscale::test
