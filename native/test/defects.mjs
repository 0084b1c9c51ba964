// Defects that kernels like this one have had, as edits of its sources: name -> [file, what stands there, what instead].
// Patterns are as loose as they can be, so that they survive a change of the lines around them.

import { OPERATIONS } from "./operation_defects.mjs";

const F16_FIELDS_AVX2 = /const __m256i halves =([^]*?;)\n(\s+out\[0\] = _mm256_cvtph_ps\(_mm256_castsi256_si128)/;
const F16_FIELDS_AVX512 = /const __m512i halves =([^]*?;)\n(\s+out\[0\] = _mm512_cvtph_ps\(_mm512_castsi512_si256)/;
const avx2Fields = (expression) => `const __m256i exact =$1\n    const __m256i halves = ${expression};\n$2`;
const avx512Fields = (expression) => `const __m512i exact =$1\n    const __m512i halves = ${expression};\n$2`;

const HEAD = /(?:int64_t\{)?((?:piece\.)?kv_head)\}? \* ((?:shape_\.)?group) \+ (\w+) % (?:shape_\.)?group/g;
const BY_REMAINDER = "int64_t{$3 % $2} * p.kv_heads + $1";

/** The defects that published tests of FP8 attention let pass. */
const PUBLISHED = {
  "k_scale dropped": [["cpu/strip.cc", / \* p\.k_scale\.values\[[^\]]*\]/, ""]],
  "v_scale dropped": [["cpu/attend.cc", /const float v_scale = [^;]*;/, "const float v_scale = 1;"]],
  "k_scale and v_scale swapped": [
    ["cpu/strip.cc", /p\.k_scale/g, "p.v_scale"],
    ["cpu/attend.cc", /p\.v_scale/g, "p.k_scale"],
  ],
  "k_scale of another head": [["cpu/strip.cc", "k_scale.count == 1 ? 0 : ", "k_scale.count == 1 ? 0 : p.kv_heads - 1 - "]],
  "v_scale of another head": [["cpu/attend.cc", "v_scale.count == 1 ? 0 : ", "v_scale.count == 1 ? 0 : p.kv_heads - 1 - "]],
  "truncated instead of rounded": [["fp8.h", "(significand + (1u << (shift - 1)) - 1u + odd) >> shift", "(significand + 0 * odd) >> shift"]],
  "zero decoded as 2^-7": [["fp8.h", "if (magnitude == 0) return sign;", "if (magnitude == 0) return sign | 0x3C000000u;"]],
  "zero decoded as 2^-7 by AVX2": [
    ["cpu/avx2.cc", F16_FIELDS_AVX2,
      avx2Fields("_mm256_or_si256(exact, _mm256_and_si256(_mm256_cmpeq_epi16(exact, _mm256_setzero_si256()), _mm256_set1_epi16(0x200)))")],
  ],
  "zero decoded as 2^-7 by AVX-512": [
    ["cpu/avx512.cc", F16_FIELDS_AVX512,
      avx512Fields("_mm512_mask_mov_epi16(exact, _mm512_testn_epi16_mask(exact, exact), _mm512_set1_epi16(0x200))")],
  ],
  "subnormal codes flushed": [["fp8.h", "if (exponent == 0) {", "if (exponent == 0) return sign;\n  if (exponent == 0) {"]],
  "subnormal codes flushed by AVX2": [
    ["cpu/avx2.cc", F16_FIELDS_AVX2,
      avx2Fields("_mm256_and_si256(exact, _mm256_cmpgt_epi16(_mm256_and_si256(exact, _mm256_set1_epi16(0x7C00)), _mm256_setzero_si256()))")],
  ],
  "subnormal codes flushed by AVX-512": [
    ["cpu/avx512.cc", F16_FIELDS_AVX512,
      avx512Fields("_mm512_maskz_mov_epi16(_mm512_test_epi16_mask(exact, _mm512_set1_epi16(0x7C00)), exact)")],
  ],
  "block table off by one": [["cpu/pages.h", "table[block]", "table[block > 0 ? block - 1 : 0]"]],
  "all-zero output": [["cpu/state.h", "static_cast<float>(state.sum[i] * factor)", "0.0f"]],
  "padding of a page multiplied by zero": [
    ["cpu/pages.h", /std::fill\(list \+ [^;]*, list \+ (\w+), zeros\);/,
      "std::fill(list + std::max(count, 0), list + $1, count > 0 ? base + table[(begin + count - 1) / block_size] * block_bytes + (block_size - 1) * slot_bytes : zeros);"],
    ["cpu/float_kernels.h", /(gather_block[^]*?t < )task\.tokens/, "$1(task.tokens + kTokenBlock - 1) / kTokenBlock * kTokenBlock"],
  ],
  "padding of a page multiplied by zero, BF16 pairs": [
    ["cpu/pages.h", /std::fill\(list \+ [^;]*, list \+ (\w+), zeros\);/,
      "std::fill(list + std::max(count, 0), list + $1, count > 0 ? base + table[(begin + count - 1) / block_size] * block_bytes + (block_size - 1) * slot_bytes : zeros);"],
  ],
  "query head h on KV head h % n": [["cpu/strip.cc", HEAD, BY_REMAINDER], ["cpu/attend.cc", HEAD, BY_REMAINDER]],
};

/** What attention is besides a product: masks, additions to the logits, the online softmax and its merge. */
const ATTENTION = {
  "window one key too wide": [["cpu/plan.h", "position + 1 - problem.window", "position - problem.window"]],
  "a key of the past hidden": [["cpu/strip.cc", "position + 1) - from", "position) - from"]],
  "soft cap ignored": [["cpu/strip.cc", "task.softcap = p.softcap", "task.softcap = 0"]],
  "ALiBi with the wrong sign": [["cpu/strip.cc", "? p.alibi[head]", "? -p.alibi[head]"]],
  "sinks ignored": [["cpu/attend.cc", "? p.sinks[head]", "? kEmptyPeak"]],
  "sink without a share of the sum": [["cpu/state.h", "state.total * mine + extra", "state.total * mine"]],
  "earlier tiles not rescaled": [["cpu/softmax.h", "task.decay = decay[0]", "task.decay = 1"]],
  "the last part of a long sequence lost": [["cpu/attend.cc", "part < piece.parts", "part + 1 < piece.parts"]],
  "parts merged before all are there": [["cpu/attend.cc", "+ 1 == piece.parts", "+ 2 == piece.parts"]],
  "keys of a KV head met by the values of the one before": [["cpu/strip.cc", "listed.values[i] += value_rows_.head_bytes", "listed.values[i] += 0"]],
  "a part merged at the wrong peak": [["cpu/state.h", "std::exp(double{peak} - double{top})", "std::exp(double{peak} - double{top}) + 1e-5"]],
  "exp of a coarser polynomial": [["cpu/softmax.h", "4.1665795894e-2f", "4.16e-2f"]],
  "exp reduced to the interval beside": [["cpu/softmax.h", "L::mul(bounded, L::set(1.44269504088896341f))", "L::sub(L::mul(bounded, L::set(1.44269504088896341f)), L::set(1.0f))"]],
  "tanh without its odd polynomial": [["cpu/softmax.h", "L::set(0.625f)", "L::set(0.0f)"]],
  "lse without its peak": [["cpu/state.h", "static_cast<float>(top + std::log(", "static_cast<float>(std::log("]],
};

/** What belongs to one instruction set, and what all must leave alone. */
const MACHINE = {
  "NaN codes finite in AVX2": [["cpu/avx2.cc", "blind = F != Format::e5m2", "blind = false"]],
  "NaN codes finite in AVX2's fields": [
    ["cpu/avx2_scores.h", /return !Avx2::is_nan\(found\);/, "return true;"],
    ["cpu/avx2_values.h", /return !Avx2::is_nan\(found\);/, "return true;"],
  ],
  "elements out of order in AVX2's fields": [["cpu/avx2_fields.h", "{sums[0], sums[2], sums[1], sums[3]}", "{sums[0], sums[1], sums[2], sums[3]}"]],
  "a run of keys of another block": [["cpu/pages.h", "slot >= block_size; slot -= block_size", "slot > block_size; slot -= block_size"]],
  "NaN codes finite in AVX-512": [["cpu/avx512.cc", "blind = F != Format::e5m2", "blind = false"]],
  "NaN of fnuz forgotten by VBMI": [["cpu/bf16_words.h", "_mm512_cmpeq_epi8_mask(codes, _mm512_set1_epi8(-128))", "0"]],
  "signs lost by VBMI": [["cpu/bf16_words.h", "0x78);", "0xF0);"]],
  "the end of an odd row ignored by AVX2": [["cpu/avx2.cc", "memcpy(codes, row, static_cast<size_t>(count));", "memcpy(codes, row, static_cast<size_t>(count - 1));"]],
  "the end of an odd row ignored by AVX-512": [["cpu/avx512.cc", "(__mmask32{1} << count) - 1", "(__mmask32{1} << (count - 1)) - 1"]],
  "the end of an odd row ignored by VBMI": [["cpu/bf16_words.h", "(1u << bytes) - 1", "(1u << (bytes - 1)) - 1"]],
  "the end of an odd row passed by VBMI's second column": [["cpu/bf16_values.h", "left - then, half", "64, half"]],
  "weights rounded, their sum not": [["cpu/softmax.h", "L::has_bf16 ? L::sum(rounded) : sum", "sum"]],
  "queries truncated to BF16": [["cpu/avx512vbmi_bf16.cc", /encode_bf16_bits\(bits_of\((queries\[r\]\[\w+\])\)\)/, "(bits_of($1) >> 16)"]],
  "the caller's mode not restored": [["cpu/float_environment.h", "~FloatEnvironment() { write(found_); }", "~FloatEnvironment() {}"]],
  "the caller's mode used": [["cpu/float_environment.h", ": found_(read()) { write(kDefault); }", ": found_(read()) {}"]],
};

/** The writer, and what must be refused before memory is touched. */
const WRITING = {
  "multiplied by the reciprocal": [["fp8.h", "bits_of(value / scale)", "bits_of(value * (1 / scale))"]],
  "464 and more not saturated": [["fp8.h", "rounded > f.largest ? f.largest : rounded", "rounded"]],
  "NaN written as a number": [["fp8.h", "absolute > 0x7F800000u ? f.nan", "absolute > 0xFF800000u ? f.nan"]],
  "-0 written in fnuz": [["fp8.h", "f.unsigned_zero && magnitude == 0 ? 0u : negative", "negative"]],
  "a skipped slot written": [["cpu/write.cc", "if (slot < 0) continue;", ""], ["cpu/write.cc", "= p.slot_mapping[token];", "= p.slot_mapping[token] < 0 ? 0 : p.slot_mapping[token];"]],
  "the first of equal slots wins": [["cpu/write.cc", /int64_t token = 0; token < p\.tokens && !cancelled\(p\.cancel\); \+\+token/, "int64_t token = p.tokens - 1; token >= 0 && !cancelled(p.cancel); --token"]],
  "one scale for all heads": [["cpu/write.cc", "target.scales.count == 1 ? 0 : head", "0"]],
  "strides not held against the buffer": [["refusal.cc", "return last <= layout.elements;", "return true;"], ["refusal.cc", /if \(strides\[i\] > 0 && [^;]*;/, ""], ["refusal.cc", "if (last > layout.elements) return false;", ""]],
  "block tables not checked": [["refusal.cc", "table[i] < 0 || table[i] >= p.blocks", "false"]],
  "overlapping rows written": [["refusal.cc", "axis.count > 1 && axis.stride < extent", "false"]],
  "cancelling ignored": [["cpu/team.cc", "return cancelled(cancel) ? kCancelled : nullptr;", "return nullptr;"]],
};

export const DEFECTS = { ...PUBLISHED, ...ATTENTION, ...MACHINE, ...WRITING, ...OPERATIONS };
