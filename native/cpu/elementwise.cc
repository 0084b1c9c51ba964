// The contract's rms_norm(), rotate(), gate() and take_logits(): rows, tokens or stretches shared among a team.
#include <algorithm>

#include "../refusal.h"
#include "operations.h"
#include "team.h"

namespace kvscale {
namespace cpu {
namespace {

/** Numbers that are worth a thread's start. */
constexpr int64_t kShare = 1 << 15;

/** Runs `work(begin, end)` over 0 .. count - 1 in shares of about kShare numbers, of which each step has `size`. */
template <class Task, class Work>
const char* in_shares(const Task& task, int64_t count, int64_t size, Work work) {
  const int64_t step = std::max<int64_t>(1, kShare / std::max<int64_t>(1, size));
  const int64_t shares = (count + step - 1) / step;
  return run_team(team_size(task.threads, shares), shares, task.cancel,
                  [&](int32_t, int64_t item) { work(item * step, std::min(count, (item + 1) * step)); });
}

/** Refuses, chooses an instruction set and runs. */
template <class Task, class Run>
const char* begin(const Task& task, Run run) {
  const char* reason = refusal(task);
  const Operations* operations = reason ? nullptr : choose_operations(task.isa, &reason);
  return reason ? reason : run(*operations);
}

/** The same over steps that an operation takes one at a time. */
template <class Task>
const char* step_by_step(const Task& task, int64_t count, int64_t size,
                         void (*Operations::*operation)(const Task&, int64_t)) {
  return begin(task, [&](const Operations& operations) {
    return in_shares(task, count, size, [&](int64_t first, int64_t end) {
      for (int64_t i = first; i < end; ++i) (operations.*operation)(task, i);
    });
  });
}

}  // namespace
}  // namespace cpu

const char* rms_norm(const RmsNorm& task) {
  return cpu::step_by_step(task, task.rows, task.width, &cpu::Operations::norm);
}

const char* rotate(const Rotate& task) {
  return cpu::step_by_step(task, task.tokens, int64_t{task.heads} * task.features, &cpu::Operations::rotate);
}

const char* take_logits(const Logits& task) {
  return cpu::step_by_step(task, task.tokens, task.streams * task.width, &cpu::Operations::logits);
}

const char* gate(const Gate& task) {
  return cpu::begin(task, [&](const cpu::Operations& operations) {
    return cpu::in_shares(task, task.count, 1, [&](int64_t begin, int64_t end) { operations.gate(task, begin, end); });
  });
}

}  // namespace kvscale
