// The kernels against float64 on the same bytes, on every instruction set of the machine, precise and fast.
// Bars: float32 products rel-L2 2e-6 * sqrt(L / 1024) (L at least 1024), max-abs 1e-5 * max |V|, lse 1e-5;
// BF16 dots 2.01/128 relative or 1e-2 of V's rms per element, and 1 - cosine 5e-6, on queries that BF16 holds.
// (FlashMLA tests/lib.py @9241ae3: 1e-3 absolute, for values drawn with an rms of 0.1; here V is of any size.)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "cases.h"
#include "expect.h"
#include "fixture.h"
#include "isas.h"
#include "suites.h"

namespace kvscale::test {
namespace {

/** Logits far from zero carry a float32 rounding error in proportion, and weights inherit it. */
double reach(const Fixture& f) {
  double reach = 1;
  for (double lse : f.expected_lse)
    if (std::isfinite(lse)) reach = std::max(reach, std::fabs(lse) / 32);
  return reach;
}

void judge_precise(const Fixture& f, const Deviation& d, const char* isa) {
  const double longest = *std::max_element(f.lengths.begin(), f.lengths.end());
  const bool good = d.relative <= 2e-6 * std::sqrt(std::max(1.0, longest / 1024)) * reach(f) &&
                    d.largest <= 1e-5 * f.largest_value * reach(f) && d.lse <= 1e-5 * reach(f) && d.finite_alike;
  if (std::getenv("KVSCALE_TEST_VERBOSE") || !good)
    std::printf("    %-44s %-16s rel %.2e abs/V %.2e lse %.2e reach %.1f\n", f.shape.label.c_str(), isa, d.relative,
                d.largest / f.largest_value, d.lse, reach(f));
  expect(good, "float32 path within its bars");
}

void judge_fast(const Fixture& f, const Deviation& d, const char* isa) {
  const double lse_bar = f.shape.bf16_query ? 1e-5 * reach(f) : 1e-2;
  const bool good = d.worst_loose <= 1 && d.cosine_gap <= 5e-6 && d.lse <= lse_bar && d.finite_alike;
  if (std::getenv("KVSCALE_TEST_VERBOSE") || !good)
    std::printf("    %-44s %-16s bf16: bar %.3f 1-cos %.2e rel %.2e lse %.2e\n", f.shape.label.c_str(), isa, d.worst_loose,
                d.cosine_gap, d.relative, d.lse);
  expect(good, "BF16-dot path within its bars");
}

void run_on(Fixture& f, const Isa& isa, bool precise) {
  Problem p = f.problem();
  p.isa = isa.name;
  p.precise = precise;
  std::fill(f.out.begin(), f.out.end(), 12345.0f);
  std::fill(f.lse.begin(), f.lse.end(), 12345.0f);
  const char* reason = attend(p);
  expect(reason == nullptr, reason ? reason : "attended");
  const bool rounded = isa.bf16_dot && !precise && f.shape.format != Format::f16 && f.shape.format != Format::f32;
  if (rounded) judge_fast(f, deviation(f), isa.name);
  else judge_precise(f, deviation(f), isa.name);
}

void solve_all(const std::vector<Case>& cases) {
  for (const Case& shape : cases) {
    Fixture fixture(shape);
    fixture.solve();
    for (const Isa& isa : usable_isas()) {
      run_on(fixture, isa, true);
      if (isa.bf16_dot) run_on(fixture, isa, false);
    }
  }
}

void shapes() { solve_all(shape_cases()); }
void lengths() { solve_all(length_cases()); }
void variants() { solve_all(variant_cases()); }
void numbers() { solve_all(number_cases()); }
void prefills() { solve_all(prefill_cases()); }

/** With equal values every weight gives the same output: what the codes of the constant decode to. */
void constant_values_stay_constant() {
  Case shape;
  shape.label = "constant V";
  shape.data = Data::constant_values;
  shape.lengths = {1, 17, 777, 2500};
  Fixture f(shape);
  f.solve();
  for (const Isa& isa : usable_isas())
    for (bool precise : {true, false}) {
      run_on(f, isa, precise);
      expect(deviation(f).largest <= 1e-6 * f.largest_value, isa.name);
    }
}

/** One NaN among the values of the first sequence and KV head: all rows of its group see it, nobody else. */
void nan_reaches_its_own_rows() {
  for (Format format : {Format::e4m3fn, Format::e4m3fnuz, Format::e5m2, Format::f16, Format::bf16, Format::f32}) {
    Case shape;
    shape.format = format;
    shape.lengths = {40, 33};
    Fixture f(shape);
    const float nan = NAN;
    const int64_t at = f.tables[0] * f.value.block_stride + 3 * f.value.slot_stride;
    encode(format, Writer::cuda_rne, 1, &nan, 1, &f.pool[static_cast<size_t>(f.value_offset + at * element_bytes(format))], "scalar");
    for (const Isa& isa : usable_isas())
      for (bool precise : {true, false}) {
        Problem p = f.problem();
        p.isa = isa.name, p.precise = precise;
        expect(attend(p) == nullptr, "attended");
        const int size = f.value.head_size, group = shape.heads / shape.kv_heads;
        for (size_t i = 0; i < f.out.size(); ++i)
          expect(std::isnan(f.out[i]) == (i % size == 0 && i / size < static_cast<size_t>(group)), isa.name);
      }
  }
}

}  // namespace

const std::vector<Test> kAttentionTests = {
    {"attention: heads, head sizes, block sizes, layouts", shapes},
    {"attention: lengths from 0 to 39275", lengths},
    {"attention: window, softcap, ALiBi, sinks, softmax scale", variants},
    {"attention: formats, scales, distributions", numbers},
    {"attention: causal prefill", prefills},
    {"attention: a constant V gives a constant output", constant_values_stay_constant},
    {"attention: a NaN reaches its own rows and no others", nan_reaches_its_own_rows},
};

}  // namespace kvscale::test
