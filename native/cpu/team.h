// Threads for one call: work items are numbered, each is done once by whoever is free. Results may depend on the
// item, never on the thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

namespace kvscale::cpu {

/** How many threads a call with `threads` asked for and `items` to do should use. */
int32_t team_size(int32_t threads, int64_t items);

/**
 * Runs `work(member, item)` for every item in 0..items-1 on `members` threads, the caller being one of them, in the
 * default floating-point mode. Stops early when `cancel` is raised. Returns nullptr, kCancelled, or why not.
 */
const char* run_team(int32_t members, int64_t items, const std::atomic<int32_t>* cancel,
                     const std::function<void(int32_t, int64_t)>& work);

/** Whether the caller wants to stop. */
inline bool cancelled(const std::atomic<int32_t>* cancel) {
  return cancel != nullptr && cancel->load(std::memory_order_relaxed) != 0;
}

}  // namespace kvscale::cpu
