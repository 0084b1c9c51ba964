// How JavaScript objects become the tasks of a decoder layer's operations; see binding_fields.h, which it continues.
#pragma once

#include "binding_fields.h"
#include "layer_operations.h"

namespace kvscale::binding {

inline double product(int64_t a, int64_t b) { return static_cast<double>(a) * static_cast<double>(b); }

inline Matrix matrix(const Fields& in) {
  Matrix m{in.format(), in.long_integer("rows"), in.long_integer("columns"), nullptr, {}};
  m.data = in.array<uint8_t>("data", napi_uint8_array, product(m.rows, m.columns) * element_bytes(m.format));
  if (in.has("scales"))
    m.scales = {in.floats("scales", 0), in.length("scales"), in.long_integer("blockRows"), in.long_integer("blockColumns")};
  return m;
}

inline void read(const Fields& in, Linear& task) {
  task.tokens = in.long_integer("tokens");
  task.weights = matrix(in.inner("weights"));
  task.input = in.floats("input", product(task.tokens, task.weights.columns));
  task.bias = in.some_floats("bias", static_cast<double>(task.weights.rows));
  task.output = in.floats("output", product(task.tokens, task.weights.rows));
  task.bfloat16 = in.truth("bfloat16"), task.threads = in.integer("threads");
}

inline void read(const Fields& in, RmsNorm& task) {
  task.rows = in.long_integer("rows"), task.width = in.length("weight");
  task.weight = in.floats("weight", 0);
  task.input = in.floats("input", product(task.rows, task.width));
  task.output = in.floats("output", product(task.rows, task.width));
  task.epsilon = in.number("epsilon").DoubleValue(), task.offset = in.real("offset");
  task.threads = in.integer("threads");
}

inline void read(const Fields& in, Rotate& task) {
  task.tokens = in.length("positions"), task.heads = in.integer("heads"), task.head_size = in.integer("headSize");
  task.features = in.integer("features"), task.table = in.long_integer("table");
  task.values = in.floats("values", product(task.tokens, task.heads) * task.head_size);
  task.positions = in.integers("positions", 0);
  task.cos = in.floats("cos", product(task.table, task.features / 2));
  task.sin = in.floats("sin", product(task.table, task.features / 2));
  task.threads = in.integer("threads");
}

inline void read(const Fields& in, Gate& task) {
  task.count = in.length("gate");
  task.gate = in.floats("gate", 0), task.up = in.floats("up", static_cast<double>(task.count));
  task.output = in.floats("output", static_cast<double>(task.count));
  task.activation = static_cast<Activation>(in.integer("activation")), task.threads = in.integer("threads");
}

inline void read(const Fields& in, Logits& task) {
  task.streams = in.long_integer("streams"), task.tokens = in.length("targets");
  task.first = in.long_integer("first"), task.width = in.long_integer("width");
  const double rows = product(task.streams, task.tokens);
  const auto doubles = [&](const char* name) { return in.array<double>(name, napi_float64_array, rows); };
  task.logits = in.floats("logits", rows * static_cast<double>(task.width));
  task.targets = in.integers("targets", 0), task.softcap = in.number("softcap").DoubleValue();
  task.max = doubles("max"), task.sum = doubles("sum"), task.cross = doubles("cross"), task.target = doubles("target");
  task.top = in.integers("top", rows), task.threads = in.integer("threads");
}

}  // namespace kvscale::binding
