// How fast this machine reads memory when it does nothing else: the roof that the kernel is measured against.
#pragma once

#include <cstdint>

namespace kvscale::bench {

/** Reads every byte of `data` on `threads` threads, each its own share; returns something made of all of them. */
uint64_t read_all(const uint8_t* data, int64_t bytes, int threads);

}  // namespace kvscale::bench
