// Fills the tables of kernels.h from a lane type, so that an instruction set's source holds only what is its own.
#pragma once

#include "converters.h"
#include "softmax.h"

namespace kvscale::cpu {

template <class L>
static constexpr Kernels float_kernels() {
  return Kernels{false,
                 sizeof(float),
                 prepare<L>,
                 {score<L, Format::e4m3fn>, score<L, Format::e4m3fnuz>, score<L, Format::e5m2>, score<L, Format::f16>,
                  score<L, Format::bf16>, score<L, Format::f32>},
                 softmax<L>,
                 {gather<L, Format::e4m3fn>, gather<L, Format::e4m3fnuz>, gather<L, Format::e5m2>,
                  gather<L, Format::f16>, gather<L, Format::bf16>, gather<L, Format::f32>}};
}

template <class L>
static constexpr Converters converters() {
  return Converters{decode_span<L>, encode_span<L>};
}

}  // namespace kvscale::cpu
