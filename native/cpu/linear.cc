// The contract's linear(): tokens are packed once, a share of the weights' rows at a time is unpacked from its stored
// type into a panel that stays in cache, and both are multiplied block by block. Shares, panels and stretches follow
// from the shapes; an output is the sum of its stretches in their order, whoever computes it.
#include <new>

#include "../refusal.h"
#include "linear_share.h"

namespace kvscale {
namespace cpu {
namespace {

/** Tokens packed at a time: bounds the memory, and is enough for the unpacking of weights not to count. */
constexpr int64_t kMostTokens = 1024;

/** Rows of weights of a share when there are few tokens. */
constexpr int64_t kFewRows = 64;

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
