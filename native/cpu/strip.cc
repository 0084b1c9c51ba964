#include "strip.h"

namespace kvscale::cpu {

/** What the next head, or the next tile, will read. */
struct Strip::Lookout {
  Ahead keys, values;
};

struct Strip::Span {
  const Listed* keys;
  int32_t row, rows;       // of the piece
  const uint8_t* queries;  // prepared, in blocks from `row`
  const Lookout* ahead;
};

namespace {

int64_t padded(int64_t size) { return (size + kHeadBlock - 1) / kHeadBlock * kHeadBlock; }

/** Positions within a tile by place in its list: in order, and as whole tiles are listed. */
struct Places {
  float in_order[kTile], in_turns[kTile];
  constexpr Places() : in_order{}, in_turns{} {
    for (int i = 0; i < kTile; ++i) {
      in_order[i] = static_cast<float>(i);
      in_turns[turn_of(i)] = static_cast<float>(i);
    }
  }
};
alignas(64) constexpr Places kPlaces;

}  // namespace

Shape shape_of(const Problem& p, const Kernels& kernels, const Plan& plan) {
  const int32_t group = p.heads / p.kv_heads;
  const int32_t rows = std::max(plan.together * group, std::max(group, kPieceRows));
  return {&p, &kernels, group, rows, padded(p.key.head_size), padded(p.value.head_size)};
}

Strip::Strip(const Shape& shape)
    : shape_(shape),
      zeros_(static_cast<size_t>(4 * std::max(shape.query_pitch, shape.out_pitch))),
      queries_(static_cast<size_t>(shape.rows * shape.query_pitch * shape.kernels->query_bytes)),
      edge_queries_(static_cast<size_t>(shape.group * shape.query_pitch * shape.kernels->query_bytes)),
      sums_(static_cast<size_t>(shape.rows * shape.out_pitch)),
      peaks_(static_cast<size_t>(shape.rows)),
      masses_(static_cast<size_t>(shape.rows)),
      totals_(static_cast<size_t>(shape.rows)) {}

void Strip::empty(const Piece& piece) {
  head_rows_ = piece.positions * shape_.group;
  rows_ = piece.kv_heads * head_rows_;
  std::fill_n(peaks_.begin(), rows_, kEmptyPeak);
  std::fill_n(masses_.begin(), rows_, 0.0f);
  std::fill_n(totals_.begin(), rows_, 0.0f);
  std::fill_n(sums_.begin(), rows_ * shape_.out_pitch, 0.0f);
}

void Strip::run(const Piece& piece) {
  const Problem& p = *shape_.problem;
  empty(piece);
  if (piece.begin == piece.end) return;
  key_rows_ = rows_of(p, p.key_cache, p.key, piece.sequence, piece.kv_head, zeros_.data());
  value_rows_ = rows_of(p, p.value_cache, p.value, piece.sequence, piece.kv_head, zeros_.data());
  load(piece);
  next_->tokens = 0;
  // Tiles end at multiples of kTile, so that a key's place in its tile does not depend on where the piece began.
  for (int32_t begin = piece.begin, end; begin < piece.end; begin = end) {
    end = std::min(piece.end, (begin / kTile + 1) * kTile);
    tile(piece, begin, end);
    if (p.cancel != nullptr && p.cancel->load(std::memory_order_relaxed) != 0) return;
  }
}

/** Prepares the queries of all rows, unless the parts of a long sequence follow each other and they are there. */
void Strip::load(const Piece& piece) {
  if (loaded_.positions == piece.positions && loaded_.token == piece.token && loaded_.kv_head == piece.kv_head &&
      loaded_.kv_heads == piece.kv_heads)
    return;
  const int64_t bytes = head_rows_ * shape_.query_pitch * shape_.kernels->query_bytes;
  for (int32_t i = 0; i < piece.kv_heads; ++i) prepare(piece, i * head_rows_, head_rows_, &queries_[i * bytes]);
  loaded_ = piece;
}

/** Prepares rows of one KV head in blocks of kRowBlock. */
void Strip::prepare(const Piece& piece, int32_t row, int32_t rows, uint8_t* prepared) {
  const Problem& p = *shape_.problem;
  const int64_t size = p.key.head_size;
  const int64_t kv_head = piece.kv_head + row / head_rows_;
  for (int32_t first = 0; first < rows; first += kRowBlock) {
    const float* queries[kRowBlock];
    const int32_t count = std::min(kRowBlock, rows - first);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t at = (row + first + i) % head_rows_;
      queries[i] = p.query + ((piece.token + at / shape_.group) * p.heads + kv_head * shape_.group + at % shape_.group) * size;
    }
    shape_.kernels->prepare(queries, count, static_cast<int>(size), shape_.query_pitch,
                            prepared + first * shape_.query_pitch * shape_.kernels->query_bytes);
  }
}

void Strip::list(int32_t begin, int32_t tokens, Listed& listed) const {
  listed.begin = begin, listed.tokens = tokens;
  key_rows_.list(begin, tokens, listed.keys);
  value_rows_.list(begin, tokens, listed.values);
}

