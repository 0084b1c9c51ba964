// One decode problem to be timed: a single sequence over pages, and plain reads of the same pages.
#pragma once

#include <memory>
#include <vector>

#include "../contract.h"

namespace kvscale::bench {

struct Setting {
  Format format;
  int32_t kv_heads;
  int32_t group;     // query heads of a KV head
  int32_t length;    // keys of the sequence
  int32_t head_size;
  int32_t block_size;
  bool shuffled;     // the block table, as after hours of serving; else ascending, as in a fresh cache
};

class Decode {
 public:
  explicit Decode(const Setting& setting);

  /** Bytes of K and V that one call must read. */
  int64_t bytes() const { return bytes_; }
  const uint8_t* data() const { return pool_.get(); }

  /** Runs once; returns seconds, or prints the reason and exits. */
  double run(const char* isa, bool precise, int threads);
  Problem problem() const;

  /** Reads every block of K, then of V, whole and in the order of the table. Returns seconds; one thread. */
  double read_blocks() const;
  /** Reads rows in the order, and with the prefetches, of the kernel. Returns seconds; one thread. */
  double read_as_kernel() const;
  const std::vector<float>& output() const { return out_; }

 private:
  const Setting setting_;
  const float scale_;
  const int64_t bytes_;
  std::unique_ptr<uint8_t[], void (*)(void*)> pool_;
  std::vector<int32_t> table_;
  std::vector<float> query_;
  mutable std::vector<float> out_;
};

/** Largest difference of two outputs over the largest value. */
double gap(const std::vector<float>& a, const std::vector<float>& b);

/**
 * Seconds since some fixed moment: for one thread those that it ran, so that a machine shared with others measures the
 * same as an idle one (but for caches and memory); for several, those of the wall clock.
 */
double now(int threads);

}  // namespace kvscale::bench
