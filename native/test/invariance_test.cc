// What the result must not depend on, bit for bit: threads, company in a batch, the order of pages, bytes that no
// sequence owns, the caller's floating-point mode.
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <functional>

#include "../cpu/float_environment.h"
#include "expect.h"
#include "fixture.h"
#include "isas.h"
#include "suites.h"

namespace kvscale::test {
namespace {

Case decode_case() {
  Case shape;
  shape.lengths = {5000, 0, 777, 1};
  shape.heads = 12, shape.kv_heads = 2;
  shape.scaling = Scaling::per_head;
  shape.sinks = true;
  return shape;
}

Case prefill_case() {
  Case shape;
  shape.lengths = {300, 40, 2}, shape.queries = {120, 40, 4};
  shape.alibi = true, shape.window = 90, shape.softcap = 20;
  return shape;
}

struct Bits {
  std::vector<float> out, lse;
  bool operator==(const Bits& other) const { return equal(out, other.out) && equal(lse, other.lse); }
  static bool equal(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
  }
};

Bits attended(Fixture& f, const Problem& p) {
  std::fill(f.out.begin(), f.out.end(), 12345.0f);
  std::fill(f.lse.begin(), f.lse.end(), 12345.0f);
  const char* reason = attend(p);
  expect(reason == nullptr, reason ? reason : "attended");
  return {f.out, f.lse};
}

/** Calls `each` for every instruction set, with its float32 and its default products. */
void on_all(const std::function<void(const char* isa, bool precise)>& each) {
  for (const Isa& isa : usable_isas()) {
    each(isa.name, true);
    if (isa.bf16_dot) each(isa.name, false);
  }
}

void threads_do_not_matter() {
  for (const Case& shape : {decode_case(), prefill_case()}) {
    Fixture f(shape);
    on_all([&](const char* isa, bool precise) {
      Problem p = f.problem();
      p.isa = isa, p.precise = precise;
      const Bits alone = attended(f, p);
      for (int32_t threads : {2, 3, 8, 0}) {
        p.threads = threads;
        expect(attended(f, p) == alone, isa);
      }
    });
  }
}

/** Each sequence in a call of its own. */
void company_does_not_matter() {
  Fixture f(decode_case());
  on_all([&](const char* isa, bool precise) {
    Problem p = f.problem();
    p.isa = isa, p.precise = precise;
    const Bits together = attended(f, p);
    Bits apart = together;
    for (int64_t n = 0; n < p.sequences; ++n) {
      Problem one = p;
      one.sequences = 1;
      one.block_tables += n * p.max_blocks, one.seq_lens += n;
      one.query += n * p.heads * p.key.head_size;
      const Bits single = attended(f, one);
      std::copy_n(single.out.begin(), p.heads * p.value.head_size, apart.out.begin() + n * p.heads * p.value.head_size);
      std::copy_n(single.lse.begin(), p.heads, apart.lse.begin() + n * p.heads);
    }
    expect(apart == together, isa);
  });
}

void pages_do_not_matter() {
  std::vector<std::vector<Bits>> all;  // per fixture, per instruction set
  for (Order order : {Order::nhd, Order::hnd, Order::hnd_joint, Order::nhd_joint})
    for (int block : {1, 7, 16, 300}) {
      Case shape = decode_case();
      shape.order = order, shape.block_size = block;
      Fixture f(shape);
      all.emplace_back();
      on_all([&](const char* isa, bool precise) {
        Problem p = f.problem();
        p.isa = isa, p.precise = precise;
        all.back().push_back(attended(f, p));
      });
    }
  for (const std::vector<Bits>& bits : all) expect(bits == all[0], "same bits from other pages");
}

/** The fixture poisons with NaN what no sequence owns; here the same bytes are something else. */
void padding_does_not_matter() {
  for (Format format : {Format::e4m3fn, Format::e5m2, Format::bf16}) {
    Case shape = decode_case();
    shape.format = format;
    Fixture f(shape);
    std::vector<uint8_t> other = f.pool;
    const size_t width = static_cast<size_t>(element_bytes(format));
    const std::vector<uint8_t> poison = format == Format::bf16 ? std::vector<uint8_t>{0xC0, 0x7F} : std::vector<uint8_t>{0xFF};
    for (size_t i = 0; i < other.size(); i += width)
      if (std::equal(poison.begin(), poison.end(), &other[i])) std::fill_n(&other[i], width, uint8_t{0x33});
    expect(other != f.pool, "some bytes belong to nobody");
    on_all([&](const char* isa, bool precise) {
      Problem p = f.problem();
      p.isa = isa, p.precise = precise;
      const Bits poisoned = attended(f, p);
      p.key_cache = other.data(), p.value_cache = other.data() + f.value_offset;
      expect(attended(f, p) == poisoned, isa);
    });
  }
}

/** BF16 products round queries to nearest, ties to even: a query rounded so beforehand is the same query. */
void roundings_of_queries_do_not_matter() {
  Case shape = decode_case();
  shape.bf16_query = false;
  Fixture f(shape);
  std::vector<float> rounded = f.query;
  for (float& x : rounded) {
    int exponent;
    const double significand = std::frexp(double{x}, &exponent);
    x = static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(significand, 8)), exponent - 8));
  }
  expect(rounded != f.query, "some queries were rounded");
  on_all([&](const char* isa, bool precise) {
    Problem p = f.problem();
    p.isa = isa, p.precise = precise;
    const Bits given = attended(f, p);
    p.query = rounded.data();
    expect((attended(f, p) == given) == !precise, isa);
  });
}

/** A caller that rounds downwards gets the same bits, and keeps its mode. */
void the_callers_mode_does_not_matter() {
  Fixture f(decode_case());
  on_all([&](const char* isa, bool precise) {
    Problem p = f.problem();
    p.isa = isa, p.precise = precise;
    const Bits nearest = attended(f, p);
    std::fesetround(FE_DOWNWARD);
    const uint64_t mode = cpu::FloatEnvironment::read();
    const Bits downward = attended(f, p);
    expect(cpu::FloatEnvironment::read() == mode, "mode and flags left as found");
    expect(std::fegetround() == FE_DOWNWARD, "rounding left as found");
    std::fesetround(FE_TONEAREST);
    expect(downward == nearest, isa);
  });
}

void a_raised_flag_stops_a_call() {
  Fixture f(decode_case());
  const std::atomic<int32_t> raised{1};
  for (int32_t threads : {1, 4}) {
    Problem p = f.problem();
    p.threads = threads, p.cancel = &raised;
    expect(attend(p) == kCancelled, "cancelled");
  }
}

}  // namespace

const std::vector<Test> kInvarianceTests = {
    {"invariance: threads", threads_do_not_matter},
    {"invariance: company in a batch", company_does_not_matter},
    {"invariance: layout, block size and order of pages", pages_do_not_matter},
    {"invariance: bytes that no sequence owns", padding_does_not_matter},
    {"invariance: queries rounded to BF16 beforehand", roundings_of_queries_do_not_matter},
    {"invariance: the caller's floating-point mode", the_callers_mode_does_not_matter},
    {"invariance: a raised flag stops a call", a_raised_flag_stops_a_call},
};

}  // namespace kvscale::test
