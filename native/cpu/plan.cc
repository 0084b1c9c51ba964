#include "plan.h"

#include <algorithm>

namespace kvscale::cpu {
namespace {

/** Splits a piece over its keys. A prefill has parallelism enough in its positions and is never split. */
void add_parts(Plan& plan, Piece piece, bool decode) {
  const int32_t first = piece.begin / kPartition;
  const int32_t last = piece.end > piece.begin ? (piece.end - 1) / kPartition : first;
  if (!decode || first == last) {
    plan.pieces.push_back(piece);
    return;
  }
  const int32_t begin = piece.begin, end = piece.end;
  piece.parts = last - first + 1;
  piece.partial = plan.partials;
  piece.join = plan.joins++;
  plan.partials += piece.parts;
  for (piece.part = 0; piece.part < piece.parts; ++piece.part) {
    piece.begin = std::max(begin, (first + piece.part) * kPartition);
    piece.end = std::min(end, (first + piece.part + 1) * kPartition);
    plan.pieces.push_back(piece);
  }
}

void add_sequence(Plan& plan, const Problem& p, int64_t sequence) {
  const int64_t token = p.query_starts ? p.query_starts[sequence] : sequence;
  const int32_t queries = p.query_starts ? p.query_starts[sequence + 1] - p.query_starts[sequence] : 1;
  const int32_t step = std::max(1, kPieceRows / (p.heads / p.kv_heads));
  for (int32_t i = 0; i < queries; i += step) {
    const int32_t positions = std::min(step, queries - i);
    const int32_t position = p.seq_lens[sequence] - queries + i;
    const int32_t end = std::max(0, position + positions);
    const int32_t begin = std::min(end, first_visible(p, position));
    for (int32_t kv_head = 0; kv_head < p.kv_heads; ++kv_head)
      add_parts(plan, {sequence, token + i, position, positions, kv_head, begin, end, 0, 1, 0, 0}, queries == 1);
  }
}

}  // namespace

Plan plan_of(const Problem& problem) {
  Plan plan;
  for (int64_t n = 0; n < problem.sequences; ++n) add_sequence(plan, problem, n);
  return plan;
}

}  // namespace kvscale::cpu
