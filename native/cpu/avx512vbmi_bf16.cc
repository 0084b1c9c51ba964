// AVX-512 VBMI + BF16: queries and weights rounded to BF16, products exact, sums in float32 by VDPBF16PS.
//
// Scores: a register holds 16 bytes of each of four keys, one key per 128-bit lane, and a query's 8 words are
// broadcast to all lanes. So 4 lanes' sums stay apart and one shuffle tree per 16 keys ends the reduction; summing
// across whole registers would cost more than the products.
// Values: two keys' bytes interleaved make words whose dot with a pair of weights adds both keys at once.
#include "bf16_words.h"

#include "arithmetics.h"
#include "avx512_lanes.h"
#include "features.h"
#include "float_kernels.h"
#include "softmax.h"

namespace kvscale::cpu {
namespace {

struct Lanes : Avx512Lanes {
  static constexpr bool has_bf16 = true;

  static Vec narrow(uint16_t* p, Vec v) {
    const __m256i words = reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(v));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), words);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(words), 16));
  }
};

__m512 dot(__m512 sum, __m512i a, __m512i b) {
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(a), reinterpret_cast<__m512bh>(b));
}

constexpr int kSpread = 32;    // words of a query piece: 8 of them, four times
constexpr int kScoreRows = 4;  // queries whose sums, with tables and two columns, fit in 32 registers

/** One block of Rows queries as [piece of 8][row][kSpread]: what the loop over keys reads, in the order it reads. */
template <int Rows>
void spread_rows(const float* const* queries, int head_size, int64_t pitch, uint16_t* to) {
  for (int at = 0; at < pitch; at += 8)
    for (int r = 0; r < Rows; ++r, to += kSpread)
      for (int i = 0; i < kSpread; ++i) {
        const int feature = at + i % 8;
        to[i] = feature < head_size ? encode_bf16_bits(bits_of(queries[r][feature])) : 0;
      }
}

void prepare_bf16(const float* const* queries, int rows, int head_size, int64_t pitch, void* prepared) {
  split_rows<kScoreRows>(rows, [&](auto block, int row) {
    uint16_t* to = static_cast<uint16_t*>(prepared) + row * pitch * (kSpread / 8);
    spread_rows<decltype(block)::value>(queries + row, head_size, pitch, to);
  });
}

/** A 16-byte column of eight keys (two quads) as words. */
template <class W>
struct Column {
  __m512i first[W::count], second[W::count];

  Column(const W& words, const uint8_t* const* keys, int at) {
    words.widen(quad(keys, at), first);
    words.widen(quad(keys + 1, at), second);
  }
  /** Of rows that may end within the column. */
  Column(const W& words, const uint8_t* const* keys, int at, int left) {
    words.widen(quad(keys, at, left), first);
    words.widen(quad(keys + 1, at, left), second);
  }
};

/** Adds the products of a column with Rows queries. */
template <class W, int Rows>
inline void score_column(const Column<W>& column, const uint16_t* query, __m512 (*sums)[2]) {
#pragma GCC unroll 2
  for (int w = 0; w < W::count; ++w)
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      const __m512i spread = _mm512_loadu_si512(query + kSpread * (w * Rows + r));
      sums[r][0] = dot(sums[r][0], column.first[w], spread);
      sums[r][1] = dot(sums[r][1], column.second[w], spread);
    }
}

/**
 * Asks for two of the lines of eight rows: called once per 16-byte column, for all of them in the end. A burst for the
 * whole tile would fill the line buffers and stall everything behind it.
 */
inline void fetch_ahead(const uint8_t* const* ahead, int at) {
  prefetch(ahead[at / 8 % 8] + at);
  prefetch(ahead[at / 8 % 8 + 1] + at);
}

/**
 * Sums of eight keys: lane k of sums[r][j] belongs to key 4 * k + j. `column` holds their first column, and in the end
 * that of the `following` keys: the next column is widened while this one is multiplied, or its latency would stall
 * every step.
 */
template <class W, int Rows>
inline void score_quads(const W& words, const uint16_t* query, const uint8_t* const* keys,
                        const uint8_t* const* following, const uint8_t* const* ahead, int row_bytes,
                        Column<W>& column, __m512 (*sums)[2]) {
  constexpr int step = W::count * Rows * kSpread;
  const int whole = row_bytes & ~15;
  fetch_ahead(ahead, 0);
  for (int at = 16; at < whole; at += 16, query += step) {
    fetch_ahead(ahead, at);
    const Column<W> next(words, keys, at);
    score_column<W, Rows>(column, query, sums);
    column = next;
  }
  const Column<W> next(words, following, 0, row_bytes);
  score_column<W, Rows>(column, query, sums);
  column = next;
  if (whole > 0 && whole < row_bytes)
    score_column<W, Rows>(Column<W>(words, keys, whole, row_bytes - whole), query + step, sums);
}

/** The four floats of each lane of a, b, c, d added up: lane k is a, b, c, d of key group k. */
inline __m512 fold(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  return _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
}

/** Kept out of line, as gather_column is: the registers of each are all taken, and merged they would spill. */
template <class W, int Rows>
__attribute__((noinline)) void score_rows(const W& words, const ScoreTask& task, int row) {
  const uint16_t* query = static_cast<const uint16_t*>(task.query) + row * task.pitch * (kSpread / 8);
  const int row_bytes = task.head_size * W::bytes;
  Column<W> column(words, task.keys, 0, row_bytes);
  for (int t = 0; t < task.tokens; t += kTokenBlock) {
    const uint8_t* const* keys = task.keys + t;
    const uint8_t* const* following = t + kTokenBlock < task.tokens ? keys + kTokenBlock : keys;
    __m512 sums[2][Rows][2];
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) sums[0][r][0] = sums[0][r][1] = sums[1][r][0] = sums[1][r][1] = _mm512_setzero_ps();
    const uint8_t* const* ahead = task.ahead + t;
    score_quads<W, Rows>(words, query, keys, keys + 2, ahead, row_bytes, column, sums[0]);
    score_quads<W, Rows>(words, query, keys + 2, following, ahead + 8, row_bytes, column, sums[1]);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
      _mm512_storeu_ps(task.scores + (row + r) * kTile + t,
                       fold(sums[0][r][0], sums[0][r][1], sums[1][r][0], sums[1][r][1]));
  }
}

