// The state of online softmax for one query row: the largest logit so far, the sum of weights relative to it (and the
// same sum of the weights as rounded for the values), and the weighted sum of values. Empty is (-inf, 0, 0, zeros);
// merging with empty changes nothing.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace kvscale::cpu {

constexpr float kEmptyPeak = -std::numeric_limits<float>::infinity();

struct State {
  float peak;
  float mass;   // what lse is made of
  float total;  // what the sum is divided by
  float* sum;  // [size]
};

/** Weight of a state whose peak was `peak` when seen from `top`; 0 for an empty one, whatever `top` is. */
inline double share(float peak, float top) {
  return peak == kEmptyPeak ? 0.0 : std::exp(double{peak} - double{top});
}

/** Adds `other` to `state`. Not associative in floating point: callers merge in a fixed order. */
inline void merge(State& state, const State& other, int size) {
  // A NaN peak must win, so that a poisoned part poisons the whole.
  const float top = std::isnan(other.peak) || other.peak > state.peak ? other.peak : state.peak;
  const float mine = static_cast<float>(share(state.peak, top));
  const float theirs = static_cast<float>(share(other.peak, top));
  for (int i = 0; i < size; ++i) state.sum[i] = state.sum[i] * mine + other.sum[i] * theirs;
  state.mass = state.mass * mine + other.mass * theirs;
  state.total = state.total * mine + other.total * theirs;
  state.peak = top;
}

/** Writes the attention output of a state, `sink` being a logit without a value (-inf: none). Returns lse. */
inline float finish(const State& state, float sink, float v_scale, int size, float* out) {
  const float top = std::isnan(state.peak) || state.peak > sink ? state.peak : sink;
  const double mine = share(state.peak, top);
  const double extra = share(sink, top);
  const double total = state.total * mine + extra;
  if (total == 0) {
    std::fill(out, out + size, 0.0f);
    return kEmptyPeak;
  }
  // One rounding per element: the factor is kept in double.
  const double factor = v_scale * mine / total;
  for (int i = 0; i < size; ++i) out[i] = static_cast<float>(state.sum[i] * factor);
  return static_cast<float>(top + std::log(state.mass * mine + extra));
}

}  // namespace kvscale::cpu
