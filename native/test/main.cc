// Runs every suite, or those tests whose name contains the last argument. Exit code 1 when an expectation failed.
//   kvscale_test [--stop] [PART]     --stop: no further than the first test that fails
#include <chrono>
#include <cstdio>
#include <cstring>

#include "../contract.h"
#include "isas.h"
#include "suites.h"

namespace kvscale::test {
namespace {

/** Returns whether every expectation held. */
bool run(const Test& test) {
  using Clock = std::chrono::steady_clock;
  const int failures = tally().failures;
  const auto begin = Clock::now();
  test.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const bool good = tally().failures == failures;
  std::printf("%s  %s (%.2f s)\n", good ? "ok  " : "FAIL", test.name, seconds);
  std::fflush(stdout);
  return good;
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
  const bool stop = argc > 1 && std::strcmp(argv[1], "--stop") == 0;
  const char* part = argc > (stop ? 2 : 1) ? argv[argc - 1] : "";
  report_isas();
  bool going = true;
  for (const auto* suite : {&kCodecTests, &kConverterTests, &kSoftmaxTests, &kAttentionTests, &kInvarianceTests, &kEdgeTests,
                            &kWriteTests, &kRefusalTests, &kLinearTests, &kElementwiseTests, &kOperationRefusalTests, &kLogitsTests})
    for (const Test& test : *suite)
      if (going && std::strstr(test.name, part) != nullptr) going = run(test) || !stop;
  std::printf("%d expectations, %d failed\n", tally().expectations, tally().failures);
  return tally().failures == 0 ? 0 : 1;
}