template <Format F>
void score_bf16(const ScoreTask& task) {
  const Words<F> words;
  split_rows<kScoreRows>(task.rows, [&](auto rows, int row) { score_rows<Words<F>, decltype(rows)::value>(words, task, row); });
}

/** out = decay * out + sums for the 4 x 8 elements of a pair of sums, whose lanes lie `stride` floats apart. */
inline void add_lanes(float* out, int stride, __m512 decay, __m512 first, __m512 second) {
  const __m512 low = _mm512_shuffle_f32x4(first, second, 0x44), high = _mm512_shuffle_f32x4(first, second, 0xEE);
#pragma GCC unroll 16
  for (int k = 0; k < 4; ++k) {
    const __m512 lanes = k < 2 ? low : high;
    const __m512 ordered = _mm512_shuffle_f32x4(lanes, lanes, k % 2 == 0 ? 0x08 : 0x0D);
    const __m256 sum = _mm512_castps512_ps256(ordered);
    float* at = out + k * stride;
    _mm256_storeu_ps(at, _mm256_fmadd_ps(_mm512_castps512_ps256(decay), _mm256_loadu_ps(at), sum));
  }
}

/** Two keys' values of a 64-byte column, as alternating words. */
template <class W, int Halves>
struct Pairs {
  __m512i words[Halves][2];

  Pairs(const W& tables, const uint8_t* const* rows, int at, int left, int half) {
    const __m512i a = load64(rows[0] + at, left), b = load64(rows[1] + at, left);
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h) tables.pair(a, b, half + h, words[h]);
  }
};

template <class W, int Rows, int Halves>
inline void gather_pair(const Pairs<W, Halves>& pairs, const uint16_t* weights, __m512 (*sums)[Halves][2]) {
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
    int32_t two;
    memcpy(&two, weights + r * kTile, sizeof two);
    const __m512i weight = _mm512_set1_epi32(two);
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h) {
      sums[r][h][0] = dot(sums[r][h][0], pairs.words[h][0], weight);
      sums[r][h][1] = dot(sums[r][h][1], pairs.words[h][1], weight);
    }
  }
}

/** Weighted sum of one 64-byte column (or what is left of the row), halves `half` .. `half + Halves - 1` of each lane. */
template <class W, int Rows, int Halves>
__attribute__((noinline)) void gather_column(const W& tables, const ValueTask& task, int row, int at, int half) {
  const uint16_t* weights = static_cast<const uint16_t*>(task.weights) + row * kTile;
  const int left = task.head_size * W::bytes - at;
  __m512 sums[Rows][Halves][2];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h) sums[r][h][0] = sums[r][h][1] = _mm512_setzero_ps();
  // As with scores, the next pair is widened while this one is multiplied.
  Pairs<W, Halves> pairs(tables, task.values, at, left, half);
  for (int t = 2; t < task.tokens; t += 2) {
    prefetch(task.ahead[t - 2] + at);
    prefetch(task.ahead[t - 1] + at);
    const Pairs<W, Halves> next(tables, task.values + t, at, left, half);
    gather_pair<W, Rows, Halves>(pairs, weights + t - 2, sums);
    pairs = next;
  }
  gather_pair<W, Rows, Halves>(pairs, weights + (task.tokens - 1) / 2 * 2, sums);
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
    for (int h = 0; h < Halves; ++h)
      add_lanes(task.out + (row + r) * task.pitch + at / W::bytes + 8 * (half + h), 8 * W::count,
                _mm512_set1_ps(task.decay[row + r]), sums[r][h][0], sums[r][h][1]);
}

template <class W, int Rows>
inline void gather_rows_bf16(const W& words, const ValueTask& task, int row) {
  // All halves at once share their loads, while the sums fit in registers.
  constexpr int halves = Rows <= 4 ? W::count : 1;
  for (int at = 0; at < task.head_size * W::bytes; at += 64)
#pragma GCC unroll 2
    for (int half = 0; half < W::count; half += halves) gather_column<W, Rows, halves>(words, task, row, at, half);
}

template <Format F>
void gather_bf16(const ValueTask& task) {
  const Words<F> words;
  split_rows<kRowBlock>(task.rows, [&](auto rows, int row) { gather_rows_bf16<Words<F>, decltype(rows)::value>(words, task, row); });
}

constexpr Kernels kFast{
    true, kSpread / 8 * sizeof(uint16_t), prepare_bf16,
    {score_bf16<Format::e4m3fn>, score_bf16<Format::e4m3fnuz>, score_bf16<Format::e5m2>, nullptr, score_bf16<Format::bf16>, nullptr},
    softmax<Lanes>,
    {gather_bf16<Format::e4m3fn>, gather_bf16<Format::e4m3fnuz>, gather_bf16<Format::e5m2>, nullptr, gather_bf16<Format::bf16>, nullptr}};

}  // namespace

const Arithmetic kAvx512VbmiBf16{"avx512vbmi_bf16", missing_avx512_vbmi_bf16, &kAvx512Precise, &kFast, &kAvx512Converters};

}  // namespace kvscale::cpu
