// Runs every suite, or those tests whose name contains the first argument. Exit code 1 when an expectation failed.
#include <chrono>
#include <cstdio>
#include <cstring>

#include "../contract.h"
#include "isas.h"
#include "suites.h"

namespace kvscale::test {
namespace {

void run(const Test& test) {
  using Clock = std::chrono::steady_clock;
  const int failures = tally().failures;
  const auto begin = Clock::now();
  test.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf("%s  %s (%.2f s)\n", tally().failures == failures ? "ok  " : "FAIL", test.name, seconds);
  std::fflush(stdout);
}

void report_isas() {
  Isa table[8];
  const int32_t count = isas(table, 8);
  for (int32_t i = 0; i < count; ++i)
    std::printf("%s: %s\n", table[i].name, table[i].unavailable ? table[i].unavailable : "tested");
}

}  // namespace
}  // namespace kvscale::test

int main(int argc, char** argv) {
  using namespace kvscale::test;
  report_isas();
  for (const auto* suite : {&kCodecTests, &kConverterTests, &kSoftmaxTests, &kAttentionTests, &kInvarianceTests,
                            &kWriteTests, &kRefusalTests})
    for (const Test& test : *suite)
      if (argc < 2 || std::strstr(test.name, argv[1]) != nullptr) run(test);
  std::printf("%d expectations, %d failed\n", tally().expectations, tally().failures);
  return tally().failures == 0 ? 0 : 1;
}
