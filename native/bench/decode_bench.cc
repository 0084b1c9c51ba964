#include "decode_bench.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "../half.h"
#include "../test/random.h"

namespace kvscale::bench {
namespace {

using test::Random;

/** Codes of values drawn from N(0, 1): as a calibrated cache holds them. */
void fill(uint8_t* pool, int64_t bytes, Format format) {
  Random random(5);
  std::vector<float> values(1 << 16);
  for (float& value : values) value = static_cast<float>(random.normal());
  const int64_t width = element_bytes(format);
  std::vector<uint8_t> codes(values.size() * static_cast<size_t>(width));
  const float scale = width == 1 ? 0.01f : 1.0f;
  encode(format, Writer::cuda_rne, scale, values.data(), static_cast<int64_t>(values.size()), codes.data(), "scalar");
  const int64_t step = static_cast<int64_t>(codes.size());
  for (int64_t i = 0; i < bytes; i += step) std::copy_n(codes.begin(), std::min(step, bytes - i), pool + i);
}

/** Memory in 2 MiB pages where the system has them, as serving engines allocate caches: pages are then not the roof. */
std::unique_ptr<uint8_t[], void (*)(void*)> make_pool(int64_t bytes) {
  constexpr size_t huge = size_t{1} << 21;
  const size_t size = (static_cast<size_t>(bytes) + huge - 1) / huge * huge;
  auto* memory = static_cast<uint8_t*>(std::aligned_alloc(huge, size));
  if (memory == nullptr) std::fprintf(stderr, "no memory for a cache of %zu bytes\n", size), std::exit(1);
#if defined(__linux__)
  madvise(memory, size, MADV_HUGEPAGE);
#endif
  return {memory, std::free};
}

}  // namespace

Decode::Decode(const Setting& s)
    : setting_(s),
      scale_(element_bytes(s.format) == 1 ? 0.01f : 1.0f),
      bytes_(2 * int64_t{s.length} * s.kv_heads * s.head_size * element_bytes(s.format)),
      pool_(make_pool(bytes_)),
      table_(static_cast<size_t>(s.length / s.block_size)),
      query_(static_cast<size_t>(s.kv_heads * s.group * s.head_size)),
      out_(query_.size()) {
  fill(pool_.get(), bytes_, s.format);
  std::iota(table_.begin(), table_.end(), 0);
  Random random(6);
  for (size_t i = s.shuffled ? table_.size() : 0; i > 1; --i) std::swap(table_[i - 1], table_[random.below(static_cast<int64_t>(i))]);
  for (float& x : query_) x = float_of(decode_bf16_bits(encode_bf16_bits(bits_of(static_cast<float>(random.normal())))));
}

Problem Decode::problem() const {
  const Setting& s = setting_;
  const int64_t H = s.kv_heads, S = s.block_size, D = s.head_size, blocks = static_cast<int64_t>(table_.size());
  // HND, K and V in pools of their own.
  const Layout layout{blocks * H * S * D, H * S * D, D, S * D, s.head_size};
  Problem p{};
  p.format = s.format, p.heads = s.kv_heads * s.group, p.kv_heads = s.kv_heads, p.block_size = s.block_size;
  p.blocks = blocks, p.sequences = 1, p.max_blocks = blocks;
  p.key_cache = pool_.get(), p.key = layout;
  p.value_cache = pool_.get() + bytes_ / 2, p.value = layout;
  p.block_tables = table_.data(), p.seq_lens = &s.length, p.query = query_.data();
  p.softmax_scale = 1 / std::sqrt(static_cast<float>(s.head_size));
  p.k_scale = {&scale_, 1}, p.v_scale = {&scale_, 1};
  p.out = out_.data();
  return p;
}

double Decode::run(const char* isa, bool precise, int threads) {
  Problem p = problem();
  p.precise = precise, p.threads = threads, p.isa = isa;
  const double begin = now(threads);
  const char* reason = attend(p);
  if (reason != nullptr) std::fprintf(stderr, "%s\n", reason), std::exit(1);
  return now(threads) - begin;
}

double gap(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0, difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max<double>(largest, std::fabs(a[i]));
    difference = std::max<double>(difference, std::fabs(double{a[i]} - double{b[i]}));
    if (std::isnan(a[i]) || std::isnan(b[i])) return 1;
  }
  return difference / largest;
}

double now(int threads) {
  timespec time;
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace kvscale::bench
