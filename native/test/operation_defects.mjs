// Defects of a decoder layer's operations; see defects.mjs.

/** How weights are unpacked, packed and multiplied. */
const PRODUCTS = {
  "block scales dropped": [["cpu/stored_rows.cc", "floats[i] *= factor;", "(void)factor;"]],
  "block scales of another row": [["cpu/stored_rows.cc", "row / scales.block_rows * across", "row / scales.block_rows"]],
  "block scales one column late": [["cpu/stored_rows.cc", /(\(block \+ 1\) \* scales\.block_columns - first)/, "$1 + 1"]],
  "the end of a row not filled with zeros": [["cpu/stored_rows.cc", /std::memset\(bytes \+ length[^\n]*\n/, "\n"]],
  "ragged rows multiplied where they lie": [["cpu/stored_rows.h", "matrix_.columns % (16 * multiplier_.depth) == 0", "true"]],
  "bias dropped": [["cpu/linear_share.h", "sums[i] + task.bias[first_row + i]", "sums[i]"]],
  "one bias for all rows of few tokens": [["cpu/linear.cc", "sums[t] + task.bias[r]", "sums[t] + task.bias[0]"]],
  "only the last stretch kept": [["cpu/linear_share.h", "pitch_, stretch == 0}", "pitch_, true}"]],
  "a ragged block of tokens taken for a whole one": [["cpu/packed_tokens.h", /int in\(int64_t block\) const \{\s*return [^;]*;/, "int in(int64_t) const {\n    return product_.multiplier.tokens;"]],
  "later tokens written over the first": [["cpu/linear_share.h", "(tokens_.first() + t) * task.weights.rows", "t * task.weights.rows"]],
  "the first tokens read again": [["cpu/packed_tokens.h", "(first_ + block * width + t)", "(block * width + t)"]],
  "one chain of sums lost": [["cpu/linear_kernels.h", "P::add(P::add(sums[t][0], sums[t][1]), P::add(sums[t][2], sums[t][3]))", "P::add(sums[t][0], P::add(sums[t][2], sums[t][3]))"]],
  "BF16 truncated instead of rounded": [["cpu/linear_kernels.h", "uint32_t{encode_bf16_bits(bits)} << 16", "bits & 0xFFFF0000u"]],
  "read beyond the end of a row of inputs": [["cpu/operations_avx512bf16.cc", "(1u << left) - 1", "~0u"]],
  "quarters exchanged by AVX-512": [["cpu/avx512_products.h", "_mm512_shuffle_i32x4(odd0, odd1, 0x88)", "_mm512_shuffle_i32x4(odd0, odd1, 0xDD)"]],
  "halves exchanged by AVX2": [["cpu/operations_avx2.cc", "quads[i + 4], 0x31", "quads[i + 4], 0x20"]],
  "one long running sum": [["cpu/operations.h", "constexpr int kUnits = 256;", "constexpr int kUnits = 8192;"]],
  "scales of blocks not counted": [["operation_refusal.cc", "scales.count == down * across", "scales.count >= down * across"]],
};

/** Norms, rotations, gates and logits. */
const ELEMENTWISE = {
  "epsilon dropped": [["cpu/elementwise_kernels.h", " + task.epsilon", ""]],
  "rotation the wrong way": [["cpu/elementwise_kernels.h", "first * c - second * s", "first * c + second * s"]],
  "positions beyond the tables": [["operation_refusal.cc", "position < task.table", "position <= task.table"]],
  "a gate of a short series": [["cpu/elementwise_kernels.h", "constexpr int kRoughly = 8;", "constexpr int kRoughly = 5;"]],
  "logits of a short series": [["cpu/elementwise_kernels.h", "constexpr int kExact = 13;", "constexpr int kExact = 10;"]],
  "the exponential of -infinity not zero": [["cpu/elementwise_kernels.h", "return x < -708 ? 0 : result;", "return result;"]],
  "differences not shrunk by a new maximum": [["cpu/elementwise_kernels.h", "task.cross[stream * task.tokens + row] *= shrink", "task.cross[stream * task.tokens + row] *= 1"]],
  "infinity less infinity": [["cpu/elementwise_kernels.h", "lanes[l] += first[i + l] == -__builtin_inf() ? 0 : product;", "lanes[l] += product;"]],
  "no maximum yet": [["cpu/elementwise_kernels.h", "return max == -__builtin_inf() ? 0 : max;", "return max;"]],
  "the id after the largest logit": [["cpu/elementwise_kernels.h", "while (logits[at] != largest) ++at;", "while (logits[at] != largest) ++at;\n  ++at;"]],
};

export const OPERATIONS = { ...PRODUCTS, ...ELEMENTWISE };
