// exp, tanh and the online softmax on a lane type L (see float_kernels.h), which adds here
//   div round(to even) iota highest   below(x, y, a, b) = x < y ? a : b
//   times_power(p, n) = p * 2^n for integral n in [-217, 0]; may be 0 where the result is below 2^-126
//   narrow(bf16*, v)   stores v rounded to BF16 and returns the rounded value; only where has_bf16
#pragma once

#include "kernels.h"

namespace kvscale::cpu {

/** exp(x) for x <= 0 (or a rounding error above), within 2 ulp; far below it goes to 0. NaN stays NaN. */
template <class L>
static inline typename L::Vec exp_of(typename L::Vec x) {
  // -inf would make NaN below; -150 is 0 already. The bound comes first because max gives its second operand for NaN.
  const auto bounded = L::max(L::set(-150.0f), x);
  const auto n = L::round(L::mul(bounded, L::set(1.44269504088896341f)));
  // ln 2 in two parts: the first has trailing zeros, so that n times it is exact.
  auto r = L::fma(n, L::set(-0.693359375f), bounded);
  r = L::fma(n, L::set(2.12194440e-4f), r);
  // Minimax polynomial of exp on [-ln 2 / 2, ln 2 / 2] (Cephes expf).
  auto p = L::fma(L::set(1.9875691500e-4f), r, L::set(1.3981999507e-3f));
  p = L::fma(p, r, L::set(8.3334519073e-3f));
  p = L::fma(p, r, L::set(4.1665795894e-2f));
  p = L::fma(p, r, L::set(1.6666665459e-1f));
  p = L::fma(p, r, L::set(5.0000001201e-1f));
  return L::times_power(L::add(L::fma(L::mul(r, r), p, r), L::set(1.0f)), n);
}

/** tanh(y): an odd polynomial near zero, where the quotient would cancel (Cephes tanhf), else by exp. */
template <class L>
static inline typename L::Vec tanh_of(typename L::Vec y) {
  const auto size = L::max(y, L::sub(L::zero(), y));
  const auto z = L::mul(y, y);
  auto p = L::fma(L::set(-5.70498872745e-3f), z, L::set(2.06390887954e-2f));
  p = L::fma(p, z, L::set(-5.37397155531e-2f));
  p = L::fma(p, z, L::set(1.33314422036e-1f));
  p = L::fma(p, z, L::set(-3.33332819422e-1f));
  const auto near = L::fma(L::mul(p, z), y, y);
  const auto e = exp_of<L>(L::mul(size, L::set(-2.0f)));
  const auto far = L::div(L::sub(L::set(1.0f), e), L::add(L::set(1.0f), e));
  return L::below(size, L::set(0.625f), near, L::below(y, L::zero(), L::sub(L::zero(), far), far));
}

/** Logits of one register of scores at token t of the tile. */
template <class L>
static inline typename L::Vec logits_at(const SoftmaxTask& task, int t) {
  auto logit = L::mul(L::load(task.scores + t), L::set(task.scale));
  if (task.softcap > 0) logit = L::mul(tanh_of<L>(L::div(logit, L::set(task.softcap))), L::set(task.softcap));
  if (task.slope != 0) {
    const auto distance = L::add(L::load(task.places + t), L::set(task.offset));
    logit = L::fma(distance, L::set(task.slope), logit);
  }
  return logit;
}

/** Scores to logits in place; lanes beyond `tokens` become -inf. Returns the largest. */
template <class L>
static inline float logits_of(const SoftmaxTask& task, int padded) {
  const auto nothing = L::set(-__builtin_inff());
  auto peak = nothing;
  int t = 0;
  for (; t + L::width <= task.tokens; t += L::width) {
    const auto logit = logits_at<L>(task, t);
    L::store(task.scores + t, logit);
    peak = L::max(peak, logit);
  }
  for (; t < padded; t += L::width) {
    const auto left = L::set(static_cast<float>(task.tokens - t));
    const auto logit = L::below(L::iota(), left, logits_at<L>(task, t), nothing);
    L::store(task.scores + t, logit);
    peak = L::max(peak, logit);
  }
  return L::highest(peak);
}

/** Logits to weights in place; returns their sum, and in `total` the sum of what the values will see. */
template <class L>
static inline float weights_of(const SoftmaxTask& task, int padded, float base, float* total) {
  auto mass = L::zero(), rounded = L::zero();
  for (int t = 0; t < padded; t += L::width) {
    const auto weight = exp_of<L>(L::sub(L::load(task.scores + t), L::set(base)));
    mass = L::add(mass, weight);
    if constexpr (L::has_bf16) rounded = L::add(rounded, L::narrow(task.bf16 + t, weight));
    else L::store(task.scores + t, weight);
  }
  const float sum = L::sum(mass);
  // Normalising by the sum of the rounded weights keeps a constant V constant.
  *total = L::has_bf16 ? L::sum(rounded) : sum;
  return sum;
}

template <class L>
static void softmax(SoftmaxTask& task) {
  const int padded = (task.tokens + kTokenBlock - 1) / kTokenBlock * kTokenBlock;
  const float old_peak = task.peak;
  const float tile_peak = logits_of<L>(task, padded);
  task.peak = tile_peak > old_peak ? tile_peak : old_peak;
  // While everything is -inf the state is empty: subtracting 0 instead of the peak keeps weights and decay at 0.
  const float base = task.peak == -__builtin_inff() ? 0.0f : task.peak;
  float total;
  const float mass = weights_of<L>(task, padded, base, &total);
  task.decay = 1;
  if (old_peak != base) {
    float decay[L::width];
    L::store(decay, exp_of<L>(L::set(old_peak - base)));
    task.decay = decay[0];
  }
  task.mass = task.mass * task.decay + mass;
  task.total = task.total * task.decay + total;
}

}  // namespace kvscale::cpu
