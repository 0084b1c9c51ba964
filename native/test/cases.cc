#include "cases.h"

namespace kvscale::test {
namespace {

constexpr Order kOrders[] = {Order::nhd, Order::hnd, Order::hnd_joint, Order::nhd_joint};

Case named(std::string label) {
  Case shape;
  shape.label = std::move(label);
  return shape;
}

}  // namespace

std::vector<Case> shape_cases() {
  std::vector<Case> cases;
  const int heads[][2] = {{4, 4}, {8, 2}, {9, 3}, {32, 8}, {64, 8}, {40, 8}, {5, 1}, {6, 1}, {13, 13}, {48, 1}, {3, 3}};
  for (const auto& pair : heads) {
    Case c = named("heads " + std::to_string(pair[0]) + "/" + std::to_string(pair[1]));
    c.heads = pair[0], c.kv_heads = pair[1];
    c.lengths = {1, 7, 213};
    c.scaling = Scaling::per_head;
    c.order = kOrders[cases.size() % 4];
    cases.push_back(c);
  }
  const int sizes[][2] = {{16, 16}, {33, 33}, {55, 33}, {64, 64}, {72, 72}, {80, 80}, {96, 96}, {112, 112}, {120, 120},
                          {192, 128}, {256, 256}, {320, 320}, {512, 512}, {576, 512}, {1, 1}, {31, 65}};
  for (const auto& pair : sizes) {
    Case c = named("head sizes " + std::to_string(pair[0]) + "/" + std::to_string(pair[1]));
    c.head_size = pair[0], c.value_size = pair[1];
    c.lengths = {312, 5};
    c.order = kOrders[cases.size() % 4];
    cases.push_back(c);
  }
  for (int block : {1, 8, 16, 32, 48, 64, 96, 128, 256}) {
    Case c = named("block size " + std::to_string(block));
    c.block_size = block;
    c.lengths = {block, 2 * block, 2 * block + 1, 300};
    c.order = kOrders[cases.size() % 4];
    cases.push_back(c);
  }
  return cases;
}

std::vector<Case> length_cases() {
  std::vector<Case> cases;
  Case many = named("lengths 0..8192");
  many.lengths = {0, 1, 7, 16, 17, 63, 64, 65, 128, 213, 312, 1023, 1024, 1025, 1234, 4162, 7812, 8192};
  cases.push_back(many);
  Case longest = named("length 39275");
  longest.heads = 4, longest.kv_heads = 1;
  longest.lengths = {39275};
  cases.push_back(longest);
  Case together = named("several KV heads in one piece");  // see kEnoughPieces
  together.heads = 16, together.kv_heads = 8;
  together.head_size = 40, together.value_size = 33;
  together.scaling = Scaling::per_head;
  together.window = 9000;
  together.lengths = {16500, 9001, 300};
  cases.push_back(together);
  for (Format format : {Format::bf16, Format::e5m2}) {
    Case c = named("lengths, other format");
    c.format = format;
    c.scaling = Scaling::unit;
    c.lengths = {1, 33, 4162};
    cases.push_back(c);
  }
  return cases;
}

std::vector<Case> variant_cases() {
  std::vector<Case> cases;
  for (int window : {0, 1, 64, 100, 128, 256, 5000})
    for (int variant = 0; variant < 6; ++variant) {
      Case c = named("window " + std::to_string(window) + " variant " + std::to_string(variant));
      c.window = window;
      c.lengths = {1, 130, 2311};
      c.scaling = Scaling::amax448;
      if (variant == 1) c.softcap = 30;
      if (variant == 2) c.softcap = 50, c.softmax_scale = 1;
      if (variant == 3) c.alibi = true;
      if (variant == 4) c.sinks = true;
      if (variant == 5) c.softcap = 30, c.alibi = c.sinks = true;
      cases.push_back(c);
    }
  Case empty = named("empty sequence with a sink");
  empty.sinks = true;
  empty.lengths = {0, 3};
  cases.push_back(empty);
  return cases;
}

std::vector<Case> number_cases() {
  std::vector<Case> cases;
  const Scaling scalings[] = {Scaling::unit, Scaling::mixed, Scaling::amax448, Scaling::amax256, Scaling::per_head};
  const Data data[] = {Data::normal, Data::small_values, Data::outliers, Data::key_offset, Data::one_hot};
  for (int format = 0; format < kFormats; ++format)
    for (int i = 0; i < 5; ++i) {
      Case c = named("format " + std::to_string(format) + " scaling " + std::to_string(i));
      c.format = static_cast<Format>(format);
      c.scaling = scalings[i];
      c.data = data[(i + format) % 5];
      c.lengths = {1, 600};
      cases.push_back(c);
    }
  for (Scaling scaling : {Scaling::tiny, Scaling::huge}) {
    Case c = named("tiny or huge scale");
    c.scaling = scaling;
    c.lengths = {600};
    cases.push_back(c);
  }
  Case unrounded = named("a query that BF16 cannot hold");
  unrounded.bf16_query = false;
  unrounded.lengths = {17, 600, 4162};
  cases.push_back(unrounded);
  return cases;
}

std::vector<Case> prefill_cases() {
  std::vector<Case> cases;
  const std::vector<int32_t> lengths = {5, 16, 213, 131, 1, 0, 2};
  const std::vector<int32_t> queries = {5, 3, 98, 131, 1, 1, 4};
  const int heads[][2] = {{8, 2}, {4, 4}, {40, 1}};
  for (const auto& pair : heads)
    for (int window : {0, 64}) {
      Case c = named("prefill heads " + std::to_string(pair[0]) + " window " + std::to_string(window));
      c.heads = pair[0], c.kv_heads = pair[1];
      c.window = window;
      c.lengths = lengths, c.queries = queries;
      c.alibi = window > 0;
      cases.push_back(c);
    }
  Case odd = named("prefill head size 33, BF16 cache");
  odd.head_size = 33;
  odd.format = Format::bf16;
  odd.scaling = Scaling::unit;
  odd.lengths = lengths, odd.queries = queries;
  cases.push_back(odd);
  return cases;
}

}  // namespace kvscale::test
