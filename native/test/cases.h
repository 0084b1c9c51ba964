// The shape list of the kernel tests: the union of what serving engines test, each axis against a few of the others.
#pragma once

#include "fixture.h"

namespace kvscale::test {

std::vector<Case> shape_cases();
std::vector<Case> length_cases();
std::vector<Case> variant_cases();
std::vector<Case> number_cases();
std::vector<Case> prefill_cases();

}  // namespace kvscale::test
