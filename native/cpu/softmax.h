// exp, tanh and the online softmax on a lane type L (see float_kernels.h), which adds here
//   div round(to even) below(x, y, a, b) = x < y ? a : b   power(n) = 2^n, n integral in [-126, 127]   highest
//   narrow(bf16*, v)   stores v rounded to BF16 and returns the rounded value; only where has_bf16
#pragma once

#include "kernels.h"

namespace kvscale::cpu {

/** exp(x) for x <= 0, within 2 ulp; below 2^-126 it is 0. NaN stays NaN. */
template <class L>
static inline typename L::Vec exp_of(typename L::Vec x) {
  const auto n = L::round(L::mul(x, L::set(1.44269504088896341f)));
  // ln 2 in two parts: the first has trailing zeros, so that n times it is exact.
  auto r = L::fma(n, L::set(-0.693359375f), x);
  r = L::fma(n, L::set(2.12194440e-4f), r);
  // Minimax polynomial of exp on [-ln 2 / 2, ln 2 / 2] (Cephes expf).
  auto p = L::fma(L::set(1.9875691500e-4f), r, L::set(1.3981999507e-3f));
  p = L::fma(p, r, L::set(8.3334519073e-3f));
  p = L::fma(p, r, L::set(4.1665795894e-2f));
  p = L::fma(p, r, L::set(1.6666665459e-1f));
  p = L::fma(p, r, L::set(5.0000001201e-1f));
  p = L::add(L::fma(L::mul(r, r), p, r), L::set(1.0f));
  return L::below(x, L::set(-87.3f), L::zero(), L::mul(p, L::power(n)));
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

/** Scores to logits in place; lanes beyond `tokens` become -inf. Returns the largest. */
template <class L>
static inline float logits_of(const SoftmaxTask& task, int padded) {
  auto peak = L::set(-__builtin_inff());
  const float step = task.slope;
  for (int t = 0; t < padded; t += L::width) {
    auto logit = L::mul(L::load(task.scores + t), L::set(task.scale));
    if (task.softcap > 0)
      logit = L::mul(tanh_of<L>(L::div(logit, L::set(task.softcap))), L::set(task.softcap));
    const auto position = L::add(L::iota(), L::set(static_cast<float>(t)));
    if (step != 0) logit = L::fma(L::add(position, L::set(task.offset)), L::set(step), logit);
    logit = L::below(position, L::set(static_cast<float>(task.tokens)), logit, L::set(-__builtin_inff()));
    L::store(task.scores + t, logit);
    peak = L::max(peak, logit);
  }
  return L::highest(peak);
}

template <class L>
static void softmax(SoftmaxTask& task) {
  const int padded = (task.tokens + kTokenBlock - 1) / kTokenBlock * kTokenBlock;
  const float old_peak = task.peak;
  const float tile_peak = logits_of<L>(task, padded);
  task.peak = tile_peak > old_peak ? tile_peak : old_peak;
  // While everything is -inf the state is empty: subtracting 0 instead of the peak keeps weights and decay at 0.
  const float base = task.peak == -__builtin_inff() ? 0.0f : task.peak;
  auto mass = L::zero(), total = L::zero();
  for (int t = 0; t < padded; t += L::width) {
    auto weight = exp_of<L>(L::sub(L::load(task.scores + t), L::set(base)));
    mass = L::add(mass, weight);
    // Normalising by the sum of the rounded weights keeps a constant V constant.
    if constexpr (L::has_bf16)
      if (task.bf16 != nullptr) weight = L::narrow(task.bf16 + t, weight);
    L::store(task.scores + t, weight);
    total = L::add(total, weight);
  }
  float decay[L::width];
  L::store(decay, exp_of<L>(L::set(old_peak - base)));
  task.decay = decay[0];
  task.mass = task.mass * task.decay + L::sum(mass);
  task.total = task.total * task.decay + L::sum(total);
}

}  // namespace kvscale::cpu
