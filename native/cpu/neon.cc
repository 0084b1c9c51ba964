// NEON (ASIMD) as every 64-bit Arm processor has it: no FP8, BF16 or half-precision arithmetic is asked for. FP8 bytes
// become float16 bit fields as in avx2.cc, and FCVTL widens them to float32: exact, subnormals included.
#include <arm_neon.h>

#include "arithmetics.h"
#include "kernel_sets.h"

namespace kvscale::cpu {
namespace {

struct Neon {
  // Eight codes at a time: with sixteen, the sums of eight queries would not fit in 32 registers.
  static constexpr int width = 4, group = 8, accumulators = 16;
  static constexpr bool has_bf16 = false;
  using Vec = float32x4_t;

  static Vec set(float x) { return vdupq_n_f32(x); }
  static Vec zero() { return set(0.0f); }
  static Vec iota() {
    static constexpr float lanes[width] = {0, 1, 2, 3};
    return vld1q_f32(lanes);
  }
  static Vec load(const float* p) { return vld1q_f32(p); }
  static void store(float* p, Vec v) { vst1q_f32(p, v); }
  static Vec add(Vec a, Vec b) { return vaddq_f32(a, b); }
  static Vec sub(Vec a, Vec b) { return vsubq_f32(a, b); }
  static Vec mul(Vec a, Vec b) { return vmulq_f32(a, b); }
  static Vec div(Vec a, Vec b) { return vdivq_f32(a, b); }
  static Vec fma(Vec a, Vec b, Vec c) { return vfmaq_f32(c, a, b); }
  // Not FMAX: the second operand where one is NaN, as the other instruction sets have it (see exp_of).
  static Vec max(Vec a, Vec b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
  static Vec round(Vec x) { return vrndnq_f32(x); }
  static Vec below(Vec x, Vec y, Vec a, Vec b) { return vbslq_f32(vcltq_f32(x, y), a, b); }
  static Vec times_power(Vec p, Vec n) {
    // Below -127 the exponent field would wrap; at -127 it is that of zero.
    const int32x4_t exponent = vcvtnq_s32_f32(max(set(-127.0f), n));
    return vmulq_f32(p, vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(exponent, vdupq_n_s32(127)), 23)));
  }
  static float sum(Vec v) { return vaddvq_f32(v); }
  static void sum4(const Vec* v, float* out) {
    vst1q_f32(out, vpaddq_f32(vpaddq_f32(v[0], v[1]), vpaddq_f32(v[2], v[3])));
  }
  static float highest(Vec v) { return vmaxnmvq_f32(v); }

  /** e4m3fn: magnitude 127; e4m3fnuz: 0x80. Either way one comparison finds them after one bit operation. */
  template <Format F>
  static bool holds_nan(const uint8_t* row, int64_t count) {
    const uint8x16_t sign = vdupq_n_u8(F == Format::e4m3fn ? 0x80 : 0);
    const uint8x16_t nan = vdupq_n_u8(F == Format::e4m3fn ? 0xFF : 0x80);
    uint8x16_t found = vdupq_n_u8(0);
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) found = vorrq_u8(found, vceqq_u8(vorrq_u8(vld1q_u8(row + i), sign), nan));
    bool any = vmaxvq_u8(found) != 0;
    for (; i < count; ++i) any |= is_nan_code(fp8(F), row[i]);
    return any;
  }

  /** Eight float16 bit fields as two registers of floats. */
  static void widen_halves(uint16x8_t halves, Vec* out) {
    const float16x8_t fields = vreinterpretq_f16_u16(halves);
    out[0] = vcvt_f32_f16(vget_low_f16(fields));
    out[1] = vcvt_high_f32_f16(fields);
  }
  /** Eight halves of a row, which need not lie at an even address. */
  static uint16x8_t load_halves(const uint8_t* row) { return vreinterpretq_u16_u8(vld1q_u8(row)); }

  template <Format F>
  struct Codes;
};

/** FP8 through float16 fields. */
template <Format F>
struct Neon::Codes {
  static_assert(element_bytes(F) == 1, "specialised below");
  static constexpr int group = Neon::group, bytes = group;
  static constexpr float unit = F == Format::e4m3fn ? 256.0f : F == Format::e4m3fnuz ? 128.0f : 1.0f;
  static constexpr bool blind = F != Format::e5m2;

  static void load(const uint8_t* row, Vec* out) { widen(vld1_u8(row), out); }

  static void load_part(const uint8_t* row, int count, Vec* out) {
    uint8_t codes[group] = {};
    memcpy(codes, row, static_cast<size_t>(count));
    load(codes, out);
  }

  static void widen(uint8x8_t codes, Vec* out) {
    // e4m3: sign extension repeats the sign in bits 15..7; the shift moves it to 14 too, where it must go.
    if constexpr (F == Format::e5m2)
      widen_halves(vshlq_n_u16(vmovl_u8(codes), 8), out);
    else
      widen_halves(vandq_u16(vreinterpretq_u16_s16(vshlq_n_s16(vmovl_s8(vreinterpret_s8_u8(codes)), 7)),
                             vdupq_n_u16(0xBFFF)),
                   out);
  }
};

template <>
struct Neon::Codes<Format::f16> : TableCodes<Neon, Format::f16> {
  static void load(const uint8_t* row, Vec* out) { widen_halves(load_halves(row), out); }
};

template <>
struct Neon::Codes<Format::bf16> : TableCodes<Neon, Format::bf16> {
  static void load(const uint8_t* row, Vec* out) {
    const uint16x8_t halves = load_halves(row);
    out[0] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(halves), 16));
    out[1] = vreinterpretq_f32_u32(vshll_high_n_u16(halves, 16));
  }
};

template <>
struct Neon::Codes<Format::f32> : TableCodes<Neon, Format::f32> {
  static void load(const uint8_t* row, Vec* out) {
    for (int v = 0; v < 2; ++v) out[v] = vreinterpretq_f32_u8(vld1q_u8(row + 16 * v));
  }
};

const char* missing_neon() { return nullptr; }  // part of the 64-bit baseline

constexpr Kernels kPrecise = float_kernels<Neon>();
constexpr Converters kConverters = converters<Neon>();

}  // namespace

const Arithmetic kNeon{"neon", missing_neon, &kPrecise, nullptr, &kConverters};

}  // namespace kvscale::cpu
