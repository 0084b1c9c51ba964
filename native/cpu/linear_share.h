// One thread's part of linear() when there are many tokens; for linear.cc alone.
#pragma once

#include "packed_tokens.h"
#include "team.h"

namespace kvscale::cpu {
namespace {

/** Panels of one share: as many tokens' units as panels are long are read from the outer caches for each. */
constexpr int kPanels = 4;

/** One thread's workplace: a share of the rows, multiplied with all packed tokens. */
class Share {
 public:
  Share(const Product& product, const Tokens& tokens)
      : product_(product),
        tokens_(tokens),
        pitch_(kPanels * product.multiplier.rows),
        lines_(room<uint32_t>(product.multiplier.rows * kPitch)),
        panels_(room<uint32_t>(kUnits * pitch_)),
        sums_(room<float>(tokens.count() * pitch_)) {
    std::fill_n(lines_.get(), product.multiplier.rows * kPitch, 0u);
  }

  void run(int64_t first_row) {
    const Linear& task = product_.task;
    const int64_t rows = std::min<int64_t>(pitch_, task.weights.rows - first_row);
    for (int64_t s = 0; s < product_.stretches(); ++s) {
      if (cancelled(task.cancel)) return;
      unpack(first_row, rows, s * product_.stretch());
      multiply(rows, s);
    }
    write(first_row, rows);
  }

 private:
  uint32_t* panel(int64_t row) { return &panels_[row * kUnits]; }

  void unpack(int64_t first_row, int64_t rows, int64_t first) {
    const int64_t wide = product_.multiplier.rows;
    for (int64_t row = 0; row < rows; row += wide) {
      const int64_t count = std::min(wide, rows - row);
      for (int64_t i = 0; i < count; ++i)
        product_.rows.units(first_row + row + i, first, product_.columns(first), &lines_[i * kPitch]);
      // What is left of a ragged panel are rows of the panel before it, whose sums nobody reads.
      product_.multiplier.interleave(lines_.get(), kPitch, product_.units(first), panel(row));
    }
  }

  void multiply(int64_t rows, int64_t stretch) {
    const Multiplier& multiplier = product_.multiplier;
    const int units = product_.units(stretch * product_.stretch());
    for (int64_t b = 0; b < tokens_.blocks(); ++b)
      for (int64_t row = 0; row < rows; row += multiplier.rows)
        multiplier.multiply({tokens_.block(stretch, b), tokens_.in(b), panel(row), units,
                             &sums_[b * multiplier.tokens * pitch_ + row], pitch_, stretch == 0});
  }

  void write(int64_t first_row, int64_t rows) {
    const Linear& task = product_.task;
    for (int64_t t = 0; t < tokens_.count(); ++t) {
      const float* sums = &sums_[t * pitch_];
      float* output = task.output + (tokens_.first() + t) * task.weights.rows + first_row;
      if (task.bias == nullptr) std::copy_n(sums, rows, output);
      else for (int64_t i = 0; i < rows; ++i) output[i] = sums[i] + task.bias[first_row + i];
    }
  }

  const Product& product_;
  const Tokens& tokens_;
  const int64_t pitch_;
  const std::unique_ptr<uint32_t[]> lines_, panels_;
  const std::unique_ptr<float[]> sums_;
};

}  // namespace
}  // namespace kvscale::cpu
