// The contract between a caller and an attention backend: plain structs of pointers, shapes and scales,
// and the functions that every backend (cpu now, cuda next) defines. Nothing here throws, prints, aborts
// or allocates for the caller: a function returns nullptr, or a static English reason why it refused.
//
// The paged cache
//   K and V are pools of pages. Element (block b, slot s, head h, feature i) of a pool lies at
//       data[b * block_stride + s * slot_stride + h * head_stride + i]      (strides count elements)
//   so every row-major layout of vLLM is a choice of strides, D being the head size, S the block size
//   and H the number of KV heads:
//     layout                                              block    slot     head   value pool starts at
//     NHD  [2, blocks, S, H, D]   (flash, until 2025)     S*H*D    H*D      D      blocks*S*H*D
//     HND  [2, blocks, H, S, D]                           H*S*D    D        S*D    blocks*H*S*D
//     HND  [blocks, H, S, 2*D]    (flash, cpu, since 2026) H*S*2*D 2*D      S*2*D  D
//     NHD  [blocks, S, H, 2*D]    (the same, other order)  S*H*2*D H*2*D    2*D    D
//   (vLLM v1/attention/backends/{flash_attn,cpu_attn}.py @017e9f4.) Not expressible, because features are not
//   adjacent: the [H, D/x, S, x] pages of the deleted paged_attention_v1, and the column-major K of the CPU writer.
//
// Positions
//   Sequence n holds keys 0 .. seq_lens[n]-1. Its queries are the LAST positions of it: with c queries, query i sits
//   at position p = seq_lens[n] - c + i and sees keys j <= p (and j > p - window when window > 0). Decode is c = 1;
//   causal prefill is c = seq_lens[n]. A position that sees nothing yields zeros and lse = -inf.
#pragma once

#include <atomic>
#include <cstdint>

namespace kvscale {

/** Element type of the cache. The numbers are shared with `src/backend/addon.ts`. */
enum class Format : int32_t { e4m3fn = 0, e4m3fnuz = 1, e5m2 = 2, f16 = 3, bf16 = 4, f32 = 5 };
constexpr int kFormats = 6;

constexpr int element_bytes(Format format) {
  return format == Format::f32 ? 4 : format == Format::f16 || format == Format::bf16 ? 2 : 1;
}

/** How floats become codes: CUDA's writer (divide, round to even, saturate) or vLLM's CPU writer (truncate). */
enum class Writer : int32_t { cuda_rne = 0, vllm_cpu_trunc = 1 };

/** Where the elements of one pool lie, in elements; `elements` bounds every access. */
struct Layout {
  int64_t elements;
  int64_t block_stride;
  int64_t slot_stride;
  int64_t head_stride;
  int32_t head_size;
};

/** Dequantisation multipliers, x = code * scale: one for the tensor or one per KV head. */
struct Scales {
  const float* values;  // [count]
  int32_t count;        // 1 or kv_heads
};

/** One attention call. Pointers stay the caller's and must outlive it. */
struct Problem {
  Format format;
  int32_t heads;     // query heads; head h reads KV head h / (heads / kv_heads)
  int32_t kv_heads;
  int32_t block_size;
  int64_t blocks;      // pages in each pool
  int64_t sequences;
  int64_t max_blocks;  // columns of block_tables

  const void* key_cache;
  Layout key;  // key.head_size is the head size of the query too
  const void* value_cache;
  Layout value;  // value.head_size is the head size of the output

  const int32_t* block_tables;  // [sequences, max_blocks]
  const int32_t* seq_lens;      // [sequences]
  const int32_t* query_starts;  // [sequences + 1], first token of each sequence; nullptr: one query each
  const float* query;           // [tokens, heads, key.head_size]

  float softmax_scale;   // logits = softmax_scale * k_scale * (query . code)
  Scales k_scale;
  Scales v_scale;        // output = v_scale * (weights . code)
  int32_t window;        // keys visible to a query, itself included; 0: all
  float softcap;         // logits become softcap * tanh(logits / softcap), before ALiBi; 0: off
  const float* alibi;    // [heads], adds alibi[h] * (j - p); nullptr: off
  const float* sinks;    // [heads], a logit without a value in the denominator (and in lse); nullptr: off

  float* out;  // [tokens, heads, value.head_size]
  float* lse;  // [tokens, heads], natural log of the denominator; may be nullptr

  bool precise;      // true: float32 products even where a BF16-dot path exists
  int32_t threads;   // 0: as many as the machine runs at once. The result does not depend on it
  const char* isa;   // nullptr: KVSCALE_ISA, else the best of this machine
  const std::atomic<int32_t>* cancel;  // polled between pieces of work; non-zero stops; may be nullptr
};

/** Quantise and scatter: token t of `keys`/`values` goes to slot slot_mapping[t] of the pages. */
struct WriteProblem {
  Format format;
  Writer writer;  // vllm_cpu_trunc exists for e4m3fn and e5m2 only
  int32_t kv_heads;
  int32_t block_size;
  int64_t blocks;
  int64_t tokens;

  void* key_cache;
  Layout key;
  void* value_cache;
  Layout value;

  const float* keys;            // [tokens, kv_heads, key.head_size]
  const float* values;          // [tokens, kv_heads, value.head_size]
  const int64_t* slot_mapping;  // [tokens], block * block_size + slot; -1: skipped. The last of equal slots wins
  Scales k_scale;
  Scales v_scale;

  int32_t threads;
  const char* isa;
  const std::atomic<int32_t>* cancel;
};

/** What one instruction set can do here. */
struct Isa {
  const char* name;         // "scalar", "avx2", …: the spelling of KVSCALE_ISA
  const char* unavailable;  // nullptr, or why this machine cannot run it
  bool bf16_dot;            // its default path rounds query and weights to BF16 (see Problem::precise)
  bool chosen;              // what a call with isa = nullptr runs
};

/** "cpu" or "cuda". */
const char* name();

/** nullptr when calls can succeed, else why not (a KVSCALE_ISA that cannot run, a missing driver). */
const char* unavailable();

/** Describes the instruction sets of the build, weakest first, into table[room]. Returns how many there are. */
int32_t isas(Isa* table, int32_t room);

/** Attention over the pages. Returns nullptr, or the reason of the refusal ("cancelled" is one). */
const char* attend(const Problem& problem);

/** Fills pages. Codes are the same on every instruction set and for any thread count. */
const char* write_cache(const WriteProblem& problem);

/** codes [count] of `format` (element_bytes each) to floats [count], unscaled. */
const char* decode(Format format, const void* codes, int64_t count, float* floats, const char* isa);

/** floats [count] to codes [count] by `writer` at `scale`; the float path of write_cache. */
const char* encode(Format format, Writer writer, float scale, const float* floats, int64_t count, void* codes,
                   const char* isa);

/** The one reason that is not a fault of the problem: returned (by identity) when `cancel` was raised. */
extern const char* const kCancelled;

}  // namespace kvscale
