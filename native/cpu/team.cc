#include "team.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

#include "../contract.h"
#include "float_environment.h"

namespace kvscale::cpu {

int32_t team_size(int32_t threads, int64_t items) {
  // Asked once: the answer is read from the file system, which takes longer than a small attention call.
  static const int64_t machine = std::max(1u, std::thread::hardware_concurrency());
  const int64_t wanted = threads > 0 ? threads : machine;
  return static_cast<int32_t>(std::max<int64_t>(1, std::min({wanted, items, int64_t{1024}})));
}

const char* run_team(int32_t members, int64_t items, const std::atomic<int32_t>* cancel,
                     const std::function<void(int32_t, int64_t)>& work) {
  std::atomic<int64_t> next{0};
  const auto serve = [&](int32_t member) {
    const FloatEnvironment mode;
    for (int64_t item = next++; item < items && !cancelled(cancel); item = next++) work(member, item);
  };
  std::vector<std::thread> others;
  others.reserve(static_cast<size_t>(members));
  // A thread that cannot be had is no reason to fail: the others take its items.
  try {
    for (int32_t member = 1; member < members; ++member) others.emplace_back(serve, member);
  } catch (const std::exception&) {
  }
  serve(0);
  for (std::thread& other : others) other.join();
  return cancelled(cancel) ? kCancelled : nullptr;
}

}  // namespace kvscale::cpu
