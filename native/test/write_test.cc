// write_cache() of the contract: the codes of native/fp8.h in the right places, and no other byte touched.
#include <algorithm>
#include <cstring>

#include "../half.h"
#include "expect.h"
#include "isas.h"
#include "random.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr uint8_t kUntouched = 0xA7;
constexpr int kHeads = 3, kBlock = 4, kBlocks = 5, kKeySize = 33, kValueSize = 16;

/** Rows for some slots, pools of NHD pages that hold kUntouched, and what they should hold afterwards. */
struct Rows {
  Format format = Format::e4m3fn;
  Writer writer = Writer::cuda_rne;
  std::vector<int64_t> slots = {3, 17, -1, 0, 9, 17, -1, 19};
  std::vector<float> k_scale = {0.5f}, v_scale = {0.03f};
  std::vector<float> keys = drawn(kKeySize), values = drawn(kValueSize);
  std::vector<uint8_t> key_pool = untouched(kKeySize), value_pool = untouched(kValueSize);

  std::vector<float> drawn(int size) const {
    Random random(static_cast<uint64_t>(size));
    std::vector<float> rows(slots.size() * kHeads * size);
    for (float& x : rows) x = static_cast<float>(random.normal());
    return rows;
  }
  std::vector<uint8_t> untouched(int size) const {
    return std::vector<uint8_t>(static_cast<size_t>(kBlocks * kBlock * kHeads * size * element_bytes(format)), kUntouched);
  }
  Layout layout(int size) const { return {kBlocks * kBlock * kHeads * size, kBlock * kHeads * size, kHeads * size, size, size}; }

  WriteProblem problem() {
    key_pool = untouched(kKeySize), value_pool = untouched(kValueSize);
    return {format, writer, kHeads, kBlock, kBlocks, static_cast<int64_t>(slots.size()),
            key_pool.data(), layout(kKeySize), value_pool.data(), layout(kValueSize), keys.data(), values.data(), slots.data(),
            {k_scale.data(), static_cast<int32_t>(k_scale.size())}, {v_scale.data(), static_cast<int32_t>(v_scale.size())},
            1, nullptr, nullptr};
  }

  uint32_t code(float value, float scale) const {
    if (format == Format::f32) return bits_of(value / scale);
    if (format == Format::f16) return encode_f16_bits(bits_of(value / scale));
    if (format == Format::bf16) return encode_bf16_bits(bits_of(value / scale));
    return writer == Writer::cuda_rne ? encode(fp8(format), value, scale) : encode_truncating(fp8(format), value, 1 / scale);
  }
  std::vector<uint8_t> expected(const std::vector<float>& rows, const std::vector<float>& scales, int size) const {
    std::vector<uint8_t> pool = untouched(size);
    const size_t bytes = static_cast<size_t>(element_bytes(format));
    for (size_t t = 0; t < slots.size(); ++t)
      for (int i = 0; slots[t] >= 0 && i < kHeads * size; ++i) {
        const uint32_t written = code(rows[t * kHeads * size + i], scales[scales.size() == 1 ? 0 : i / size]);
        std::memcpy(&pool[(slots[t] * kHeads * size + i) * bytes], &written, bytes);
      }
    return pool;
  }
  bool right() const { return key_pool == expected(keys, k_scale, kKeySize) && value_pool == expected(values, v_scale, kValueSize); }
};

/** Among the slots: -1 twice, which is skipped, and 17 twice, of which the last wins. */
void rows_go_to_their_slots(Rows rows) {
  for (const Isa& isa : usable_isas())
    for (int32_t threads : {1, 2, 7, 0}) {
      WriteProblem p = rows.problem();
      p.isa = isa.name, p.threads = threads;
      expect(write_cache(p) == nullptr, "written");
      expect(rows.right(), isa.name);
    }
}

void every_format_and_writer() {
  for (int format = 0; format < kFormats; ++format)
    for (Writer writer : {Writer::cuda_rne, Writer::vllm_cpu_trunc}) {
      Rows rows;
      rows.format = static_cast<Format>(format), rows.writer = writer;
      if (writer == Writer::cuda_rne || rows.format == Format::e4m3fn || rows.format == Format::e5m2) rows_go_to_their_slots(rows);
    }
}

void scales_per_head() {
  Rows rows;
  rows.k_scale = {0.5f, 0.125f, 3.0f}, rows.v_scale = {0.01f, 1.0f, 0.3f};
  rows_go_to_their_slots(rows);
}

/** Keys and values side by side in one pool, heads before slots: the strides decide, nothing else. */
void strides_decide() {
  Rows rows;
  const int64_t width = kKeySize + kValueSize, count = kBlocks * kHeads * kBlock * width;
  for (const Isa& isa : usable_isas()) {
    std::vector<uint8_t> pool(static_cast<size_t>(count), kUntouched);
    WriteProblem p = rows.problem();
    p.isa = isa.name;
    p.key_cache = pool.data(), p.value_cache = pool.data() + kKeySize;
    p.key = {count, kHeads * kBlock * width, width, kBlock * width, kKeySize};
    p.value = {count - kKeySize, p.key.block_stride, p.key.slot_stride, p.key.head_stride, kValueSize};
    expect(write_cache(p) == nullptr, "written");
    const auto keys = rows.expected(rows.keys, rows.k_scale, kKeySize), values = rows.expected(rows.values, rows.v_scale, kValueSize);
    bool right = true;
    for (int64_t row = 0; row < kBlocks * kBlock * kHeads; ++row) {
      const int64_t slot = row / kHeads, head = row % kHeads;
      const uint8_t* at = &pool[(slot / kBlock * kHeads * kBlock + head * kBlock + slot % kBlock) * width];
      right = right && std::equal(at, at + kKeySize, &keys[row * kKeySize]) &&
              std::equal(at + kKeySize, at + width, &values[row * kValueSize]);
    }
    expect(right, isa.name);
  }
}

void cancelled_writes_say_so() {
  Rows rows;
  const std::atomic<int32_t> raised{1};
  WriteProblem p = rows.problem();
  p.cancel = &raised;
  expect(write_cache(p) == kCancelled, "cancelled");
}

}  // namespace

const std::vector<Test> kWriteTests = {
    {"write: every format and writer, slots skipped and repeated, any thread count", every_format_and_writer},
    {"write: scales per head", scales_per_head},
    {"write: the strides decide where rows go", strides_decide},
    {"write: a raised flag stops it", cancelled_writes_say_so},
};

}  // namespace kvscale::test
