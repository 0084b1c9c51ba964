// Plain reads of a cache through its block table: what memory gives when nothing is computed.
#include "../cpu/pages.h"
#include "decode_bench.h"
#include "roof.h"

namespace kvscale::bench {
namespace {

volatile uint64_t sink;

/** K and V rows of a tile, for one head after the other. */
struct Tile {
  const uint8_t* rows[2][cpu::kTile];

  Tile(const cpu::Rows* pools, int begin) {
    for (int i = 0; i < 2; ++i) pools[i].list(begin, cpu::kTile, rows[i]);
  }
  void move_on(int64_t bytes) {
    for (auto& pool : rows)
      for (const uint8_t*& row : pool) row += bytes;
  }
};

}  // namespace

double Decode::read_blocks() const {
  const int64_t block = bytes_ / 2 / static_cast<int64_t>(table_.size());
  std::vector<const uint8_t*> blocks;
  for (int64_t pool : {int64_t{0}, bytes_ / 2})
    for (int32_t at : table_) blocks.push_back(data() + pool + at * block);
  const double begin = now(1);
  sink = read_rows(blocks.data(), nullptr, static_cast<int64_t>(blocks.size()), block);
  return now(1) - begin;
}

double Decode::read_as_kernel() const {
  const Problem p = problem();
  const int64_t row_bytes = int64_t{p.key.head_size} * element_bytes(p.format);
  const cpu::Rows pools[2] = {cpu::rows_of(p, p.key_cache, p.key, 0, 0, data()),
                              cpu::rows_of(p, p.value_cache, p.value, 0, 0, data())};
  uint64_t total = 0;
  const double begin = now(1);
  Tile next(pools, 0);
  for (int t = 0; t < setting_.length; t += cpu::kTile) {
    Tile tile = next, ahead = next;
    next = Tile(pools, (t + cpu::kTile) % setting_.length);
    for (int head = 0; head < p.kv_heads; ++head, tile.move_on(pools[0].head_bytes)) {
      if (head == p.kv_heads - 1) ahead = next;
      else ahead.move_on(pools[0].head_bytes);
      for (int i = 0; i < 2; ++i) total ^= read_rows(tile.rows[i], ahead.rows[i], cpu::kTile, row_bytes);
    }
  }
  sink = total;
  return now(1) - begin;
}

}  // namespace kvscale::bench
