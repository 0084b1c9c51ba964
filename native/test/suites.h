// Every suite; main.cc runs them in this order.
#pragma once

#include <vector>

#include "expect.h"

namespace kvscale::test {

extern const std::vector<Test> kCodecTests;
extern const std::vector<Test> kConverterTests;
extern const std::vector<Test> kSoftmaxTests;
extern const std::vector<Test> kAttentionTests;
extern const std::vector<Test> kInvarianceTests;
extern const std::vector<Test> kEdgeTests;
extern const std::vector<Test> kWriteTests;
extern const std::vector<Test> kRefusalTests;
extern const std::vector<Test> kLinearTests;
extern const std::vector<Test> kElementwiseTests;
extern const std::vector<Test> kOperationRefusalTests;
extern const std::vector<Test> kLogitsTests;

}  // namespace kvscale::test
