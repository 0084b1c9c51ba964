// The contract's attend() on the CPU: refuse, plan, run the pieces on a team, join what was split.
#include <memory>
#include <new>
#include <vector>

#include "../refusal.h"
#include "arithmetics.h"
#include "strip.h"
#include "team.h"

namespace kvscale {
namespace cpu {
namespace {

/** The partial states of split sequences: [partials][rows of a piece], each with its peak, mass, total and sum. */
class Partials {
 public:
  Partials(const Plan& plan, const Shape& shape)
      : rows_(plan.together * shape.group),
        size_(shape.problem->value.head_size),
        data_(static_cast<size_t>(plan.partials * rows_ * (size_ + 3))),
        done_(static_cast<size_t>(plan.joins)) {}

  void keep(const Piece& piece, Strip& strip) {
    for (int32_t row = 0; row < strip.rows(); ++row) {
      const State state = strip.state(row);
      float* kept = slot(piece.partial + piece.part, row);
      kept[0] = state.peak;
      kept[1] = state.mass;
      kept[2] = state.total;
      std::copy(state.sum, state.sum + size_, kept + 3);
    }
  }

  /** True for the part that came last: it sees what all others kept. */
  bool complete(const Piece& piece) { return done_[piece.join].fetch_add(1, std::memory_order_acq_rel) + 1 == piece.parts; }

  /** All parts of a row, merged in the order of their keys. */
  State merged(const Piece& piece, int32_t row) {
    State state = at(piece.partial, row);
    for (int32_t part = 1; part < piece.parts; ++part) merge(state, at(piece.partial + part, row), size_);
    return state;
  }

 private:
  float* slot(int64_t partial, int32_t row) { return &data_[(partial * rows_ + row) * (size_ + 3)]; }
  State at(int64_t partial, int32_t row) {
    float* kept = slot(partial, row);
    return {kept[0], kept[1], kept[2], kept + 3};
  }

  const int32_t rows_;
  const int32_t size_;
  std::vector<float> data_;
  std::vector<std::atomic<int32_t>> done_;
};

void write_row(const Problem& p, const Piece& piece, int32_t group, int32_t row, const State& state) {
  const int32_t kv_head = piece.kv_head + row / (piece.positions * group);
  const int64_t head = int64_t{kv_head} * group + row % group;
  const int64_t index = (piece.token + row / group % piece.positions) * p.heads + head;
  const float v_scale = p.v_scale.values[p.v_scale.count == 1 ? 0 : kv_head];
  const float sink = p.sinks != nullptr ? p.sinks[head] : kEmptyPeak;
  const int32_t size = p.value.head_size;
  const float lse = finish(state, sink, v_scale, size, p.out + index * size);
  if (p.lse != nullptr) p.lse[index] = lse;
}

void run_piece(const Piece& piece, const Shape& shape, Strip& strip, Partials& partials) {
  strip.run(piece);
  if (piece.parts == 1) {
    for (int32_t row = 0; row < strip.rows(); ++row) write_row(*shape.problem, piece, shape.group, row, strip.state(row));
    return;
  }
  partials.keep(piece, strip);
  if (!partials.complete(piece)) return;
  for (int32_t row = 0; row < strip.rows(); ++row)
    write_row(*shape.problem, piece, shape.group, row, partials.merged(piece, row));
}

const char* run(const Problem& p, const Kernels& kernels) {
  const Plan plan = plan_of(p);
  const Shape shape = shape_of(p, kernels, plan);
  Partials partials(plan, shape);
  const int64_t count = static_cast<int64_t>(plan.pieces.size());
  const int32_t members = team_size(p.threads, count);
  std::vector<std::unique_ptr<Strip>> strips;
  for (int32_t i = 0; i < members; ++i) strips.push_back(std::make_unique<Strip>(shape));
  return run_team(members, count, p.cancel, [&](int32_t member, int64_t item) {
    run_piece(plan.pieces[item], shape, *strips[member], partials);
  });
}

const Kernels& kernels_for(const Problem& p, const Arithmetic& arithmetic) {
  const bool fast = arithmetic.fast != nullptr && !p.precise && arithmetic.fast->score[static_cast<int>(p.format)];
  return fast ? *arithmetic.fast : *arithmetic.precise;
}

}  // namespace
}  // namespace cpu

const char* attend(const Problem& problem) {
  const char* reason = refusal(problem);
  const cpu::Arithmetic* arithmetic = reason ? nullptr : cpu::choose(problem.isa, &reason);
  if (reason) return reason;
  try {
    return cpu::run(problem, cpu::kernels_for(problem, *arithmetic));
  } catch (const std::bad_alloc&) {
    return "expected memory for partial results, found none left";
  }
}

}  // namespace kvscale
