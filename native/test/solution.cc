// The float64 answer to a fixture, written the slow way: softmax(scale * q.k) . v per query, no tiles, no folding.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "fixture.h"
#include "oracle.h"

namespace kvscale::test {

int64_t Fixture::row(const Layout& layout, int64_t sequence, int32_t position, int kv_head) const {
  const int64_t block = tables[sequence * max_blocks + position / shape.block_size];
  return block * layout.block_stride + position % shape.block_size * layout.slot_stride + kv_head * layout.head_stride;
}

double Fixture::element(int64_t pool_bytes, int64_t index) const {
  const int width = element_bytes(shape.format);
  uint32_t code = 0;
  std::memcpy(&code, &pool[pool_bytes + index * width], width);
  float as_float;
  std::memcpy(&as_float, &code, 4);
  static double table[kFormats][65536];
  static bool made[kFormats];
  const int f = static_cast<int>(shape.format);
  if (width == 4) return as_float;
  for (uint32_t i = 0; !made[f] && i < (width == 1 ? 256u : 65536u); ++i) table[f][i] = oracle_value(shape.format, i);
  made[f] = true;
  return table[f][code];
}

/** Keys 0 .. length-1 of one KV head of one pool, dequantised: [length][head size]. */
std::vector<double> Fixture::dequantised(const Layout& layout, int64_t sequence, int kv_head) const {
  const bool is_key = &layout == &key;
  const std::vector<float>& scales = is_key ? k_scale : v_scale;
  const double scale = scales[scales.size() == 1 ? 0 : kv_head];
  std::vector<double> rows;
  rows.reserve(static_cast<size_t>(lengths[sequence]) * layout.head_size);
  for (int32_t j = 0; j < lengths[sequence]; ++j) {
    const int64_t at = row(layout, sequence, j, kv_head);
    for (int i = 0; i < layout.head_size; ++i) rows.push_back(element(is_key ? 0 : value_offset, at + i) * scale);
  }
  return rows;
}

/** Logits of keys `first` .. position. */
std::vector<double> Fixture::logits_of(const double* keys, int32_t first, int32_t position, const float* q, int head) const {
  const double scale = softmax_scale();
  std::vector<double> logits;
  for (int32_t j = first; j <= position; ++j) {
    double dot = 0;
    for (int i = 0; i < key.head_size; ++i) dot += double{q[i]} * keys[int64_t{j} * key.head_size + i];
    double logit = dot * scale;
    if (shape.softcap > 0) logit = shape.softcap * std::tanh(logit / shape.softcap);
    if (shape.alibi) logit += double{alibi[head]} * (j - position);
    logits.push_back(logit);
  }
  return logits;
}

void Fixture::solve_row(const double* keys, const double* values, int32_t position, int64_t token, int head) {
  const int32_t first = shape.window > 0 ? std::max(0, position - shape.window + 1) : 0;
  const std::vector<double> logits = logits_of(keys, first, position, &query[(token * shape.heads + head) * key.head_size], head);
  double peak = shape.sinks ? sinks[head] : -std::numeric_limits<double>::infinity();
  for (double logit : logits) peak = std::max(peak, logit);
  double total = shape.sinks ? std::exp(sinks[head] - peak) : 0;
  double* answer = &expected[(token * shape.heads + head) * value.head_size];
  for (size_t n = 0; n < logits.size(); ++n) {
    const double weight = std::exp(logits[n] - peak);
    total += weight;
    const double* x = values + (first + static_cast<int64_t>(n)) * value.head_size;
    for (int i = 0; i < value.head_size; ++i) {
      largest_value = std::max(largest_value, std::fabs(x[i]));
      value_squares += x[i] * x[i];
      answer[i] += weight * x[i];
    }
    values_seen += value.head_size;
  }
  for (int i = 0; i < value.head_size; ++i) answer[i] = logits.empty() ? 0 : answer[i] / total;
  expected_lse[token * shape.heads + head] = total > 0 ? peak + std::log(total) : -std::numeric_limits<double>::infinity();
}

void Fixture::solve_head(int64_t sequence, int head) {
  const int kv_head = head / (shape.heads / shape.kv_heads);
  const std::vector<double> keys = dequantised(key, sequence, kv_head), values = dequantised(value, sequence, kv_head);
  const int32_t queries = starts.empty() ? 1 : starts[sequence + 1] - starts[sequence];
  const int64_t token = starts.empty() ? sequence : starts[sequence];
  for (int32_t i = 0; i < queries; ++i)
    solve_row(keys.data(), values.data(), lengths[sequence] - queries + i, token + i, head);
}

void Fixture::solve() {
  expected.assign(out.size(), 0.0);
  expected_lse.assign(lse.size(), 0.0);
  for (size_t n = 0; n < lengths.size(); ++n)
    for (int head = 0; head < shape.heads; ++head) solve_head(static_cast<int64_t>(n), head);
}

Deviation deviation(const Fixture& f) {
  Deviation d;
  const double rms = std::sqrt(f.value_squares / std::max(1.0, f.values_seen));
  double error = 0, norm = 0, found_norm = 0, dot = 0;
  for (size_t i = 0; i < f.out.size(); ++i) {
    const double found = f.out[i], wanted = f.expected[i], gap = std::fabs(found - wanted);
    if (std::isnan(found) || std::isnan(wanted)) {
      d.finite_alike = d.finite_alike && std::isnan(found) == std::isnan(wanted);
      continue;
    }
    error += gap * gap, norm += wanted * wanted, found_norm += found * found, dot += found * wanted;
    d.largest = std::max(d.largest, gap);
    if (gap > 0) d.worst_loose = std::max(d.worst_loose, std::min(gap / (1e-2 * rms), gap / (2.01 / 128 * std::fabs(wanted))));
  }
  for (size_t i = 0; i < f.lse.size(); ++i) {
    const double found = f.lse[i], wanted = f.expected_lse[i];
    if (std::isfinite(wanted)) d.lse = std::max(d.lse, std::isfinite(found) ? std::fabs(found - wanted) : 1e9);
    else d.finite_alike = d.finite_alike && (std::isnan(wanted) ? std::isnan(found) : found == wanted);
  }
  d.relative = norm > 0 ? std::sqrt(error / norm) : std::sqrt(error);
  d.cosine_gap = norm > 0 ? 1 - dot / std::sqrt(norm * found_norm) : 0;
  return d;
}

}  // namespace kvscale::test
