// A product of linear() and its tokens, packed; for linear.cc alone.
#pragma once

#include <algorithm>
#include <memory>

#include "stored_rows.h"

namespace kvscale::cpu {
namespace {

/** Units of a row beyond kUnits, so that rows that are transposed together do not meet in the same lines of a cache. */
constexpr int64_t kPitch = kUnits + 16;

template <class T>
std::unique_ptr<T[]> room(int64_t count) {
  return std::unique_ptr<T[]>(new T[static_cast<size_t>(count)]);
}

int64_t parts(int64_t count, int64_t size) { return (count + size - 1) / size; }

/** One call: what is multiplied and how. */
struct Product {
  const Linear& task;
  const Multiplier& multiplier;
  StoredRows rows;

  int64_t stretch() const { return int64_t{kUnits} * multiplier.depth; }  // columns
  int64_t stretches() const { return parts(task.weights.columns, stretch()); }
  int columns(int64_t first) const { return static_cast<int>(std::min(stretch(), task.weights.columns - first)); }
  int units(int64_t first) const { return static_cast<int>(parts(columns(first), multiplier.depth)); }
};

/** Some tokens as [stretch][block of tokens][unit][token]: what the kernel reads, in the order it reads. */
class Tokens {
 public:
  Tokens(const Product& product, int64_t first, int64_t count)
      : product_(product),
        first_(first),
        count_(count),
        blocks_(parts(count, product.multiplier.tokens)),
        data_(room<uint32_t>(product.stretches() * blocks_ * size())) {}

  int64_t first() const { return first_; }
  int64_t count() const { return count_; }
  int64_t blocks() const { return blocks_; }
  int in(int64_t block) const {
    return static_cast<int>(std::min<int64_t>(product_.multiplier.tokens, count_ - block * product_.multiplier.tokens));
  }
  uint32_t* block(int64_t stretch, int64_t block) const { return &data_[(stretch * blocks_ + block) * size()]; }

  void pack(int64_t block) {
    const int64_t width = product_.multiplier.tokens;
    for (int64_t s = 0; s < product_.stretches(); ++s) {
      const int64_t first = s * product_.stretch();
      const int units = product_.units(first);
      uint32_t* to = this->block(s, block);
      for (int t = 0; t < in(block); ++t) {
        uint32_t line[kPitch];
        const float* from = product_.task.input + (first_ + block * width + t) * product_.task.weights.columns + first;
        product_.multiplier.units(from, product_.columns(first), line);
        for (int u = 0; u < units; ++u) to[u * width + t] = line[u];
      }
    }
  }

 private:
  int64_t size() const { return int64_t{kUnits} * product_.multiplier.tokens; }

  const Product& product_;
  const int64_t first_, count_, blocks_;
  const std::unique_ptr<uint32_t[]> data_;
};

}  // namespace
}  // namespace kvscale::cpu
