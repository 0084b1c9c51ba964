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

void prepare_bf16(const float* query, int head_size, int pitch, void* prepared) {
  uint16_t* row = static_cast<uint16_t*>(prepared);
  for (int i = 0; i < pitch; ++i) row[i] = i < head_size ? encode_bf16_bits(bits_of(query[i])) : 0;
}

/** Adds the products of one 16-byte column of eight keys (two quads) with Rows queries. */
template <class W, int Rows>
inline void score_column(const W& words, const __m128i* bytes, const uint16_t* query, int64_t pitch, __m512 (*sums)[2]) {
  __m512i first[W::count], second[W::count];
  words.widen(quad(bytes), first);
  words.widen(quad(bytes + 4), second);
  for (int w = 0; w < W::count; ++w)
    for (int r = 0; r < Rows; ++r) {
      const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(query + r * pitch + 8 * w));
      const __m512i spread = _mm512_broadcast_i32x4(part);
      sums[r][0] = dot(sums[r][0], first[w], spread);
      sums[r][1] = dot(sums[r][1], second[w], spread);
    }
}

/** Sums of eight keys: lane k of sums[r][j] belongs to key 4 * k + first + j. */
template <class W, int Rows>
inline void score_quads(const W& words, const ScoreTask& task, int row, const uint8_t* const* keys, __m512 (*sums)[2]) {
  const uint16_t* query = static_cast<const uint16_t*>(task.query) + row * task.pitch;
  const int row_bytes = task.head_size * W::bytes;
  __m128i bytes[8];
  int at = 0;
  for (; at + 16 <= row_bytes; at += 16) {
    for (int k = 0; k < 8; ++k) bytes[k] = load16(keys[k % 4 * 4 + k / 4] + at);
    score_column<W, Rows>(words, bytes, query + at / W::bytes, task.pitch, sums);
  }
  if (at == row_bytes) return;
  for (int k = 0; k < 8; ++k) bytes[k] = load16(keys[k % 4 * 4 + k / 4] + at, row_bytes - at);
  score_column<W, Rows>(words, bytes, query + at / W::bytes, task.pitch, sums);
}

/** The four floats of each lane of a, b, c, d added up: lane k is a, b, c, d of key group k. */
inline __m512 fold(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  return _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
}

/** Asks for `count` rows of the next tile. Spread over the work on this one, since a burst would outrun the line buffers. */
inline void fetch_ahead(const uint8_t* const* ahead, int count, int row_bytes) {
  for (int t = 0; t < count; ++t)
    for (int at = 0; at < row_bytes; at += 64) prefetch(ahead[t] + at);
}

template <class W, int Rows>
inline void score_rows(const W& words, const ScoreTask& task, int row) {
  for (int t = 0; t < task.tokens; t += kTokenBlock) {
    if (row == 0) fetch_ahead(task.ahead + t, kTokenBlock, task.head_size * W::bytes);
    __m512 sums[2][Rows][2];
    for (int half = 0; half < 2; ++half) {
      for (int r = 0; r < Rows; ++r) sums[half][r][0] = sums[half][r][1] = _mm512_setzero_ps();
      score_quads<W, Rows>(words, task, row, task.keys + t + 2 * half, sums[half]);
    }
    for (int r = 0; r < Rows; ++r)
      _mm512_storeu_ps(task.scores + (row + r) * kTile + t,
                       fold(sums[0][r][0], sums[0][r][1], sums[1][r][0], sums[1][r][1]));
  }
}

template <Format F>
void score_bf16(const ScoreTask& task) {
  const Words<F> words;
  split_rows(task.rows, [&](auto rows, int row) { score_rows<Words<F>, decltype(rows)::value>(words, task, row); });
}

