#include "refusal.h"

#include <algorithm>
#include <cmath>

namespace kvscale {
namespace {

constexpr int32_t kLargestHead = 1024;
constexpr int32_t kLongestSequence = 1 << 30;  // keeps token arithmetic inside int32 with room for a tile

bool known(Format format) { return static_cast<uint32_t>(format) < kFormats; }

/** Whether every address (block, slot, head, feature) lies inside `elements`, without overflowing on the way. */
bool fits(const Layout& layout, int64_t blocks, int64_t block_size, int64_t heads) {
  const int64_t counts[3] = {blocks, block_size, heads};
  const int64_t strides[3] = {layout.block_stride, layout.slot_stride, layout.head_stride};
  int64_t last = layout.head_size;
  for (int i = 0; i < 3; ++i) {
    if (strides[i] < 0 || counts[i] < 1) return false;
    if (strides[i] > 0 && counts[i] - 1 > (layout.elements - last) / strides[i]) return false;
    last += (counts[i] - 1) * strides[i];
    if (last > layout.elements) return false;
  }
  return last <= layout.elements;
}

/** Whether no two rows of a pool share an element: then writers of different rows cannot meet. */
bool apart(const Layout& layout, int64_t blocks, int64_t block_size, int64_t heads) {
  struct Axis { int64_t stride, count; };
  Axis axes[3] = {{layout.block_stride, blocks}, {layout.slot_stride, block_size}, {layout.head_stride, heads}};
  std::sort(axes, axes + 3, [](Axis a, Axis b) { return a.stride < b.stride; });
  int64_t extent = layout.head_size;
  for (const Axis& axis : axes) {
    if (axis.count > 1 && axis.stride < extent) return false;
    if (axis.count > 1) extent = axis.stride * (axis.count - 1) + extent;
  }
  return true;
}

const char* refusal_of_pool(const void* data, const Layout& layout, int64_t blocks, int64_t block_size, int64_t heads) {
  if (data == nullptr) return "expected a key cache and a value cache, found a null pointer";
  if (layout.head_size < 1 || layout.head_size > kLargestHead) return "expected a head size of 1..1024";
  if (!fits(layout, blocks, block_size, heads)) return "expected pages inside the cache buffer, found strides that leave it";
  return nullptr;
}

const char* refusal_of_scales(const Scales& scales, int32_t kv_heads) {
  if (scales.values == nullptr) return "expected k_scale and v_scale, found a null pointer";
  if (scales.count != 1 && scales.count != kv_heads) return "expected one scale, or one per KV head";
  return nullptr;
}

const char* refusal_of_shape(const Problem& p) {
  if (!known(p.format)) return "expected a known cache format";
  if (p.heads < 1 || p.kv_heads < 1 || p.heads % p.kv_heads != 0)
    return "expected query heads to be a multiple of KV heads";
  if (p.block_size < 1) return "expected a block size of at least 1";
  if (p.sequences < 0 || p.max_blocks < 0) return "expected non-negative counts of sequences and blocks";
  if (p.window < 0) return "expected a window of 0 (off) or more";
  if (!(p.softcap >= 0)) return "expected a softcap of 0 (off) or more";
  if (p.threads < 0) return "expected a thread count of 0 (all) or more";
  return nullptr;
}

const char* refusal_of_sequence(const Problem& p, int64_t sequence) {
  const int32_t length = p.seq_lens[sequence];
  if (length < 0 || length > kLongestSequence) return "expected sequence lengths of 0..2^30";
  if (p.query_starts != nullptr && p.query_starts[sequence + 1] < p.query_starts[sequence])
    return "expected query_starts that never fall";
  const int64_t needed = (int64_t{length} + p.block_size - 1) / p.block_size;
  if (needed > p.max_blocks) return "expected a block table that covers each sequence";
  const int32_t* table = p.block_tables + sequence * p.max_blocks;
  for (int64_t i = 0; i < needed; ++i)
    if (table[i] < 0 || table[i] >= p.blocks) return "expected block table entries inside the cache";
  return nullptr;
}

const char* refusal_of_sequences(const Problem& p) {
  if (p.sequences == 0) return nullptr;
  if (p.seq_lens == nullptr || (p.block_tables == nullptr && p.max_blocks > 0)) return "expected block tables and lengths";
  if (p.query_starts != nullptr && p.query_starts[0] != 0) return "expected query_starts to begin with 0";
  for (int64_t n = 0; n < p.sequences; ++n)
    if (const char* reason = refusal_of_sequence(p, n)) return reason;
  if (p.query == nullptr || p.out == nullptr) return "expected a query and an output buffer";
  return nullptr;
}

bool slots_fit(const WriteProblem& p) {
  const int64_t slots = p.blocks * p.block_size;
  return std::all_of(p.slot_mapping, p.slot_mapping + p.tokens, [=](int64_t slot) { return slot >= -1 && slot < slots; });
}

const char* refusal_of_writers(const WriteProblem& p) {
  for (const Scales* scales : {&p.k_scale, &p.v_scale})
    for (int32_t i = 0; i < scales->count; ++i)
      if (const char* reason = refusal(p.format, p.writer, scales->values[i])) return reason;
  return nullptr;
}

}  // namespace

const char* refusal(const Problem& p) {
  const char* reason = refusal_of_shape(p);
  if (!reason) reason = refusal_of_scales(p.k_scale, p.kv_heads);
  if (!reason) reason = refusal_of_scales(p.v_scale, p.kv_heads);
  if (!reason && p.blocks > 0) reason = refusal_of_pool(p.key_cache, p.key, p.blocks, p.block_size, p.kv_heads);
  if (!reason && p.blocks > 0) reason = refusal_of_pool(p.value_cache, p.value, p.blocks, p.block_size, p.kv_heads);
  if (!reason) reason = refusal_of_sequences(p);
  return reason;
}

const char* refusal(const WriteProblem& p) {
  if (p.kv_heads < 1 || p.block_size < 1 || p.blocks < 1 || p.tokens < 0 || p.threads < 0)
    return "expected positive shapes for the pages to write";
  const char* reason = refusal_of_scales(p.k_scale, p.kv_heads);
  if (!reason) reason = refusal_of_scales(p.v_scale, p.kv_heads);
  if (!reason) reason = refusal_of_writers(p);
  if (!reason) reason = refusal_of_pool(p.key_cache, p.key, p.blocks, p.block_size, p.kv_heads);
  if (!reason) reason = refusal_of_pool(p.value_cache, p.value, p.blocks, p.block_size, p.kv_heads);
  if (reason || p.tokens == 0) return reason;
  if (!p.keys || !p.values || !p.slot_mapping) return "expected keys, values and a slot mapping";
  if (!apart(p.key, p.blocks, p.block_size, p.kv_heads) || !apart(p.value, p.blocks, p.block_size, p.kv_heads))
    return "expected rows of the pages apart, found strides that make them overlap";
  return slots_fit(p) ? nullptr : "expected slots of -1 or inside the pages";
}

const char* refusal(Format format, Writer writer, float scale) {
  if (!known(format)) return "expected a known cache format";
  if (!(scale > 0) || std::isinf(scale)) return "expected a positive finite scale to divide by";
  if (writer == Writer::cuda_rne) return nullptr;
  if (writer != Writer::vllm_cpu_trunc) return "expected a known cache writer";
  return format == Format::e4m3fn || format == Format::e5m2
             ? nullptr
             : "expected e4m3fn or e5m2 for the vllm-cpu writer, which knows no other format";
}

}  // namespace kvscale
