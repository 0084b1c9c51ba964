// Attention problems made from a description: a cache scattered over random pages, every byte that no sequence owns
// set to NaN, and the float64 answer for the very bytes that the kernel reads.
#pragma once

#include <string>
#include <vector>

#include "../contract.h"

namespace kvscale::test {

enum class Data { normal, small_values, outliers, key_offset, constant_values, one_hot };
enum class Scaling { unit, mixed, amax448, amax256, per_head, tiny, huge };
enum class Order { nhd, hnd, hnd_joint, nhd_joint };

struct Case {
  std::string label;
  int heads = 8, kv_heads = 2;
  int head_size = 128, value_size = 0;  // 0: as head_size
  int block_size = 16;
  std::vector<int32_t> lengths = {213};
  std::vector<int32_t> queries = {};  // per sequence; empty: decode
  Format format = Format::e4m3fn;
  Scaling scaling = Scaling::mixed;
  Data data = Data::normal;
  Order order = Order::hnd;
  int window = 0;
  float softcap = 0;
  bool alibi = false, sinks = false;
  float softmax_scale = 0;      // 0: head_size^-0.5
  bool bf16_query = true;       // false: queries that BF16 cannot hold
};

/** Owns the buffers of a Problem. `problem()` points into it. */
class Fixture {
 public:
  explicit Fixture(const Case& shape);

  Problem problem();

  const Case shape;
  int64_t tokens = 0;
  int64_t blocks = 0;
  int64_t max_blocks = 0;
  std::vector<int32_t> tables, lengths, starts;
  std::vector<uint8_t> pool;  // both caches, as bytes
  Layout key{}, value{};
  int64_t value_offset = 0;   // of the value cache in `pool`, bytes
  std::vector<float> k_scale, v_scale, query, alibi, sinks, out, lse;

  /** Float64 attention over the same bytes. Fills expected [tokens, heads, value size] and its lse. */
  void solve();
  std::vector<double> expected, expected_lse;
  double largest_value = 0;  // max |V| that a query can see, dequantised
  double value_squares = 0, values_seen = 0;  // for the rms of what queries see

 private:
  void lay_out();
  void fill_pages();
  void draw_scales(double key_amax, double value_amax);
  void draw_queries();
  int64_t row(const Layout& layout, int64_t sequence, int32_t position, int kv_head) const;
  double element(int64_t pool_bytes, int64_t index) const;
  float softmax_scale() const;
  std::vector<double> dequantised(const Layout& layout, int64_t sequence, int kv_head) const;
  std::vector<double> logits_of(const double* keys, int32_t first, int32_t position, const float* q, int head) const;
  void solve_row(const double* keys, const double* values, int32_t position, int64_t token, int head);
  void solve_head(int64_t sequence, int head);
};

/** What a kernel made of a solved fixture. */
struct Deviation {
  double relative = 0;     // L2 of the difference over L2 of the expected
  double largest = 0;      // largest absolute difference
  double cosine_gap = 0;   // 1 - cosine
  double lse = 0;          // largest absolute difference of lse
  double worst_loose = 0;  // largest min(|d| / (1e-2 * rms V), |d| / (2.01/128 * |expected|)): the bar is 1
  bool finite_alike = true;
};

Deviation deviation(const Fixture& fixture);

}  // namespace kvscale::test
