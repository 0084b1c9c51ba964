// Where the rows of a sequence lie: block tables turned into lists of addresses.
#pragma once

#include <algorithm>

#include "kernels.h"

namespace kvscale::cpu {

/**
 * A whole tile is listed in turns from this many runs of neighbouring keys, and so read from as many places at once:
 * memory answers a walk through one page after another far more slowly, for each page starts anew.
 */
constexpr int kRuns = 8;
constexpr int kRun = kTile / kRuns;

/** Where key i of a whole tile stands in its list. It knows no pages: results do not depend on the size of blocks. */
constexpr int turn_of(int i) { return i % kRun * kRuns + i / kRun; }

/** One pool as seen by one KV head of one sequence. */
struct Rows {
  const uint8_t* base;   // head's feature 0 of block 0, slot 0
  int64_t block_bytes;
  int64_t slot_bytes;
  int64_t head_bytes;    // from a row to that of the next KV head
  int32_t block_size;
  const int32_t* table;  // [max_blocks]
  const uint8_t* zeros;  // a row of zero codes

  /** Lists keys begin .. begin+count-1, in turns if they are a whole tile, else then zero rows: kTile in all. */
  void list(int begin, int count, const uint8_t** list) const {
    if (count == kTile && (block_size % kRun == 0 || kRun % block_size == 0) && begin % kRun == 0) {
      list_turns(begin, list);
    } else if (count == kTile) {
      for (int run = 0; run < kRuns; ++run) list_run(begin + run * kRun, kRun, list + run, kRuns);
    } else {
      list_run(begin, count, list, 1);
      std::fill(list + count, list + kTile, zeros);
    }
  }

  /** A whole tile whose runs enter new blocks together: the common one, and quicker listed side by side. */
  void list_turns(int begin, const uint8_t** at) const {
    const int step = std::min(block_size, kRun);
    for (int i = 0; i < kRun; i += step, at += step * kRuns) {
      int block = (begin + i) / block_size, slot = (begin + i) % block_size;
      for (int run = 0; run < kRuns; ++run) {
        at[run] = base + table[block] * block_bytes + slot * slot_bytes;
        for (slot += kRun; slot >= block_size; slot -= block_size) ++block;
      }
      for (int k = kRuns; k < step * kRuns; ++k) at[k] = at[k - kRuns] + slot_bytes;
    }
  }

  void list_run(int begin, int count, const uint8_t** at, int step) const {
    int block = begin / block_size, slot = begin % block_size;
    for (; count > 0; ++block, slot = 0) {
      const uint8_t* row = base + table[block] * block_bytes + slot * slot_bytes;
      const int part = std::min(count, block_size - slot);
      for (int i = 0; i < part; ++i, at += step, row += slot_bytes) *at = row;
      count -= part;
    }
  }
};

inline Rows rows_of(const Problem& p, const void* pool, const Layout& layout, int64_t sequence, int kv_head,
                    const uint8_t* zeros) {
  const int64_t bytes = element_bytes(p.format);
  return {static_cast<const uint8_t*>(pool) + kv_head * layout.head_stride * bytes,
          layout.block_stride * bytes,
          layout.slot_stride * bytes,
          layout.head_stride * bytes,
          p.block_size,
          p.block_tables + sequence * p.max_blocks,
          zeros};
}

}  // namespace kvscale::cpu
