// The operations of a decoder layer other than products, in float64 between float32 arrays: they take little of its
// time. Plain loops over independent lanes that compilers vectorise; no contraction, so that every instruction set
// computes the same bits. All `static`: each source keeps its own copy.
#pragma once

#include <cmath>

#include "../fp8.h"
#include "operations.h"

namespace kvscale::cpu {

constexpr int kLanes = 16;    // sums side by side
constexpr int kColumns = 512; // numbers handled at a stretch

static inline uint64_t bits_of_double(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline double double_of(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

constexpr double kFactorials[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800, 39916800, 479001600, 6227020800};
constexpr int kExact = 13;   // powers of the exponential's series that float64 needs
constexpr int kRoughly = 8;  // that leave an error of 2e-10: nothing where the result is rounded to float32

/** exp(x) for x <= 0 by so many powers; 0 below -708. NaN stays NaN. */
template <int Powers>
static inline double exp_below(double x) {
  const double bounded = x < -708 ? -708 : x;
  // Adding 1.5 * 2^52 leaves no fraction bits, and puts the whole number into the lowest ones.
  const double shifted = bounded * 1.44269504088896340736 + 0x1.8p52;
  const double n = shifted - 0x1.8p52;
  // ln 2 in two parts: the first has trailing zeros, so that n times it is exact (fdlibm e_exp.c).
  const double r = bounded - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10;
  double p = 1 / kFactorials[Powers];
#pragma GCC unroll 16
  for (int power = Powers - 1; power >= 0; --power) p = p * r + 1 / kFactorials[power];
  const double result = p * double_of((bits_of_double(shifted) + 1023) << 52);
  return x < -708 ? 0 : result;
}

/** x / (1 + e^-y): by e^-|y|, which cannot overflow. */
static inline double times_sigmoid(double x, double y) {
  const double e = exp_below<kRoughly>(y > 0 ? -y : y);
  return (y > 0 ? x : x * e) / (1 + e);
}

static inline double activated(Activation activation, double x) {
  if (activation == Activation::silu) return times_sigmoid(x, x);
  // (1 + tanh u) / 2 is the sigmoid of 2 u; 2 sqrt(2 / pi) times the cubic.
  if (activation == Activation::gelu_tanh) return times_sigmoid(x, 1.5957691216057308 * (x + 0.044715 * x * x * x));
  return x * std::erfc(-0.70710678118654752440 * x) / 2;
}

/** Copies pass through arrays of their own: where the output may be an input, compilers would give up on vectors. */
template <Activation A>
static inline void gate_span(const float* gate, const float* up, float* output, int64_t count) {
  float x[kColumns] = {}, y[kColumns] = {};
  for (int64_t at = 0; at < count; at += kColumns) {
    const size_t bytes = sizeof(float) * static_cast<size_t>(count - at < kColumns ? count - at : kColumns);
    memcpy(x, gate + at, bytes);
    memcpy(y, up + at, bytes);
    for (int i = 0; i < kColumns; ++i) x[i] = static_cast<float>(activated(A, x[i]) * y[i]);
    memcpy(output + at, x, bytes);
  }
}

static void gate_part(const Gate& task, int64_t begin, int64_t end) {
  const float *gate = task.gate + begin, *up = task.up + begin;
  float* output = task.output + begin;
  if (task.activation == Activation::silu) return gate_span<Activation::silu>(gate, up, output, end - begin);
  if (task.activation == Activation::gelu) return gate_span<Activation::gelu>(gate, up, output, end - begin);
  gate_span<Activation::gelu_tanh>(gate, up, output, end - begin);
}

/** Sum over lanes, pairwise. */
static inline double sum_of(double* lanes) {
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  return lanes[0];
}

static void norm_row(const RmsNorm& task, int64_t row) {
  const float* input = task.input + row * task.width;
  float* output = task.output + row * task.width;
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= task.width; i += kLanes)
    for (int l = 0; l < kLanes; ++l) lanes[l] += double{input[i + l]} * double{input[i + l]};
  for (int l = 0; i < task.width; ++i, ++l) lanes[l] += double{input[i]} * double{input[i]};
  const double factor = 1 / std::sqrt(sum_of(lanes) / static_cast<double>(task.width) + task.epsilon);
  const double offset = task.offset;
  float part[kColumns] = {};
  for (int64_t at = 0; at < task.width; at += kColumns) {
    const size_t count = static_cast<size_t>(task.width - at < kColumns ? task.width - at : kColumns);
    memcpy(part, input + at, sizeof(float) * count);
    const float* weight = task.weight + at;
    for (size_t k = 0; k < count; ++k) part[k] = static_cast<float>(double{part[k]} * factor * (offset + double{weight[k]}));
    memcpy(output + at, part, sizeof(float) * count);
  }
}

static void rotate_token(const Rotate& task, int64_t token) {
  const int32_t half = task.features / 2;
  const float* cos = task.cos + int64_t{task.positions[token]} * half;
  const float* sin = task.sin + int64_t{task.positions[token]} * half;
  float* head = task.values + token * task.heads * task.head_size;
  for (int32_t h = 0; h < task.heads; ++h, head += task.head_size)
    for (int32_t i = 0; i < half; ++i) {
      const double first = head[i], second = head[half + i], c = cos[i], s = sin[i];
      head[i] = static_cast<float>(first * c - second * s);
      head[half + i] = static_cast<float>(second * c + first * s);
    }
}

/** Some columns of a row as float64, capped; -inf beyond `count`. */
static inline void load_logits(const float* row, int count, double softcap, double* logits) {
  for (int i = 0; i < count; ++i) logits[i] = row[i];
  if (softcap > 0)
    for (int i = 0; i < count; ++i) {
      const double y = logits[i] / softcap;
      const double e = exp_below<kExact>(y > 0 ? -2 * y : 2 * y);
      const double tanh = (1 - e) / (1 + e);
      logits[i] = softcap * (y < 0 ? -tanh : tanh);
    }
  for (int i = count; i < kColumns; ++i) logits[i] = -__builtin_inf();
}

static inline double largest_of(const double* logits) {
  double lanes[kLanes];
  for (double& lane : lanes) lane = -__builtin_inf();
  for (int i = 0; i < kColumns; i += kLanes)
    for (int l = 0; l < kLanes; ++l) lanes[l] = logits[i + l] > lanes[l] ? logits[i + l] : lanes[l];
  double largest = lanes[0];
  for (double lane : lanes) largest = lane > largest ? lane : largest;
  return largest;
}

/** A new maximum shrinks what was summed relative to the old one; `cross` is relative to that of stream 0. */
static inline void raise_max(const Logits& task, int64_t row, int64_t first, const double* logits) {
  const double largest = largest_of(logits), before = task.max[row];
  if (!(largest > before)) return;
  int at = 0;
  while (logits[at] != largest) ++at;
  task.max[row] = largest;
  task.top[row] = static_cast<int32_t>(first + at);
  const double shrink = std::exp(before - largest);
  task.sum[row] *= shrink;
  if (row < task.tokens)
    for (int64_t stream = 0; stream < task.streams; ++stream) task.cross[stream * task.tokens + row] *= shrink;
}

/** What is impossible weighs nothing: infinity less infinity would be NaN. */
static inline double base_of(double max) { return max == -__builtin_inf() ? 0 : max; }

static inline double sum_of_weights(const double* logits, double max) {
  const double base = base_of(max);
  double lanes[kLanes] = {};
  for (int i = 0; i < kColumns; i += kLanes)
    for (int l = 0; l < kLanes; ++l) lanes[l] += exp_below<kExact>(logits[i + l] - base);
  return sum_of(lanes);
}

static inline double sum_of_differences(const double* first, const double* logits, double max) {
  const double base = base_of(max);
  double lanes[kLanes] = {};
  for (int i = 0; i < kColumns; i += kLanes)
    for (int l = 0; l < kLanes; ++l) {
      const double product = exp_below<kExact>(first[i + l] - base) * (first[i + l] - logits[i + l]);
      lanes[l] += first[i + l] == -__builtin_inf() ? 0 : product;
    }
  return sum_of(lanes);
}

static void take_token(const Logits& task, int64_t token) {
  alignas(64) double first[kColumns], own[kColumns];
  for (int64_t at = 0; at < task.width; at += kColumns) {
    const int count = static_cast<int>(task.width - at < kColumns ? task.width - at : kColumns);
    const int64_t target = task.targets[token] < 0 ? -1 : task.targets[token] - task.first - at;
    for (int64_t stream = 0; stream < task.streams; ++stream) {
      const int64_t row = stream * task.tokens + token;
      double* logits = stream == 0 ? first : own;
      load_logits(task.logits + row * task.width + at, count, task.softcap, logits);
      raise_max(task, row, task.first + at, logits);
      task.sum[row] += sum_of_weights(logits, task.max[row]);
      task.cross[row] += stream == 0 ? 0 * task.sum[row] : sum_of_differences(first, logits, task.max[token]);
      if (target >= 0 && target < count) task.target[row] = logits[target];
    }
  }
}

}  // namespace kvscale::cpu
