// The contract's linear(): tokens are packed once, a share of the weights' rows at a time is unpacked from its stored
// type into a panel that stays in cache, and both are multiplied block by block. Shares, panels and stretches follow
// from the shapes; an output is the sum of its stretches in their order, whoever computes it.
#include <algorithm>
#include <memory>
#include <new>

#include "../refusal.h"
#include "stored_rows.h"
#include "team.h"

namespace kvscale {
namespace cpu {
namespace {

/** Tokens packed at a time: bounds the memory, and is enough for the unpacking of weights not to count. */
constexpr int64_t kMostTokens = 1024;

/** Panels of one share: as many tokens' units as panels are long are read from the outer caches for each. */
constexpr int kPanels = 4;

/** Rows of weights of a share when there are few tokens. */
constexpr int64_t kFewRows = 64;

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

const char* multiply_many(const Product& product, int64_t first, int64_t count) {
  const Linear& task = product.task;
  Tokens tokens(product, first, count);
  const auto pack = [&](int32_t, int64_t block) { tokens.pack(block); };
  if (const char* reason = run_team(team_size(task.threads, tokens.blocks()), tokens.blocks(), task.cancel, pack))
    return reason;
  const int64_t share = kPanels * product.multiplier.rows;
  const int64_t shares = parts(task.weights.rows, share);
  const int32_t members = team_size(task.threads, shares);
  std::unique_ptr<std::unique_ptr<Share>[]> places(new std::unique_ptr<Share>[static_cast<size_t>(members)]);
  for (int32_t i = 0; i < members; ++i) places[i] = std::make_unique<Share>(product, tokens);
  return run_team(members, shares, task.cancel,
                  [&](int32_t member, int64_t item) { places[member]->run(item * share); });
}

/** Few tokens: the weights pass by once, and take longer to come than to be multiplied. */
const char* multiply_few(const Product& product) {
  const Linear& task = product.task;
  const int64_t pitch = product.stretches() * kUnits;
  const int count = static_cast<int>(task.tokens);
  const auto tokens = room<uint32_t>(task.tokens * pitch);
  for (int64_t t = 0; t < task.tokens; ++t)
    for (int64_t s = 0, c = 0; s < product.stretches(); ++s, c += product.stretch())
      product.multiplier.units(task.input + t * task.weights.columns + c, product.columns(c),
                               &tokens[t * pitch + s * kUnits]);
  const auto row = [&](int64_t r) {
    uint32_t line[kPitch];
    float sums[kFewTokens] = {};
    if (product.rows.ready())
      product.multiplier.dot({tokens.get(), pitch, count, product.rows.place(r, 0),
                              task.weights.columns / product.multiplier.depth, sums});
    else
      for (int64_t s = 0, c = 0; s < product.stretches(); ++s, c += product.stretch()) {
        product.rows.units(r, c, product.columns(c), line);
        product.multiplier.dot({&tokens[s * kUnits], pitch, count, line, product.units(c), sums});
      }
    for (int t = 0; t < count; ++t)
      task.output[t * task.weights.rows + r] = task.bias == nullptr ? sums[t] : sums[t] + task.bias[r];
  };
  const int64_t shares = parts(task.weights.rows, kFewRows);
  return run_team(team_size(task.threads, shares), shares, task.cancel, [&](int32_t, int64_t item) {
    for (int64_t r = item * kFewRows; r < std::min((item + 1) * kFewRows, task.weights.rows); ++r) row(r);
  });
}

const char* run(const Linear& task, const Operations& operations) {
  const Multiplier& multiplier = task.bfloat16 ? *operations.bfloat16 : *operations.float32;
  const StoredRows rows(task.weights, multiplier, *operations.arithmetic->converters, task.bfloat16);
  const Product product{task, multiplier, rows};
  if (task.tokens == 0) return nullptr;
  if (task.tokens <= kFewTokens) return multiply_few(product);
  for (int64_t first = 0; first < task.tokens; first += kMostTokens)
    if (const char* reason = multiply_many(product, first, std::min(kMostTokens, task.tokens - first))) return reason;
  return nullptr;
}

}  // namespace
}  // namespace cpu

const char* linear(const Linear& task) {
  const char* reason = refusal(task);
  const cpu::Operations* operations = reason ? nullptr : cpu::choose_operations(task.isa, &reason);
  if (reason) return reason;
  try {
    return cpu::run(task, *operations);
  } catch (const std::bad_alloc&) {
    return "expected memory for packed tokens, found none left";
  }
}

}  // namespace kvscale
