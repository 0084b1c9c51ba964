// The operations of a decoder layer besides attention; see src/model/ops.ts and, for the manners of a backend, contract.h.
// Arrays are row-major and do not overlap but where it says so. Each result is summed in an order that follows from the
// shapes alone.
#pragma once

#include "contract.h"

namespace kvscale {

/** Multipliers of a quantised weight, one a block, row-major over blocks: weight = code * scale, rounded to float32. */
struct BlockScales {
  const float* values;  // [ceil(rows / block_rows), ceil(columns / block_columns)]; nullptr: none
  int64_t count;
  int64_t block_rows;
  int64_t block_columns;
};

/** A weight as its checkpoint stores it. */
struct Matrix {
  Format format;
  int64_t rows;
  int64_t columns;
  const void* data;  // [rows, columns], aligned or not
  BlockScales scales;
};

/** output[t, r] = sum of input[t, c] * weights[r, c] over c, plus bias[r]. */
struct Linear {
  int64_t tokens;
  const float* input;  // [tokens, columns]
  Matrix weights;
  const float* bias;   // [rows] or nullptr
  bool bfloat16;       // factors rounded to BF16 (float32 sums); else float32 factors
  float* output;       // [tokens, rows]

  int32_t threads;
  const char* isa;
  const std::atomic<int32_t>* cancel;
};

/** output = input / sqrt(mean of squares + epsilon) * (offset + weight), row by row. */
struct RmsNorm {
  int64_t rows;
  int64_t width;
  const float* input;   // [rows, width]
  const float* weight;  // [width]
  double epsilon;
  float offset;
  float* output;        // [rows, width]; may be `input`

  int32_t threads;
  const char* isa;
  const std::atomic<int32_t>* cancel;
};

/** Rotary position embedding in place: feature i < features / 2 turns with feature i + features / 2. */
struct Rotate {
  int64_t tokens;
  int32_t heads;
  int32_t head_size;
  int32_t features;
  float* values;             // [tokens, heads, head_size]
  const int32_t* positions;  // [tokens]
  int64_t table;             // rows of cos and sin
  const float* cos;          // [table, features / 2]
  const float* sin;

  int32_t threads;
  const char* isa;
  const std::atomic<int32_t>* cancel;
};

/** The numbers are shared with `src/backend/addon.ts`. */
enum class Activation : int32_t { silu = 0, gelu = 1, gelu_tanh = 2 };

/** output = activation(gate) * up. */
struct Gate {
  int64_t count;
  const float* gate;  // [count]
  const float* up;    // [count]
  Activation activation;
  float* output;      // [count]; may be `gate` or `up`

  int32_t threads;
  const char* isa;
  const std::atomic<int32_t>* cancel;
};

/** Columns first .. first + width - 1 of the logits of several streams, taken up into running sums. */
struct Logits {
  int64_t streams;
  int64_t tokens;
  int64_t first;
  int64_t width;
  const float* logits;     // [streams, tokens, width]
  const int32_t* targets;  // [tokens], -1: none
  double softcap;          // 0: off
  // [streams, tokens] each, in and out
  double* max;
  int32_t* top;
  double* sum;     // of exp(logit - max)
  double* cross;   // of exp(logit0 - max0) * (logit0 - logit), stream 0 against each
  double* target;  // logit of the target

  int32_t threads;
  const char* isa;
  const std::atomic<int32_t>* cancel;
};

/** The operations of a decoder layer. Like attend(), each returns nullptr or the reason of the refusal. */
const char* linear(const Linear& task);
const char* rms_norm(const RmsNorm& task);
const char* rotate(const Rotate& task);
const char* gate(const Gate& task);
const char* take_logits(const Logits& task);

}  // namespace kvscale
