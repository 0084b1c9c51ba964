#include "roof.h"

#include <cstring>
#include <thread>
#include <vector>

namespace kvscale::bench {
namespace {

using Lane = uint64_t __attribute__((vector_size(32)));

// Widest loads that every x86 machine of interest has; two of them fill the load ports of those with wider registers.
#if defined(__x86_64__)
__attribute__((target("avx2")))
#endif
uint64_t read_share(const uint8_t* data, int64_t bytes) {
  Lane sums[8] = {};
  for (int64_t i = 0; i + 256 <= bytes; i += 256)
    for (int k = 0; k < 8; ++k) {
      Lane lane;
      std::memcpy(&lane, data + i + 32 * k, sizeof lane);
      sums[k] ^= lane;
    }
  Lane total = {};
  for (const Lane& sum : sums) total ^= sum;
  return total[0] ^ total[1] ^ total[2] ^ total[3];
}

}  // namespace

#if defined(__x86_64__)
__attribute__((target("avx2")))
#endif
uint64_t read_rows(const uint8_t* const* rows, const uint8_t* const* ahead, int64_t count, int64_t bytes) {
  Lane sums[4] = {};
  for (int64_t r = 0; r < count; ++r)
    for (int64_t i = 0; i + 128 <= bytes; i += 128) {
      if (ahead != nullptr) __builtin_prefetch(ahead[r] + i, 0, 2), __builtin_prefetch(ahead[r] + i + 64, 0, 2);
      for (int k = 0; k < 4; ++k) {
        Lane lane;
        std::memcpy(&lane, rows[r] + i + 32 * k, sizeof lane);
        sums[k] ^= lane;
      }
    }
  const Lane total = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  return total[0] ^ total[1] ^ total[2] ^ total[3];
}

uint64_t read_all(const uint8_t* data, int64_t bytes, int threads) {
  const int64_t share = bytes / threads / 256 * 256;
  std::vector<uint64_t> sums(static_cast<size_t>(threads));
  std::vector<std::thread> team;
  for (int t = 1; t < threads; ++t) team.emplace_back([&, t] { sums[t] = read_share(data + t * share, share); });
  sums[0] = read_share(data, share);
  for (std::thread& member : team) member.join();
  uint64_t total = 0;
  for (uint64_t sum : sums) total ^= sum;
  return total;
}

}  // namespace kvscale::bench
