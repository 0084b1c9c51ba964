// What the contract refuses: each row spoils one thing of a good problem, and gets a reason and an untouched output.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include "expect.h"
#include "fixture.h"
#include "suites.h"

namespace kvscale::test {
namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max() / 2;

struct Spoiled {
  const char* what;
  void (*spoil)(Problem&);
};

const Spoiled kProblems[] = {
    {"unknown format", [](Problem& p) { p.format = static_cast<Format>(6); }},
    {"negative format", [](Problem& p) { p.format = static_cast<Format>(-1); }},
    {"no heads", [](Problem& p) { p.heads = 0; }},
    {"no KV heads", [](Problem& p) { p.kv_heads = 0; }},
    {"heads not a multiple", [](Problem& p) { p.heads = 7; }},
    {"block size 0", [](Problem& p) { p.block_size = 0; }},
    {"negative blocks", [](Problem& p) { p.blocks = -1; }},
    {"negative sequences", [](Problem& p) { p.sequences = -1; }},
    {"negative table", [](Problem& p) { p.max_blocks = -1; }},
    {"negative window", [](Problem& p) { p.window = -1; }},
    {"negative softcap", [](Problem& p) { p.softcap = -1; }},
    {"softcap NaN", [](Problem& p) { p.softcap = NAN; }},
    {"negative threads", [](Problem& p) { p.threads = -1; }},
    {"no key cache", [](Problem& p) { p.key_cache = nullptr; }},
    {"no value cache", [](Problem& p) { p.value_cache = nullptr; }},
    {"no tables", [](Problem& p) { p.block_tables = nullptr; }},
    {"no lengths", [](Problem& p) { p.seq_lens = nullptr; }},
    {"no query", [](Problem& p) { p.query = nullptr; }},
    {"no output", [](Problem& p) { p.out = nullptr; }},
    {"no k_scale", [](Problem& p) { p.k_scale.values = nullptr; }},
    {"no v_scale", [](Problem& p) { p.v_scale.values = nullptr; }},
    {"scales of another count", [](Problem& p) { p.k_scale.count = 3; }},
    {"no scale at all", [](Problem& p) { p.v_scale.count = 0; }},
    {"head size 0", [](Problem& p) { p.key.head_size = 0; }},
    {"head size 1025", [](Problem& p) { p.value.head_size = 1025; }},
    {"pages longer than the pool", [](Problem& p) { p.key.elements -= 1; }},
    {"values longer than the pool", [](Problem& p) { p.value.elements -= 1; }},
    {"a negative stride", [](Problem& p) { p.key.slot_stride = -1; }},
    {"a stride that overflows", [](Problem& p) { p.key.block_stride = kHuge; }},
    {"strides whose sum overflows", [](Problem& p) { p.value.slot_stride = p.value.head_stride = kHuge / 4; }},
    {"blocks that overflow", [](Problem& p) { p.blocks = kHuge; }},
    {"a page beyond the pool", [](Problem& p) { const_cast<int32_t&>(p.block_tables[1]) = static_cast<int32_t>(p.blocks); }},
    {"a negative page", [](Problem& p) { const_cast<int32_t&>(p.block_tables[0]) = -1; }},
    {"a negative length", [](Problem& p) { const_cast<int32_t&>(p.seq_lens[0]) = -1; }},
    {"a length beyond the table", [](Problem& p) { const_cast<int32_t&>(p.seq_lens[0]) = 1000; }},
    {"a length beyond 2^30", [](Problem& p) { const_cast<int32_t&>(p.seq_lens[0]) = (1 << 30) + 1; }},
    {"queries that do not start at 0", [](Problem& p) { const_cast<int32_t&>(p.query_starts[0]) = 1; }},
    {"queries that fall", [](Problem& p) { const_cast<int32_t&>(p.query_starts[2]) = 0; }},
    {"an unknown instruction set", [](Problem& p) { p.isa = "abacus"; }},
};

void problems_are_refused() {
  Case shape;
  shape.lengths = {40, 33}, shape.queries = {2, 3};
  for (const Spoiled& row : kProblems) {
    Fixture f(shape);
    Problem p = f.problem();
    row.spoil(p);
    const char* reason = attend(p);
    expect(reason != nullptr && std::strlen(reason) > 10, row.what);
    expect(std::all_of(f.out.begin(), f.out.end(), [](float x) { return x == 12345.0f; }), row.what);
  }
}

struct SpoiledWrite {
  const char* what;
  void (*spoil)(WriteProblem&);
};

const int64_t kStray[] = {0, 32}, kNegative[] = {-2, 0};
const float kBad[] = {0, -1, NAN, INFINITY};

const SpoiledWrite kWrites[] = {
    {"unknown format", [](WriteProblem& p) { p.format = static_cast<Format>(9); }},
    {"unknown writer", [](WriteProblem& p) { p.writer = static_cast<Writer>(2); }},
    {"vllm-cpu in fnuz", [](WriteProblem& p) { p.format = Format::e4m3fnuz, p.writer = Writer::vllm_cpu_trunc; }},
    {"no blocks", [](WriteProblem& p) { p.blocks = 0; }},
    {"negative tokens", [](WriteProblem& p) { p.tokens = -1; }},
    {"no keys", [](WriteProblem& p) { p.keys = nullptr; }},
    {"no slots", [](WriteProblem& p) { p.slot_mapping = nullptr; }},
    {"a slot beyond the pages", [](WriteProblem& p) { p.slot_mapping = kStray; }},
    {"slot -2", [](WriteProblem& p) { p.slot_mapping = kNegative; }},
    {"scale 0", [](WriteProblem& p) { p.k_scale.values = &kBad[0]; }},
    {"scale -1", [](WriteProblem& p) { p.k_scale.values = &kBad[1]; }},
    {"scale NaN", [](WriteProblem& p) { p.v_scale.values = &kBad[2]; }},
    {"scale Inf", [](WriteProblem& p) { p.v_scale.values = &kBad[3]; }},
    {"a pool too small", [](WriteProblem& p) { p.value.elements -= 1; }},
    {"rows that overlap", [](WriteProblem& p) { p.key.slot_stride = 4; }},
    {"heads that overlap", [](WriteProblem& p) { p.key.head_stride = 0; }},
    {"an unknown instruction set", [](WriteProblem& p) { p.isa = "abacus"; }},
};

void writes_are_refused() {
  const std::vector<float> rows(2 * 2 * 8, 1.0f);
  const int64_t slots[] = {0, 31};
  const float one = 1;
  for (const SpoiledWrite& row : kWrites) {
    std::vector<uint8_t> keys(512, 0xA7), values(512, 0xA7);
    const Layout layout{512, 128, 16, 8, 8};
    WriteProblem p{Format::e4m3fn, Writer::cuda_rne, 2, 8, 4, 2, keys.data(), layout, values.data(), layout,
                   rows.data(), rows.data(), slots, {&one, 1}, {&one, 1}, 1, nullptr, nullptr};
    expect(write_cache(p) == nullptr, "the problem is good before it is spoiled");
    std::fill(keys.begin(), keys.end(), uint8_t{0xA7});
    row.spoil(p);
    expect(write_cache(p) != nullptr, row.what);
    expect(std::all_of(keys.begin(), keys.end(), [](uint8_t x) { return x == 0xA7; }), row.what);
  }
}

void converters_refuse() {
  float value = 1;
  uint8_t code = 0xA7;
  for (float scale : kBad)
    expect(encode(Format::e4m3fn, Writer::cuda_rne, scale, &value, 1, &code, nullptr) != nullptr, "bad scale");
  expect(encode(Format::e4m3fnuz, Writer::vllm_cpu_trunc, 1, &value, 1, &code, nullptr) != nullptr, "vllm-cpu in fnuz");
  expect(encode(Format::e4m3fn, Writer::cuda_rne, 1, &value, 1, &code, "abacus") != nullptr, "unknown instruction set");
  expect(decode(static_cast<Format>(7), &code, 1, &value, nullptr) != nullptr, "unknown format");
  expect(code == 0xA7 && value == 1, "nothing was written");
}

/** KVSCALE_ISA forces one; a name that this build lacks is refused and makes the backend unavailable. */
void the_environment_chooses() {
  const char* found = std::getenv("KVSCALE_ISA");
  const std::string before = found ? found : "";
  setenv("KVSCALE_ISA", "scalar", 1);
  Isa table[8];
  const int32_t count = isas(table, 8);
  for (int32_t i = 0; i < count; ++i) expect(table[i].chosen == (std::strcmp(table[i].name, "scalar") == 0), table[i].name);
  setenv("KVSCALE_ISA", "abacus", 1);
  expect(unavailable() != nullptr, "unavailable under an unknown name");
  float value;
  const uint8_t code = 0;
  expect(decode(Format::e4m3fn, &code, 1, &value, nullptr) != nullptr, "refused under an unknown name");
  setenv("KVSCALE_ISA", before.c_str(), 1);
  expect(unavailable() == nullptr, "available again");
}

}  // namespace

const std::vector<Test> kRefusalTests = {
    {"refusal: impossible attention", problems_are_refused},
    {"refusal: impossible writes", writes_are_refused},
    {"refusal: impossible conversions", converters_refuse},
    {"refusal: KVSCALE_ISA", the_environment_chooses},
};

}  // namespace kvscale::test
