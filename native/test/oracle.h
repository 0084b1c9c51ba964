// What codes mean and which code a number deserves, from the definition of the formats in double arithmetic and by
// search. Shares nothing with native/fp8.h: that is its purpose.
#pragma once

#include <cstdint>

#include "../contract.h"

namespace kvscale::test {

/** Value of a code of any format but f32, from sign, exponent and fraction. */
double oracle_value(Format format, uint32_t code);

/** The code nearest to `quotient`, ties to the even code, saturating; by search among all codes. FP8 formats. */
uint8_t oracle_code(Format format, double quotient);

/** Code that vLLM's CPU writer gives: the largest magnitude not above that of value * (1 / scale). */
uint8_t oracle_truncated(Format format, float value, float scale);

/** Whether a code, of an FP8 format, is NaN. */
bool oracle_nan(Format format, uint32_t code);

}  // namespace kvscale::test
