// GB/s of cache bytes of the decode kernel beside the read roof of this machine, measured in turns in the same run:
// every round times the roof, then each path, so that a noisy neighbour slows both. Medians over the rounds.
// The roof is one walk over the pool from end to end. What memory gives in the order of a block table, with nothing
// computed, stands beside the kernel as two paths of its own.
//   kvscale_bench [rounds = 11] [filter = ""]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../test/isas.h"
#include "decode_bench.h"
#include "roof.h"

namespace kvscale::bench {
namespace {

struct Path {
  std::string name;
  const char* isa;
  bool precise;
  double (Decode::*read)() const;  // a plain read instead of the kernel
};

/** Where the context lies, by its size: a working set for L2, and one that no cache holds. */
struct Context {
  const char* name;
  int32_t kv_heads;
  int32_t length;
  int calls;  // per measurement, so that each takes milliseconds
  int32_t block_size;
  bool shuffled;
  bool all;  // formats, or e4m3fn alone
};

constexpr Context kContexts[] = {{"cache", 1, 2048, 64, 16, true, true},
                                 {"DRAM", 8, 131072, 1, 16, true, true},
                                 {"DRAM, blocks of 128,", 8, 131072, 1, 128, true, false},
                                 {"DRAM, blocks in order,", 8, 131072, 1, 16, false, false}};
constexpr int32_t kHeadSize = 128;

struct Column {
  const char* name;
  Format format;
};
constexpr Column kColumns[] = {{"e4m3fn", Format::e4m3fn}, {"e5m2", Format::e5m2}, {"bf16", Format::bf16}, {"f16", Format::f16}};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

std::vector<Path> paths() {
  std::vector<Path> all;
  for (const Isa& isa : test::usable_isas()) {
    all.push_back({isa.name, isa.name, !isa.bf16_dot, nullptr});
    if (isa.bf16_dot) all.push_back({std::string(isa.name) + " precise", isa.name, true, nullptr});
  }
  all.push_back({"(read blocks whole)", nullptr, false, &Decode::read_blocks});
  all.push_back({"(read as the kernel does)", nullptr, false, &Decode::read_as_kernel});
  return all;
}

/** Every path against the scalar one before anything is timed. */
void validate(Decode& decode, const std::vector<Path>& paths) {
  decode.run("scalar", true, 1);
  const std::vector<float> expected = decode.output();
  for (const Path& path : paths) {
    if (path.read != nullptr) continue;
    decode.run(path.isa, path.precise, 2);
    const double difference = gap(expected, decode.output());
    if (difference > (path.precise ? 1e-5 : 1e-2)) {
      std::fprintf(stderr, "%s: output differs by %g of its largest value: not timed\n", path.name.c_str(), difference);
      std::exit(1);
    }
  }
}

volatile uint64_t sink;

double roof_rate(const Decode& decode, int threads, int calls) {
  const double begin = now(threads);
  for (int i = 0; i < calls; ++i) sink = read_all(decode.data(), decode.bytes(), threads);
  return static_cast<double>(decode.bytes()) * calls / (now(threads) - begin) / 1e9;
}

double path_rate(Decode& decode, const Path& path, int threads, int calls) {
  double seconds = 0;
  for (int i = 0; i < calls; ++i)
    seconds += path.read != nullptr ? (decode.*path.read)() : decode.run(path.isa, path.precise, threads);
  return static_cast<double>(decode.bytes()) * calls / seconds / 1e9;
}

void measure(Decode& decode, const std::string& label, const std::vector<Path>& paths, int threads, int calls, int rounds) {
  std::vector<double> roofs;
  std::vector<std::vector<double>> rates(paths.size()), shares(paths.size());
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < paths.size(); ++i) {
      const double roof = roof_rate(decode, threads, calls);
      const double rate = path_rate(decode, paths[i], threads, calls);
      roofs.push_back(roof);
      rates[i].push_back(rate);
      shares[i].push_back(rate / roof);
    }
  for (size_t i = 0; i < paths.size(); ++i)
    std::printf("%-46s %-26s %6.1f GB/s of roof %6.1f = %.2f\n", label.c_str(), paths[i].name.c_str(), median(rates[i]), median(roofs),
                median(shares[i]));
  std::fflush(stdout);
}

/** One block of the table: every path whose line holds the filter. */
void run_setting(const Context& context, const Column& column, int group, int threads, int rounds, const char* filter) {
  const std::string label = std::string(context.name) + " " + column.name + " " + std::to_string(group) + " heads " +
                            std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  std::vector<Path> wanted;
  for (const Path& path : paths())
    if ((path.read == nullptr || (group == 1 && threads == 1)) && (label + " " + path.name).find(filter) != std::string::npos)
      wanted.push_back(path);
  if (wanted.empty()) return;
  Decode decode({column.format, context.kv_heads, group, context.length, kHeadSize, context.block_size, context.shuffled});
  validate(decode, wanted);
  measure(decode, label, wanted, threads, context.calls, rounds);
}

void run(int rounds, const char* filter) {
  for (const Context& context : kContexts)
    for (const Column& column : kColumns)
      for (int group : {1, 4, 8})
        for (int threads : {1, 2})
          if (context.all || column.format == Format::e4m3fn) run_setting(context, column, group, threads, rounds, filter);
}

}  // namespace
}  // namespace kvscale::bench

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
  kvscale::bench::run(rounds > 0 ? rounds : 11, argc > 2 ? argv[2] : "");
}
