// The contract's write_cache(), encode() and decode() on the CPU.
#include "../refusal.h"
#include "arithmetics.h"
#include "float_environment.h"
#include "team.h"

namespace kvscale {
namespace cpu {
namespace {

/** One pool with the rows that go into it. */
struct Target {
  uint8_t* pool;
  const Layout& layout;
  const float* rows;  // [tokens, kv_heads, layout.head_size]
  const Scales& scales;
};

void write_head(const WriteProblem& p, const Target& target, const Converters& converters, int32_t head) {
  const float scale = target.scales.values[target.scales.count == 1 ? 0 : head];
  const int64_t bytes = element_bytes(p.format);
  const Layout& layout = target.layout;
  for (int64_t token = 0; token < p.tokens && !cancelled(p.cancel); ++token) {
    const int64_t slot = p.slot_mapping[token];
    if (slot < 0) continue;
    const int64_t offset = slot / p.block_size * layout.block_stride + slot % p.block_size * layout.slot_stride +
                           head * layout.head_stride;
    const float* row = target.rows + (token * p.kv_heads + head) * layout.head_size;
    converters.encode(p.format, p.writer, scale, row, layout.head_size, target.pool + offset * bytes);
  }
}

/** A head is one thread's, token after token: of equal slots the last token wins on any thread count. */
const char* write(const WriteProblem& p, const Converters& converters) {
  const Target targets[2] = {{static_cast<uint8_t*>(p.key_cache), p.key, p.keys, p.k_scale},
                             {static_cast<uint8_t*>(p.value_cache), p.value, p.values, p.v_scale}};
  const int64_t items = 2 * int64_t{p.kv_heads};
  return run_team(team_size(p.threads, items), items, p.cancel, [&](int32_t, int64_t item) {
    write_head(p, targets[item % 2], converters, static_cast<int32_t>(item / 2));
  });
}

}  // namespace
}  // namespace cpu

const char* write_cache(const WriteProblem& problem) {
  const char* reason = refusal(problem);
  const cpu::Arithmetic* arithmetic = reason ? nullptr : cpu::choose(problem.isa, &reason);
  return reason ? reason : cpu::write(problem, *arithmetic->converters);
}

const char* decode(Format format, const void* codes, int64_t count, float* floats, const char* isa) {
  const char* reason = refusal(format, Writer::cuda_rne, 1.0f);
  const cpu::Arithmetic* arithmetic = reason ? nullptr : cpu::choose(isa, &reason);
  if (reason) return reason;
  const cpu::FloatEnvironment mode;
  arithmetic->converters->decode(format, codes, count, floats);
  return nullptr;
}

const char* encode(Format format, Writer writer, float scale, const float* floats, int64_t count, void* codes,
                   const char* isa) {
  const char* reason = refusal(format, writer, scale);
  const cpu::Arithmetic* arithmetic = reason ? nullptr : cpu::choose(isa, &reason);
  if (reason) return reason;
  const cpu::FloatEnvironment mode;
  arithmetic->converters->encode(format, writer, scale, floats, count, codes);
  return nullptr;
}

}  // namespace kvscale
