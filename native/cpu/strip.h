// One thread's workplace: the query rows of a piece, their softmax state, and the loop over tiles of keys.
#pragma once

#include <vector>

#include "pages.h"
#include "plan.h"
#include "state.h"

namespace kvscale::cpu {

/** The sizes and the arithmetic that all pieces of a call share. */
struct Shape {
  const Problem* problem;
  const Kernels* kernels;
  int32_t group;        // query heads of a KV head
  int32_t rows;         // most rows of a piece
  int64_t query_pitch;  // padded head sizes
  int64_t out_pitch;
};

Shape shape_of(const Problem& problem, const Kernels& kernels);

class Strip {
 public:
  explicit Strip(const Shape& shape);

  /** Runs a piece from an empty state over its keys. Row r is position r / group, head r % group of the group. */
  void run(const Piece& piece);

  int32_t rows() const { return rows_; }
  State state(int32_t row) { return {peaks_[row], masses_[row], totals_[row], &sums_[row * shape_.out_pitch]}; }

 private:
  struct Span;  // a run of keys within a tile

  void load(const Piece& piece, int32_t row, int32_t rows, std::vector<uint8_t>& prepared);
  void tile(const Piece& piece, int32_t begin, int32_t end);
  void edge(const Piece& piece, int32_t index, int32_t begin, int32_t end);
  void attend(const Piece& piece, int32_t row, int32_t rows, const Span& span);
  void block(const Piece& piece, int32_t row, int32_t rows, const Span& span, const uint8_t* queries);
  void weigh(const Piece& piece, int32_t row, const Span& span, int32_t slot);
  bool sees_all(const Piece& piece, int32_t begin, int32_t end) const;

  const Shape shape_;
  int32_t rows_ = 0;
  Rows key_rows_{}, value_rows_{};
  std::vector<uint8_t> zeros_;
  std::vector<uint8_t> queries_, edge_queries_;  // prepared: all rows of a piece; those of one position
  std::vector<float> sums_, peaks_, masses_, totals_;
  alignas(64) float scores_[kRowBlock * kTile];
  alignas(64) uint16_t bf16_[kRowBlock * kTile];
  float decays_[kRowBlock];
  // Rows of the tile, of the one after it (to prefetch), and of a part of the tile.
  const uint8_t* keys_[kListed];
  const uint8_t* values_[kListed];
  const uint8_t* keys_ahead_[kListed];
  const uint8_t* values_ahead_[kListed];
};

}  // namespace kvscale::cpu