/** out = decay * out + sums for the 4 x 8 elements of a pair of sums, whose lanes lie `stride` floats apart. */
inline void add_lanes(float* out, int stride, __m512 decay, __m512 first, __m512 second) {
  const __m512 low = _mm512_shuffle_f32x4(first, second, 0x44), high = _mm512_shuffle_f32x4(first, second, 0xEE);
  for (int k = 0; k < 4; ++k) {
    const __m512 lanes = k < 2 ? low : high;
    const __m512 ordered = _mm512_shuffle_f32x4(lanes, lanes, k % 2 == 0 ? 0x08 : 0x0D);
    const __m256 sum = _mm512_castps512_ps256(ordered);
    float* at = out + k * stride;
    _mm256_storeu_ps(at, _mm256_fmadd_ps(_mm512_castps512_ps256(decay), _mm256_loadu_ps(at), sum));
  }
}

/** Weighted sum of one 64-byte column, halves `half` .. `half + Halves - 1` of each lane. */
template <class W, int Rows, int Halves>
inline void gather_column(const W& words, const ValueTask& task, int row, int at, int half) {
  const uint16_t* weights = static_cast<const uint16_t*>(task.weights) + row * kTile;
  const int left = task.head_size * W::bytes - at;
  __m512 sums[Rows][Halves][2];
  for (auto& line : sums)
    for (auto& two : line) two[0] = two[1] = _mm512_setzero_ps();
  const bool first = row == 0 && at == 0 && half == 0;
  for (int t = 0; t < task.tokens; t += 2) {
    if (first) fetch_ahead(task.ahead + t, 2, task.head_size * W::bytes);
    const uint8_t* const* rows = task.values + t;
    const __m512i a = left >= 64 ? load64(rows[0] + at) : load64(rows[0] + at, left);
    const __m512i b = left >= 64 ? load64(rows[1] + at) : load64(rows[1] + at, left);
    for (int h = 0; h < Halves; ++h) {
      __m512i pairs[2];
      words.pair(a, b, half + h, pairs);
      for (int r = 0; r < Rows; ++r) {
        int32_t two;
        memcpy(&two, weights + r * kTile + t, sizeof two);
        const __m512i weight = _mm512_set1_epi32(two);
        sums[r][h][0] = dot(sums[r][h][0], pairs[0], weight);
        sums[r][h][1] = dot(sums[r][h][1], pairs[1], weight);
      }
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int h = 0; h < Halves; ++h)
      add_lanes(task.out + (row + r) * task.pitch + at / W::bytes + 8 * (half + h), 8 * W::count,
                _mm512_set1_ps(task.decay[row + r]), sums[r][h][0], sums[r][h][1]);
}

template <class W, int Rows>
inline void gather_rows_bf16(const W& words, const ValueTask& task, int row) {
  // All halves at once share their loads, while the sums fit in registers.
  constexpr int halves = Rows <= 4 ? W::count : 1;
  for (int at = 0; at < task.head_size * W::bytes; at += 64)
    for (int half = 0; half < W::count; half += halves) gather_column<W, Rows, halves>(words, task, row, at, half);
}

template <Format F>
void gather_bf16(const ValueTask& task) {
  const Words<F> words;
  split_rows(task.rows, [&](auto rows, int row) { gather_rows_bf16<Words<F>, decltype(rows)::value>(words, task, row); });
}

constexpr Kernels kFast{
    true, prepare_bf16,
    {score_bf16<Format::e4m3fn>, score_bf16<Format::e4m3fnuz>, score_bf16<Format::e5m2>, nullptr, score_bf16<Format::bf16>, nullptr},
    softmax<Lanes>,
    {gather_bf16<Format::e4m3fn>, gather_bf16<Format::e4m3fnuz>, gather_bf16<Format::e5m2>, nullptr, gather_bf16<Format::bf16>, nullptr}};

}  // namespace

const Arithmetic kAvx512VbmiBf16{"avx512vbmi_bf16", missing_avx512_vbmi_bf16, &kAvx512Precise, &kFast, &kAvx512Converters};

}  // namespace kvscale::cpu
