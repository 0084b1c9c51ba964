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

void Fixture::solve_row(int64_t sequence, int32_t position, int64_t token, int head) {
  const int kv_head = head / (shape.heads / shape.kv_heads);
  const double k = k_scale[k_scale.size() == 1 ? 0 : kv_head], v = v_scale[v_scale.size() == 1 ? 0 : kv_head];
  const double scale = problem().softmax_scale;
  const int32_t first = shape.window > 0 ? std::max(0, position - shape.window + 1) : 0;
  const float* q = &query[(token * shape.heads + head) * key.head_size];
  std::vector<double> logits;
  for (int32_t j = first; j <= position; ++j) {
    double dot = 0;
    const int64_t at = row(key, sequence, j, kv_head);
    for (int i = 0; i < key.head_size; ++i) dot += double{q[i]} * (element(0, at + i) * k);
    double logit = dot * scale;
    if (shape.softcap > 0) logit = shape.softcap * std::tanh(logit / shape.softcap);
    if (shape.alibi) logit += double{alibi[head]} * (j - position);
    logits.push_back(logit);
  }
  double peak = shape.sinks ? sinks[head] : -std::numeric_limits<double>::infinity();
  for (double logit : logits) peak = std::max(peak, logit);
  double total = shape.sinks ? std::exp(sinks[head] - peak) : 0;
  double* answer = &expected[(token * shape.heads + head) * value.head_size];
  for (size_t n = 0; n < logits.size(); ++n) {
    const double weight = std::exp(logits[n] - peak);
    total += weight;
    const int64_t at = row(value, sequence, first + static_cast<int32_t>(n), kv_head);
    for (int i = 0; i < value.head_size; ++i) {
      const double x = element(value_offset, at + i) * v;
      largest_value = std::max(largest_value, std::fabs(x));
      value_squares += x * x, ++values_seen;
      answer[i] += weight * x;
    }
  }
  for (int i = 0; i < value.head_size; ++i) answer[i] = logits.empty() ? 0 : answer[i] / total;
  expected_lse[token * shape.heads + head] = total > 0 ? peak + std::log(total) : -std::numeric_limits<double>::infinity();
}

void Fixture::solve() {
  expected.assign(out.size(), 0.0);
  expected_lse.assign(lse.size(), 0.0);
  for (size_t n = 0; n < lengths.size(); ++n) {
    const int32_t queries = starts.empty() ? 1 : starts[n + 1] - starts[n];
    for (int32_t i = 0; i < queries; ++i)
      for (int head = 0; head < shape.heads; ++head)
        solve_row(static_cast<int64_t>(n), lengths[n] - queries + i, (starts.empty() ? static_cast<int32_t>(n) : starts[n]) + i, head);
  }
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
