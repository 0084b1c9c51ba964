// Buffers that end where memory ends: a kernel that reads behind the last row, or writes behind its output, crashes.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "expect.h"
#include "isas.h"
#include "random.h"
#include "suites.h"

namespace kvscale::test {
namespace {

/** Elements just before a page that nobody may touch. */
template <class T>
class Edge {
 public:
  explicit Edge(int64_t count) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), bytes = static_cast<size_t>(count) * sizeof(T);
    const size_t usable = (bytes + page - 1) / page * page;
    length_ = usable + page;
    start_ = static_cast<uint8_t*>(mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(start_ + usable, page, PROT_NONE);
    data = reinterpret_cast<T*>(start_ + usable - bytes);
  }
  ~Edge() { munmap(start_, length_); }
  Edge(const Edge&) = delete;
  Edge& operator=(const Edge&) = delete;

  T* data;

 private:
  uint8_t* start_;
  size_t length_;
};

constexpr int kBlock = 16, kBlocks = 17, kKvHeads = 2;

/** Keys and values of one sequence that fills its cache to the last slot. */
void attend_at_the_edge(Format format, int size, int group) {
  const int64_t elements = int64_t{kBlocks} * kBlock * kKvHeads * size;
  const int32_t heads = kKvHeads * group;
  Edge<uint8_t> keys(elements * element_bytes(format)), values(elements * element_bytes(format));
  Edge<float> query(int64_t{heads} * size), out(int64_t{heads} * size), lse(heads), scale(1);
  Edge<int32_t> table(kBlocks), length(1);
  Random random(17);
  std::vector<float> drawn(static_cast<size_t>(elements));
  for (float& x : drawn) x = static_cast<float>(random.normal());
  for (uint8_t* pool : {keys.data, values.data}) encode(format, Writer::cuda_rne, 0.25f, drawn.data(), elements, pool, "scalar");
  for (int i = 0; i < heads * size; ++i) query.data[i] = static_cast<float>(random.normal());
  for (int i = 0; i < kBlocks; ++i) table.data[i] = i;
  *length.data = kBlock * kBlocks, *scale.data = 0.25f;
  Problem p{};
  p.format = format, p.heads = heads, p.kv_heads = kKvHeads, p.block_size = kBlock;
  p.blocks = p.max_blocks = kBlocks, p.sequences = 1;
  p.key = p.value = {elements, int64_t{kBlock} * kKvHeads * size, int64_t{kKvHeads} * size, size, size};
  p.key_cache = keys.data, p.value_cache = values.data;
  p.block_tables = table.data, p.seq_lens = length.data, p.query = query.data;
  p.softmax_scale = 0.1f, p.k_scale = p.v_scale = {scale.data, 1};
  p.out = out.data, p.lse = lse.data, p.threads = 1;
  for (const Isa& isa : usable_isas())
    for (bool precise : {true, false}) {
      p.isa = isa.name, p.precise = precise;
      expect(attend(p) == nullptr, "attended");
      expect(std::all_of(out.data, out.data + heads * size, [](float x) { return std::isfinite(x); }), isa.name);
    }
}

void rows_end_where_memory_ends() {
  for (int format = 0; format < kFormats; ++format)
    for (int size : {1, 15, 17, 33, 63, 65, 80, 97, 127, 129, 191})
      for (int group : {1, 2, 4, 8}) attend_at_the_edge(static_cast<Format>(format), size, group);
}

void conversions_end_where_memory_ends() {
  for (int format = 0; format < kFormats; ++format)
    for (int count = 1; count < 140; ++count) {
      Edge<float> floats(count);
      Edge<uint8_t> codes(int64_t{count} * element_bytes(static_cast<Format>(format)));
      for (const Isa& isa : usable_isas()) {
        expect(encode(static_cast<Format>(format), Writer::cuda_rne, 1, floats.data, count, codes.data, isa.name) == nullptr, "encoded");
        expect(decode(static_cast<Format>(format), codes.data, count, floats.data, isa.name) == nullptr, "decoded");
      }
    }
}

}  // namespace

const std::vector<Test> kEdgeTests = {
    {"edges: attention reads and writes nothing behind its buffers", rows_end_where_memory_ends},
    {"edges: nor do conversions", conversions_end_where_memory_ends},
};

}  // namespace kvscale::test
