// The seam between the schedulers of a decoder layer's operations (baseline code) and their arithmetic, one source per
// instruction set; like kernels.h, which says why only plain structs and function pointers cross it.
#pragma once

#include "../layer_operations.h"
#include "kernels.h"

namespace kvscale::cpu {

/** Units of a row that are multiplied at a stretch: their products are summed apart, so that errors do not grow. */
constexpr int kUnits = 256;

/** Largest block of tokens and panel of rows of any instruction set. */
constexpr int kLargestBlock = 16;
constexpr int kLargestPanel = 64;

/** Tokens that are multiplied without packing weights. */
constexpr int kFewTokens = 4;

/** sums[t][r] (+)= tokens[t] . rows[r], over one stretch of units. */
struct BlockTask {
  const uint32_t* tokens;  // [units][Multiplier::tokens]
  int count;               // 1 .. Multiplier::tokens of them
  const uint32_t* panel;   // [units][Multiplier::rows]
  int units;               // 1 .. kUnits
  float* sums;             // [count][pitch], Multiplier::rows of each
  int64_t pitch;
  bool fresh;              // true: sums hold nothing yet
};

/** sums[t] += tokens[t] . row; rows end in zeros up to a multiple of 16 units. */
struct DotTask {
  const uint32_t* tokens;  // [count][pitch]
  int64_t pitch;
  int count;               // 1 .. kFewTokens
  const void* row;         // [units], aligned or not
  int64_t units;
  float* sums;             // [count]
};

/** One way of multiplying matrices. A unit is 4 bytes: a float, or two neighbouring BF16 columns. */
struct Multiplier {
  int tokens;  // of a block
  int rows;    // of a panel; a multiple of 4
  int depth;   // columns of a unit
  // floats [count] to units, zeros up to the next multiple of 16.
  void (*units)(const float* floats, int count, uint32_t* units);
  // [rows][pitch] to [units][rows]; reads and writes up to a multiple of 16 units.
  void (*interleave)(const uint32_t* rows, int64_t pitch, int units, uint32_t* panel);
  void (*multiply)(const BlockTask&);
  void (*dot)(const DotTask&);
};

/** The operations of an instruction set. */
struct Operations {
  const Arithmetic* arithmetic;  // whose they are
  const Multiplier* float32;
  const Multiplier* bfloat16;
  void (*norm)(const RmsNorm&, int64_t row);
  void (*rotate)(const Rotate&, int64_t token);
  void (*gate)(const Gate&, int64_t begin, int64_t end);
  void (*logits)(const Logits&, int64_t token);
};

/** The one to run, chosen like `choose` of arithmetics.h. On refusal nullptr, and `reason` says why. */
const Operations* choose_operations(const char* isa, const char** reason);

extern const Operations kScalarOperations;
#if defined(__x86_64__)
extern const Operations kAvx2Operations;
extern const Operations kAvx512Operations;
extern const Operations kAvx512VbmiBf16Operations;
// What AVX-512 VBMI + BF16 leaves to plain AVX-512.
extern const Multiplier kAvx512Float32;
#endif

}  // namespace kvscale::cpu
