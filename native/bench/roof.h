// How fast this machine reads memory when it does nothing else: the roof that the kernel is measured against.
#pragma once

#include <cstdint>

namespace kvscale::bench {

/** Reads every byte of `data` on `threads` threads, each its own share; returns something made of all of them. */
uint64_t read_all(const uint8_t* data, int64_t bytes, int threads);

/** Reads `count` rows of `bytes` (a multiple of 128) one after the other, asking meanwhile for as many of `ahead`. */
uint64_t read_rows(const uint8_t* const* rows, const uint8_t* const* ahead, int64_t count, int64_t bytes);

}  // namespace kvscale::bench
