#include "fixture.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "../half.h"
#include "expect.h"
#include "random.h"

namespace kvscale::test {
namespace {

/** A NaN of every format, byte by byte where a format is one byte wide. */
std::vector<uint8_t> poison(Format format, int64_t elements) {
  std::vector<uint8_t> bytes(static_cast<size_t>(elements * element_bytes(format)));
  const uint32_t code = format == Format::e4m3fnuz ? 0x80 : format == Format::f16 ? 0x7E00 : format == Format::bf16 ? 0x7FC0
                        : format == Format::f32 ? 0x7FC00000u : 0xFF;
  const size_t width = static_cast<size_t>(element_bytes(format));
  for (size_t i = 0; i < bytes.size(); i += width) std::memcpy(&bytes[i], &code, width);
  return bytes;
}

double draw_key(const Case& shape, Random& random, int feature) {
  const double x = random.normal();
  if (shape.data == Data::outliers && random.uniform() < 1e-3) return x + 10 * random.normal();
  if (shape.data == Data::key_offset && feature == 3) return x + 600;
  if (shape.data == Data::key_offset && feature == 7) return x - 350;
  return x;
}

double draw_value(const Case& shape, Random& random, int feature) {
  if (shape.data == Data::constant_values) return 0.5 + feature % 5;
  if (shape.data == Data::outliers && random.uniform() < 1e-3) return 11 * random.normal();
  return random.normal() * (shape.data == Data::small_values ? 0.02 : 1);
}

float as_bf16(double x) { return float_of(decode_bf16_bits(encode_bf16_bits(bits_of(static_cast<float>(x))))); }

}  // namespace

Fixture::Fixture(const Case& description) : shape(description), lengths(description.lengths) {
  lay_out();
  fill_pages();
  draw_queries();
}

void Fixture::lay_out() {
  const int64_t value_size = shape.value_size ? shape.value_size : shape.head_size;
  int64_t needed = 0;
  for (int32_t length : lengths) {
    max_blocks = std::max<int64_t>(max_blocks, (length + shape.block_size - 1) / shape.block_size);
    needed += (length + shape.block_size - 1) / shape.block_size;
  }
  blocks = needed + 3;
  const int64_t H = shape.kv_heads, S = shape.block_size, K = shape.head_size, V = value_size;
  const bool joint = shape.order == Order::hnd_joint || shape.order == Order::nhd_joint;
  const bool heads_first = shape.order == Order::hnd || shape.order == Order::hnd_joint;
  const auto layout = [&](int64_t size, int64_t width) {
    return Layout{blocks * H * S * width, H * S * width, heads_first ? width : H * width, heads_first ? S * width : width,
                  static_cast<int32_t>(size)};
  };
  key = layout(K, joint ? K + V : K);
  value = layout(V, joint ? K + V : V);
  value_offset = joint ? K : key.elements;
  if (joint) value.elements -= K;
  value_offset *= element_bytes(shape.format);
  pool = poison(shape.format, joint ? key.elements : key.elements + value.elements);
}

/** Random pages for each sequence, then the contract's own writer puts the rows there. */
void Fixture::fill_pages() {
  Random dice(7), random(8);  // two, so that the values do not depend on the pages
  std::vector<int32_t> free_blocks(static_cast<size_t>(blocks));
  std::iota(free_blocks.begin(), free_blocks.end(), 0);
  for (size_t i = free_blocks.size(); i > 1; --i) std::swap(free_blocks[i - 1], free_blocks[dice.below(static_cast<int64_t>(i))]);
  tables.assign(lengths.size() * static_cast<size_t>(max_blocks), -1);
  std::vector<int64_t> slots;
  for (size_t n = 0; n < lengths.size(); ++n)
    for (int32_t t = 0; t < lengths[n]; ++t) {
      int32_t& block = tables[n * max_blocks + t / shape.block_size];
      if (t % shape.block_size == 0) block = free_blocks.back(), free_blocks.pop_back();
      slots.push_back(int64_t{block} * shape.block_size + t % shape.block_size);
    }
  std::vector<float> keys(slots.size() * shape.kv_heads * key.head_size), values(slots.size() * shape.kv_heads * value.head_size);
  double key_amax = 0, value_amax = 0;
  for (size_t i = 0; i < keys.size(); ++i)
    key_amax = std::max<double>(key_amax, std::fabs(keys[i] = static_cast<float>(draw_key(shape, random, static_cast<int>(i % key.head_size)))));
  for (size_t i = 0; i < values.size(); ++i)
    value_amax = std::max<double>(value_amax, std::fabs(values[i] = static_cast<float>(draw_value(shape, random, static_cast<int>(i % value.head_size)))));
  draw_scales(key_amax, value_amax);
  const WriteProblem write{shape.format, Writer::cuda_rne, shape.kv_heads, shape.block_size, blocks, static_cast<int64_t>(slots.size()),
                           pool.data(), key, pool.data() + value_offset, value, keys.data(), values.data(), slots.data(),
                           {k_scale.data(), static_cast<int32_t>(k_scale.size())}, {v_scale.data(), static_cast<int32_t>(v_scale.size())},
                           1, "scalar", nullptr};
  if (const char* reason = write_cache(write)) expect(false, reason);
}

void Fixture::draw_scales(double key_amax, double value_amax) {
  const bool per_head = shape.scaling == Scaling::per_head;
  for (int h = 0; h < (per_head ? shape.kv_heads : 1); ++h) {
    double k = 1, v = 1;
    if (shape.scaling == Scaling::mixed) k = 0.5, v = 0.25;
    if (shape.scaling == Scaling::amax448 || per_head) k = key_amax / 448, v = value_amax / 448;
    if (shape.scaling == Scaling::amax256) k = key_amax / 256, v = value_amax / 256;
    if (shape.scaling == Scaling::tiny) k = v = 0x1p-14;
    if (shape.scaling == Scaling::huge) k = v = 0x1p10;
    k_scale.push_back(static_cast<float>(k * (per_head ? 1 + 0.3 * h : 1)));
    v_scale.push_back(static_cast<float>(v * (per_head ? 2 - 0.14 * h : 1)));
  }
}

void Fixture::draw_queries() {
  Random random(11);
  if (!shape.queries.empty()) starts = {0};
  for (size_t n = 0; n < lengths.size(); ++n) {
    tokens += shape.queries.empty() ? 1 : shape.queries[n];
    if (!shape.queries.empty()) starts.push_back(static_cast<int32_t>(tokens));
  }
  query.resize(static_cast<size_t>(tokens * shape.heads * shape.head_size));
  // One-hot weights: a query so long that one key takes all the weight.
  const double length = shape.data == Data::one_hot ? 400 : 1;
  for (float& x : query) {
    const double drawn = length * random.normal();
    x = shape.bf16_query ? as_bf16(drawn) : static_cast<float>(drawn);
  }
  for (int h = 0; h < shape.heads; ++h) {
    alibi.push_back(static_cast<float>(std::pow(2.0, -8.0 * (h + 1) / shape.heads)));
    sinks.push_back(static_cast<float>(3 * random.normal()));
  }
  out.assign(static_cast<size_t>(tokens * shape.heads) * value.head_size, 12345.0f);
  lse.assign(static_cast<size_t>(tokens * shape.heads), 12345.0f);
}

float Fixture::softmax_scale() const {
  return shape.softmax_scale != 0 ? shape.softmax_scale : 1 / std::sqrt(static_cast<float>(shape.head_size));
}

Problem Fixture::problem() {
  Problem p{};
  p.format = shape.format;
  p.heads = shape.heads, p.kv_heads = shape.kv_heads, p.block_size = shape.block_size;
  p.blocks = blocks, p.sequences = static_cast<int64_t>(lengths.size()), p.max_blocks = max_blocks;
  p.key_cache = pool.data(), p.key = key;
  p.value_cache = pool.data() + value_offset, p.value = value;
  p.block_tables = tables.data(), p.seq_lens = lengths.data();
  p.query_starts = starts.empty() ? nullptr : starts.data();
  p.query = query.data();
  p.softmax_scale = softmax_scale();
  p.k_scale = {k_scale.data(), static_cast<int32_t>(k_scale.size())};
  p.v_scale = {v_scale.data(), static_cast<int32_t>(v_scale.size())};
  p.window = shape.window, p.softcap = shape.softcap;
  p.alibi = shape.alibi ? alibi.data() : nullptr;
  p.sinks = shape.sinks ? sinks.data() : nullptr;
  p.out = out.data(), p.lse = lse.data();
  p.threads = 1;
  return p;
}

}  // namespace kvscale::test
