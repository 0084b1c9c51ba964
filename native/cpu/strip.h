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

Shape shape_of(const Problem& problem, const Kernels& kernels, const Plan& plan);

class Strip {
 public:
  explicit Strip(const Shape& shape);

  /**
   * Runs a piece from an empty state over its keys. Row r is KV head r / (positions * group) of the piece; within one,
   * position / group, then head of the group.
   */
  void run(const Piece& piece);

  int32_t rows() const { return rows_; }
  State state(int32_t row) { return {peaks_[row], masses_[row], totals_[row], &sums_[row * shape_.out_pitch]}; }

 private:
  /** The rows of a run of keys. */
  struct Listed {
    int32_t begin = 0, tokens = 0;
    const uint8_t* keys[kTile];
    const uint8_t* values[kTile];
  };
  struct Lookout;
  struct Span;

  void empty(const Piece& piece);
  void load(const Piece& piece);
  void prepare(const Piece& piece, int32_t row, int32_t rows, uint8_t* prepared);
  void list(int32_t begin, int32_t tokens, Listed& listed) const;
  void move_on(Listed& listed) const;
  void tile(const Piece& piece, int32_t begin, int32_t end);
  void head(const Piece& piece, int32_t index, const Lookout& ahead);
  void edge(const Piece& piece, int32_t row, int32_t index, const Lookout& ahead);
  void attend(const Piece& piece, const Span& span);
  void block(const Piece& piece, const Span& span, int32_t from, int32_t rows);
  void weigh(const Piece& piece, int32_t row, const Listed& keys, int32_t slot);
  bool sees_all(const Piece& piece, const Listed& keys) const;

  const Shape shape_;
  int32_t rows_ = 0;       // of the piece
  int32_t head_rows_ = 0;  // of one of its KV heads
  Rows key_rows_{}, value_rows_{};
  std::vector<uint8_t> zeros_;
  Piece loaded_{};                               // whose queries are prepared
  std::vector<uint8_t> queries_, edge_queries_;  // prepared: all rows of a piece; those of one position
  std::vector<float> sums_, peaks_, masses_, totals_;
  alignas(64) float scores_[kRowBlock * kTile];
  alignas(64) uint16_t bf16_[kRowBlock * kTile];
  float decays_[kRowBlock];
  // The tile at hand, for one head after the other, and the one after it, for the first head.
  Listed lists_[2];
  Listed* now_ = &lists_[0];
  Listed* next_ = &lists_[1];
};

}  // namespace kvscale::cpu
