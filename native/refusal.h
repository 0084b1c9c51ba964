// What makes a problem impossible, checked before any pointer of it is followed. Shared by every backend.
#pragma once

#include "layer_operations.h"

namespace kvscale {

/** nullptr, or why this attention problem cannot be run. Reads block tables and lengths, so that kernels need not. */
const char* refusal(const Problem& problem);

/** nullptr, or why these pages cannot be written. */
const char* refusal(const WriteProblem& problem);

/** nullptr, or why this operation of a decoder layer cannot be run. */
const char* refusal(const Linear& task);
const char* refusal(const RmsNorm& task);
const char* refusal(const Rotate& task);
const char* refusal(const Gate& task);
const char* refusal(const Logits& task);

/** nullptr, or why this writer does not exist for this format, or this scale cannot divide. */
const char* refusal(Format format, Writer writer, float scale);

}  // namespace kvscale
