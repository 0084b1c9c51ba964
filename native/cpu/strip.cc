#include "strip.h"

namespace kvscale::cpu {

struct Strip::Span {
  int32_t begin;  // first key
  int32_t tokens;
  const uint8_t* const* keys;
  const uint8_t* const* values;
  const std::vector<uint8_t>* queries;  // prepared, in blocks from the first row that attends
};

namespace {

int64_t padded(int64_t size) { return (size + kHeadBlock - 1) / kHeadBlock * kHeadBlock; }

}  // namespace

Shape shape_of(const Problem& p, const Kernels& kernels) {
  const int32_t group = p.heads / p.kv_heads;
  return {&p, &kernels, group, std::max(group, kPieceRows), padded(p.key.head_size), padded(p.value.head_size)};
}

Strip::Strip(const Shape& shape)
    : shape_(shape),
      zeros_(static_cast<size_t>(4 * std::max(shape.query_pitch, shape.out_pitch))),
      queries_(static_cast<size_t>(shape.rows * shape.query_pitch * shape.kernels->query_bytes)),
      edge_queries_(queries_.size()),
      sums_(static_cast<size_t>(shape.rows * shape.out_pitch)),
      peaks_(static_cast<size_t>(shape.rows)),
      masses_(static_cast<size_t>(shape.rows)),
      totals_(static_cast<size_t>(shape.rows)) {}

void Strip::run(const Piece& piece) {
  const Problem& p = *shape_.problem;
  rows_ = piece.positions * shape_.group;
  std::fill(peaks_.begin(), peaks_.end(), kEmptyPeak);
  std::fill(masses_.begin(), masses_.end(), 0.0f);
  std::fill(totals_.begin(), totals_.end(), 0.0f);
  std::fill(sums_.begin(), sums_.end(), 0.0f);
  if (piece.begin == piece.end) return;
  key_rows_ = rows_of(p, p.key_cache, p.key, piece.sequence, piece.kv_head, zeros_.data());
  value_rows_ = rows_of(p, p.value_cache, p.value, piece.sequence, piece.kv_head, zeros_.data());
  load(piece, 0, rows_, queries_);
  // Tiles end at multiples of kTile, so that a key's place in its tile does not depend on where the piece began.
  for (int32_t begin = piece.begin, end; begin < piece.end; begin = end) {
    end = std::min(piece.end, (begin / kTile + 1) * kTile);
    tile(piece, begin, end);
    if (p.cancel != nullptr && p.cancel->load(std::memory_order_relaxed) != 0) return;
  }
}

/** Prepares rows `row` .. `row + rows - 1` in blocks of kRowBlock. */
void Strip::load(const Piece& piece, int32_t row, int32_t rows, std::vector<uint8_t>& prepared) {
  const Problem& p = *shape_.problem;
  const int64_t size = p.key.head_size;
  for (int32_t first = 0; first < rows; first += kRowBlock) {
    const float* queries[kRowBlock];
    const int32_t count = std::min(kRowBlock, rows - first);
    for (int32_t i = 0; i < count; ++i) {
      const int32_t at = row + first + i;
      const int64_t head = int64_t{piece.kv_head} * shape_.group + at % shape_.group;
      queries[i] = p.query + ((piece.token + at / shape_.group) * p.heads + head) * size;
    }
    shape_.kernels->prepare(queries, count, static_cast<int>(size), shape_.query_pitch,
                            &prepared[first * shape_.query_pitch * shape_.kernels->query_bytes]);
  }
}

/** Whether every position of the piece sees every key of the range. */
bool Strip::sees_all(const Piece& piece, int32_t begin, int32_t end) const {
  const int32_t last = piece.position + piece.positions - 1;
  return end <= piece.position + 1 && begin >= first_visible(*shape_.problem, last);
}

void Strip::tile(const Piece& piece, int32_t begin, int32_t end) {
  key_rows_.list(begin, end - begin, keys_);
  value_rows_.list(begin, end - begin, values_);
  // Beyond this piece but within the sequence: the next piece is likely the next to run.
  const int32_t ahead = std::min(kTile, shape_.problem->seq_lens[piece.sequence] - end);
  key_rows_.list(end, ahead, keys_ahead_);
  value_rows_.list(end, ahead, values_ahead_);
  if (sees_all(piece, begin, end)) return attend(piece, 0, rows_, {begin, end - begin, keys_, values_, &queries_});
  for (int32_t i = 0; i < piece.positions; ++i) edge(piece, i, begin, end);
}

/**
 * At a causal or window edge each position takes just the keys it sees. Masking them instead would multiply unseen
 * values by zero, and a NaN among them would reach rows that must not know of it.
 */
void Strip::edge(const Piece& piece, int32_t index, int32_t begin, int32_t end) {
  const int32_t position = piece.position + index;
  const int32_t from = std::max(begin, first_visible(*shape_.problem, position));
  const int32_t tokens = std::min(end, position + 1) - from;
  if (tokens <= 0) return;
  const uint8_t* keys[kListed];
  const uint8_t* values[kListed];
  key_rows_.list(from, tokens, keys);
  value_rows_.list(from, tokens, values);
  load(piece, index * shape_.group, shape_.group, edge_queries_);
  attend(piece, index * shape_.group, shape_.group, {from, tokens, keys, values, &edge_queries_});
}

void Strip::attend(const Piece& piece, int32_t row, int32_t rows, const Span& span) {
  const int64_t stride = shape_.query_pitch * shape_.kernels->query_bytes;
  for (int32_t i = 0; i < rows; i += kRowBlock)
    block(piece, row + i, std::min(kRowBlock, rows - i), span, &(*span.queries)[i * stride]);
}

void Strip::block(const Piece& piece, int32_t row, int32_t rows, const Span& span, const uint8_t* queries) {
  const Problem& p = *shape_.problem;
  const Kernels& kernels = *shape_.kernels;
  const int format = static_cast<int>(p.format);
  kernels.score[format](
      {queries, shape_.query_pitch, rows, span.keys, keys_ahead_, span.tokens, p.key.head_size, scores_});
  for (int32_t slot = 0; slot < rows; ++slot) weigh(piece, row + slot, span, slot);
  const void* weights = kernels.bf16 ? static_cast<const void*>(bf16_) : scores_;
  kernels.gather[format]({weights, rows, span.values, values_ahead_, span.tokens, p.value.head_size, decays_,
                          &sums_[row * shape_.out_pitch], shape_.out_pitch});
}

void Strip::weigh(const Piece& piece, int32_t row, const Span& span, int32_t slot) {
  const Problem& p = *shape_.problem;
  const int64_t head = int64_t{piece.kv_head} * shape_.group + row % shape_.group;
  const int32_t position = piece.position + row / shape_.group;
  SoftmaxTask task;
  task.scores = scores_ + slot * kTile;
  task.bf16 = shape_.kernels->bf16 ? bf16_ + slot * kTile : nullptr;
  task.tokens = span.tokens;
  task.scale = p.softmax_scale * p.k_scale.values[p.k_scale.count == 1 ? 0 : piece.kv_head];
  task.softcap = p.softcap;
  task.slope = p.alibi != nullptr ? p.alibi[head] : 0.0f;
  task.offset = static_cast<float>(span.begin - position);
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
