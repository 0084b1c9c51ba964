#include "plan.h"

#include <algorithm>

namespace kvscale::cpu {
namespace {

bool decodes(const Problem& p, int64_t sequence) {
  return p.query_starts == nullptr || p.query_starts[sequence + 1] - p.query_starts[sequence] == 1;
}

/** How many KV heads a decode piece takes: as many as leave kEnoughPieces, in equal shares. */
int32_t heads_together(const Problem& p) {
  int64_t parts = 0;
  for (int64_t n = 0; n < p.sequences; ++n)
    if (decodes(p, n)) parts += (p.seq_lens[n] - first_visible(p, p.seq_lens[n] - 1)) / kPartition + 1;
  const int64_t most = std::min<int64_t>(p.kv_heads, parts * p.kv_heads / kEnoughPieces);
  int32_t heads = static_cast<int32_t>(std::max<int64_t>(1, most));
  while (p.kv_heads % heads != 0) --heads;
  return heads;
}

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
    const int32_t heads = queries == 1 ? plan.together : 1;
    for (int32_t kv_head = 0; kv_head < p.kv_heads; kv_head += heads)
      add_parts(plan, {sequence, token + i, position, positions, kv_head, heads, begin, end, 0, 1, 0, 0}, queries == 1);
  }
}

}  // namespace

Plan plan_of(const Problem& problem) {
  Plan plan;
  plan.together = heads_together(problem);
  for (int64_t n = 0; n < problem.sequences; ++n) add_sequence(plan, problem, n);
  return plan;
}

}  // namespace kvscale::cpu