/** To the same keys of the next KV head. */
void Strip::move_on(Listed& listed) const {
  for (int32_t i = 0; i < listed.tokens; ++i) listed.keys[i] += key_rows_.head_bytes;
  for (int32_t i = 0; i < listed.tokens; ++i) listed.values[i] += value_rows_.head_bytes;
}

void Strip::tile(const Piece& piece, int32_t begin, int32_t end) {
  std::swap(now_, next_);
  if (now_->begin != begin || now_->tokens != end - begin) list(begin, end - begin, *now_);
  // Beyond this piece but within the sequence: the next piece is likely the next to run.
  list(end, std::min(kTile, shape_.problem->seq_lens[piece.sequence] - end), *next_);
  for (int32_t i = 0; i < piece.kv_heads - 1; ++i) {
    head(piece, i, {{now_->keys, key_rows_.head_bytes}, {now_->values, value_rows_.head_bytes}});
    move_on(*now_);
  }
  head(piece, piece.kv_heads - 1, {{next_->keys, 0}, {next_->values, 0}});
}

/** Whether every position of the piece sees all these keys. */
bool Strip::sees_all(const Piece& piece, const Listed& keys) const {
  const int32_t last = piece.position + piece.positions - 1;
  return keys.begin + keys.tokens <= piece.position + 1 && keys.begin >= first_visible(*shape_.problem, last);
}

void Strip::head(const Piece& piece, int32_t index, const Lookout& ahead) {
  const int32_t row = index * head_rows_;
  const uint8_t* queries = &queries_[row * shape_.query_pitch * shape_.kernels->query_bytes];
  if (sees_all(piece, *now_)) return attend(piece, {now_, row, head_rows_, queries, &ahead});
  for (int32_t i = 0; i < piece.positions; ++i) edge(piece, row + i * shape_.group, i, ahead);
}

/**
 * At a causal or window edge each position takes just the keys it sees. Masking them instead would multiply unseen
 * values by zero, and a NaN among them would reach rows that must not know of it.
 */
void Strip::edge(const Piece& piece, int32_t row, int32_t index, const Lookout& ahead) {
  const int32_t position = piece.position + index;
  const int32_t from = std::max(now_->begin, first_visible(*shape_.problem, position));
  const int32_t tokens = std::min(now_->begin + now_->tokens, position + 1) - from;
  if (tokens <= 0) return;
  Listed seen;
  list(from, tokens, seen);
  for (int32_t i = 0; i < row / head_rows_; ++i) move_on(seen);
  prepare(piece, row, shape_.group, edge_queries_.data());
  attend(piece, {&seen, row, shape_.group, edge_queries_.data(), &ahead});
}

void Strip::attend(const Piece& piece, const Span& span) {
  for (int32_t i = 0; i < span.rows; i += kRowBlock) block(piece, span, i, std::min(kRowBlock, span.rows - i));
}

void Strip::block(const Piece& piece, const Span& span, int32_t from, int32_t rows) {
  const Problem& p = *shape_.problem;
  const Kernels& kernels = *shape_.kernels;
  const Listed& listed = *span.keys;
  const int format = static_cast<int>(p.format);
  const int32_t row = span.row + from;
  kernels.score[format]({span.queries + from * shape_.query_pitch * kernels.query_bytes, shape_.query_pitch, rows,
                         listed.keys, span.ahead->keys, listed.tokens, p.key.head_size, scores_});
  for (int32_t slot = 0; slot < rows; ++slot) weigh(piece, row + slot, listed, slot);
  const void* weights = kernels.bf16 ? static_cast<const void*>(bf16_) : scores_;
  kernels.gather[format]({weights, rows, listed.values, span.ahead->values, listed.tokens, p.value.head_size, decays_,
                          &sums_[row * shape_.out_pitch], shape_.out_pitch});
}

void Strip::weigh(const Piece& piece, int32_t row, const Listed& keys, int32_t slot) {
  const Problem& p = *shape_.problem;
  const int32_t kv_head = piece.kv_head + row / head_rows_, within = row % head_rows_;
  const int64_t head = int64_t{kv_head} * shape_.group + within % shape_.group;
  SoftmaxTask task;
  task.scores = scores_ + slot * kTile;
  task.bf16 = shape_.kernels->bf16 ? bf16_ + slot * kTile : nullptr;
  task.tokens = keys.tokens;
  task.scale = p.softmax_scale * p.k_scale.values[p.k_scale.count == 1 ? 0 : kv_head];
  task.softcap = p.softcap;
  task.slope = p.alibi != nullptr ? p.alibi[head] : 0.0f;
  task.offset = static_cast<float>(keys.begin - (piece.position + within / shape_.group));
  task.places = keys.tokens == kTile ? kPlaces.in_turns : kPlaces.in_order;
  task.peak = peaks_[row];
  task.mass = masses_[row];
  task.total = totals_[row];
  shape_.kernels->softmax(task);
  peaks_[row] = task.peak;
  masses_[row] = task.mass;
  totals_[row] = task.total;
  decays_[slot] = task.decay;
}

}  // namespace kvscale::cpu
