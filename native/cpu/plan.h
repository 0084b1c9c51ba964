// The pieces of an attention call. They follow from the problem alone, never from the number of threads; so does the
// order in which partial results are merged, and with it every bit of the output.
#pragma once

#include <cstdint>
#include <vector>

#include "../contract.h"

namespace kvscale::cpu {

/** Keys handled by one piece of a decode call: long sequences are split at multiples of this. */
constexpr int32_t kPartition = 1024;

/** Query rows (positions x heads of a group) of one piece; one position is never split. */
constexpr int32_t kPieceRows = 32;

/**
 * A decode piece takes several KV heads where so many pieces are left: blocks are then read whole instead of page by
 * page. Heads know nothing of each other, so this changes no result.
 */
constexpr int64_t kEnoughPieces = 64;

/** Neighbouring query positions of one sequence, neighbouring KV heads, one range of keys. */
struct Piece {
  int64_t sequence;
  int64_t token;         // first query token
  int32_t position;      // position of that token in its sequence
  int32_t positions;     // neighbours handled together
  int32_t kv_head;       // first KV head
  int32_t kv_heads;
  int32_t begin, end;    // keys
  int32_t part, parts;   // this range among those of the same rows
  int64_t partial;       // index of the first part's partial state, when parts > 1
  int64_t join;          // index of the counter that tells the last part, when parts > 1
};

struct Plan {
  std::vector<Piece> pieces;
  int32_t together = 1;  // KV heads of a decode piece
  int64_t partials = 0;
  int64_t joins = 0;
};

Plan plan_of(const Problem& problem);

/** First key that the query at `position` sees; keys first .. position are visible. */
inline int32_t first_visible(const Problem& problem, int32_t position) {
  return problem.window > 0 && position + 1 > problem.window ? position + 1 - problem.window : 0;
}

}  // namespace kvscale::cpu
