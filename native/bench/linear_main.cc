// Floating-point operations a second of linear() beside what the same registers do without memory, measured in turns in
// the same run. Medians over the rounds; by processor time, so that a machine shared with others measures the same as
// an idle one, and by the clock. One token is a matter of memory: beside it stands how fast memory is read.
//   kvscale_linear_bench [rounds = 5] [filter = ""]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "../half.h"
#include "../layer_operations.h"
#include "../test/isas.h"
#include "../test/random.h"
#include "peak.h"
#include "roof.h"

namespace kvscale::bench {
namespace {

struct Seconds {
  double processor, clock;
};

double read(clockid_t id) {
  timespec time;
  clock_gettime(id, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/** Seconds that `work` takes: those of all threads together over their number, and those that pass. */
template <class Work>
Seconds seconds_of(int threads, Work work) {
  const double processor = read(CLOCK_PROCESS_CPUTIME_ID), clock = read(CLOCK_MONOTONIC);
  work();
  return {(read(CLOCK_PROCESS_CPUTIME_ID) - processor) / threads, read(CLOCK_MONOTONIC) - clock};
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/** A product of normal numbers. */
class Case {
 public:
  Case(int64_t tokens, int64_t rows, int64_t columns, Format format)
      : tokens_(tokens), rows_(rows), columns_(columns), format_(format), input_(draw(tokens * columns)),
        weights_(static_cast<size_t>(rows * columns * element_bytes(format))), output_(static_cast<size_t>(tokens * rows)) {
    const std::vector<float> floats = draw(rows * columns);
    encode(format, Writer::cuda_rne, 1, floats.data(), rows * columns, weights_.data(), nullptr);
  }

  double operations() const { return 2.0 * static_cast<double>(tokens_ * rows_ * columns_); }
  const std::vector<uint8_t>& bytes() const { return weights_; }

  void run(const char* isa, bool bfloat16, int threads) {
    Linear task{};
    task.tokens = tokens_, task.input = input_.data(), task.output = output_.data();
    task.weights = {format_, rows_, columns_, weights_.data(), {}};
    task.bfloat16 = bfloat16, task.threads = threads, task.isa = isa;
    if (const char* reason = linear(task)) std::fprintf(stderr, "%s\n", reason), std::exit(1);
  }

 private:
  static std::vector<float> draw(int64_t count) {
    test::Random random(3);
    float drawn[4096];
    for (float& x : drawn) x = static_cast<float>(random.normal());
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = drawn[(i + i / 4096 * 37) % 4096];
    return values;
  }

  const int64_t tokens_, rows_, columns_;
  const Format format_;
  const std::vector<float> input_;
  std::vector<uint8_t> weights_;
  std::vector<float> output_;
};

void run_peak(const Peak& peak, int64_t count, int threads) {
  std::vector<std::thread> team;
  for (int t = 1; t < threads; ++t) team.emplace_back(peak.run, count);
  peak.run(count);
  for (std::thread& member : team) member.join();
}

void compare(const std::string& label, Case& product, const Peak& peak, int threads, int rounds) {
  constexpr int64_t steps = 4'000'000;
  const double roof_operations = static_cast<double>(steps) * kPeakChain * peak.operations * threads;
  std::vector<double> rates, processor, clock;
  for (int round = 0; round < rounds; ++round) {
    const Seconds roof = seconds_of(threads, [&] { run_peak(peak, steps, threads); });
    const Seconds own = seconds_of(threads, [&] { product.run(peak.isa, peak.bfloat16, threads); });
    rates.push_back(product.operations() / own.clock / 1e9);
    processor.push_back(product.operations() / own.processor / (roof_operations / roof.processor));
    clock.push_back(product.operations() / own.clock / (roof_operations / roof.clock));
  }
  std::printf("%-62s %7.1f GFLOP/s, of peak %.2f by processor time, %.2f by the clock\n", label.c_str(), median(rates),
              median(processor), median(clock));
  std::fflush(stdout);
}

volatile uint64_t sink;

void compare_memory(const std::string& label, Case& product, const Peak& peak, int threads, int rounds) {
  std::vector<double> rates, shares;
  const std::vector<uint8_t>& bytes = product.bytes();
  for (int round = 0; round < rounds; ++round) {
    const Seconds roof = seconds_of(threads, [&] { sink = read_all(bytes.data(), static_cast<int64_t>(bytes.size()), threads); });
    const Seconds own = seconds_of(threads, [&] { product.run(peak.isa, peak.bfloat16, threads); });
    rates.push_back(static_cast<double>(bytes.size()) / own.clock / 1e9);
    shares.push_back(roof.processor / own.processor);
  }
  std::printf("%-62s %7.1f GB/s, of reading %.2f by processor time\n", label.c_str(), median(rates), median(shares));
  std::fflush(stdout);
}

struct Shape {
  int64_t tokens, rows, columns;
  Format format;
  const char* type;
};
constexpr Shape kShapes[] = {
    {512, 8192, 2048, Format::bf16, "bf16"},  {512, 2048, 8192, Format::bf16, "bf16"},
    {512, 2048, 2048, Format::bf16, "bf16"},  {512, 32000, 2048, Format::bf16, "bf16"},
    {512, 8192, 2048, Format::e4m3fn, "e4m3fn"}, {512, 8192, 2048, Format::f32, "f32"},
    {16, 8192, 2048, Format::bf16, "bf16"},   {1, 32000, 2048, Format::bf16, "bf16"},
    {1, 32000, 2048, Format::e4m3fn, "e4m3fn"}};

void run(int rounds, const std::string& filter) {
  for (const Shape& shape : kShapes) {
    Case product(shape.tokens, shape.rows, shape.columns, shape.format);
    for (const Isa& isa : test::usable_isas())
      for (bool bfloat16 : {false, true})
        for (int threads : {1, 2}) {
          const std::string label = std::string(isa.name) + (bfloat16 ? " bfloat16 [" : " float32 [") +
                                    std::to_string(shape.tokens) + ", " + std::to_string(shape.columns) + "] x [" +
                                    std::to_string(shape.rows) + ", " + std::to_string(shape.columns) + "] " + shape.type + " " +
                                    std::to_string(threads) + (threads == 1 ? " thread" : " threads");
          const Peak* peak = peak_of(isa.name, bfloat16);
          if (peak == nullptr || label.find(filter) == std::string::npos) continue;
          (shape.tokens == 1 ? compare_memory : compare)(label, product, *peak, threads, rounds);
        }
  }
}

}  // namespace
}  // namespace kvscale::bench

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  kvscale::bench::run(rounds > 0 ? rounds : 5, argc > 2 ? argv[2] : "");
}
