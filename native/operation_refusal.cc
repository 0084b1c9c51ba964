// What makes an operation of a decoder layer impossible; see refusal.h.
#include <algorithm>

#include "refusal.h"

namespace kvscale {
namespace {

const char* refusal(const Matrix& matrix) {
  if (static_cast<uint32_t>(matrix.format) >= kFormats) return "expected a known type of weights";
  if (matrix.rows < 1 || matrix.columns < 1) return "expected a matrix of at least one row and column";
  // Keeps the arithmetic of addresses inside int64.
  if (matrix.rows > (int64_t{1} << 58) / matrix.columns) return "expected a matrix that fits in memory";
  if (matrix.data == nullptr) return "expected weights, found a null pointer";
  const BlockScales& scales = matrix.scales;
  if (scales.values == nullptr) return nullptr;
  if (element_bytes(matrix.format) != 1) return "expected block scales of 8-bit weights only";
  if (scales.block_rows < 1 || scales.block_columns < 1) return "expected blocks of at least one weight";
  const int64_t down = (matrix.rows - 1) / scales.block_rows + 1, across = (matrix.columns - 1) / scales.block_columns + 1;
  return scales.count == down * across ? nullptr : "expected one scale per block of weights";
}

template <class Task>
const char* refusal_of_threads(const Task& task) {
  return task.threads < 0 ? "expected a thread count of 0 (all) or more" : nullptr;
}

}  // namespace

const char* refusal(const Linear& task) {
  if (const char* reason = refusal(task.weights)) return reason;
  if (task.tokens < 0) return "expected no negative count of tokens";
  if (task.tokens > 0 && (task.input == nullptr || task.output == nullptr)) return "expected input and output buffers";
  return refusal_of_threads(task);
}

const char* refusal(const RmsNorm& task) {
  if (task.rows < 0 || task.width < 1) return "expected a norm over at least one feature";
  if (!(task.epsilon >= 0)) return "expected an epsilon of 0 or more";
  if (task.weight == nullptr || (task.rows > 0 && (task.input == nullptr || task.output == nullptr)))
    return "expected input, weight and output buffers";
  return refusal_of_threads(task);
}

const char* refusal(const Rotate& task) {
  if (task.tokens < 0 || task.heads < 1 || task.head_size < 1) return "expected at least one head of at least one feature";
  if (task.features < 2 || task.features % 2 != 0 || task.features > task.head_size)
    return "expected an even number of rotary features, up to the head size";
  if (task.tokens == 0) return refusal_of_threads(task);
  if (task.values == nullptr || task.positions == nullptr || task.cos == nullptr || task.sin == nullptr)
    return "expected values, positions and tables";
  const bool inside = std::all_of(task.positions, task.positions + task.tokens,
                                  [&](int32_t position) { return position >= 0 && position < task.table; });
  return inside ? refusal_of_threads(task) : "expected positions that the tables hold";
}

const char* refusal(const Gate& task) {
  if (task.count < 0) return "expected no negative count";
  if (task.activation < Activation::silu || task.activation > Activation::gelu_tanh) return "expected a known activation";
  if (task.count > 0 && (task.gate == nullptr || task.up == nullptr || task.output == nullptr))
    return "expected gate, up and output buffers";
  return refusal_of_threads(task);
}

const char* refusal(const Logits& task) {
  if (task.streams < 1 || task.tokens < 0 || task.first < 0 || task.width < 1)
    return "expected at least one stream and one column";
  if (task.first + task.width > INT32_MAX) return "expected ids of at most 2^31";
  if (!(task.softcap >= 0)) return "expected a softcap of 0 (off) or more";
  if (task.tokens == 0) return refusal_of_threads(task);
  if (task.logits == nullptr || task.targets == nullptr) return "expected logits and targets";
  if (task.max == nullptr || task.top == nullptr || task.sum == nullptr || task.cross == nullptr || task.target == nullptr)
    return "expected running sums";
  return refusal_of_threads(task);
}

}  // namespace kvscale
