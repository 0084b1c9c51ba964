// The seam between the scheduler (compiled once, for the baseline) and the arithmetic (compiled once per instruction
// set, each with its own flags). Only plain structs and function pointers cross it: a template or an inline function
// of the standard library, instantiated on both sides, would let the linker keep the copy with the wrong instructions.
#pragma once

#include "../contract.h"

namespace kvscale::cpu {

/** Tokens handled between two updates of the softmax state: so many that what happens between tiles costs little. */
constexpr int kTile = 256;

/** Row lists are padded to a multiple of this with a row of zero codes, so that kernels need no token tail. */
constexpr int kTokenBlock = 16;

/** Rows of queries a kernel takes at once; a caller splits larger sets. */
constexpr int kRowBlock = 8;

/** Head sizes are padded to this many elements in prepared queries and in outputs. */
constexpr int kHeadBlock = 64;

/** Largest head size; refusal.cc turns away what is larger. */
constexpr int kLargestHead = 1024;

/** Rows worth fetching meanwhile: those that the next call will read, `offset` bytes behind the addresses listed. */
struct Ahead {
  const uint8_t* const* rows;
  int64_t offset;
};

/** scores[r][t] = query[r] . keys[t] */
struct ScoreTask {
  const void* query;           // these rows, as `prepare` wrote them
  int64_t pitch;               // padded head size, elements
  int rows;                    // 1..kRowBlock
  const uint8_t* const* keys;  // [tokens, padded to kTokenBlock] -> codes [head_size]
  Ahead ahead;                 // as many rows as `keys`
  int tokens;
  int head_size;
  float* scores;               // [rows][kTile]
};

/** Turns a row of scores into weights and moves the online softmax state (see state.h). */
struct SoftmaxTask {
  float* scores;   // [kTile], in place: becomes weights exp(logit - peak)
  uint16_t* bf16;  // [kTile], receives the weights rounded to BF16 instead, in a BF16 set
  int tokens;
  float scale;     // logit = scale * score
  float softcap;   // 0: off
  float slope;     // ALiBi, adds slope * (offset + places[t]); 0: off
  float offset;    // position of the first key minus the position of the query
  const float* places;  // [kTile], position of token t minus that of the first key
  float peak;      // in and out: largest logit so far, -inf at first
  float mass;      // in and out: sum of weights so far
  float total;     // in and out: sum of the weights as the values see them: rounded where `bf16` is
  float decay;     // out: what earlier sums must be multiplied by
};

/** out[r] = decay[r] * out[r] + sum over t of weights[r][t] * values[t] */
struct ValueTask {
  const void* weights;  // [rows][kTile], float32 or BF16 as the kernel set says; zero beyond `tokens`
  int rows;
  const uint8_t* const* values;
  Ahead ahead;
  int tokens;
  int head_size;
  const float* decay;  // [rows]
  float* out;          // [rows][pitch]
  int64_t pitch;
};

/** One way of doing the arithmetic. */
struct Kernels {
  bool bf16;        // queries and weights are BF16, else float32
  int query_bytes;  // of a prepared element
  // Rows of [head_size] floats, 1..kRowBlock of them, to [rows][pitch] prepared elements in an order of this set's own.
  void (*prepare)(const float* const* queries, int rows, int head_size, int64_t pitch, void* prepared);
  void (*score[kFormats])(const ScoreTask&);  // nullptr where this set has no path for the format
  void (*softmax)(SoftmaxTask&);
  void (*gather[kFormats])(const ValueTask&);
};

/** Converters, the same bits on every instruction set. */
struct Converters {
  void (*decode)(Format format, const void* codes, int64_t count, float* floats);
  void (*encode)(Format format, Writer writer, float scale, const float* floats, int64_t count, void* codes);
};

/** An instruction set of this build. */
struct Arithmetic {
  const char* name;
  const char* (*missing)();   // what the machine lacks, or nullptr
  const Kernels* precise;     // float32 products, every format
  const Kernels* fast;        // nullptr, or a BF16-dot set that may lack formats
  const Converters* converters;
};

}  // namespace kvscale::cpu
