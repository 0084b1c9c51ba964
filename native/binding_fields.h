// How JavaScript objects become the contract's structs: the reading half of binding.cc, and part of it alone. Shapes are
// refused by the backend; here only wrong JavaScript types, and buffers shorter than the shape they come with.
// Included by binding.cc behind <napi.h>, which no other file includes.
#pragma once

#include <string>
#include <vector>

#include "contract.h"

namespace kvscale::binding {

/** Keeps JavaScript buffers alive for as long as it lives; must die on the main thread. */
using Pins = std::vector<Napi::ObjectReference>;

/** The fields of one JavaScript object; every buffer whose memory is handed out is pinned. */
struct Fields {
  Napi::Object object;
  Pins& pins;

  Napi::TypeError wrong(const char* name, const char* expected) const {
    return Napi::TypeError::New(object.Env(), std::string(name) + ": expected " + expected);
  }
  bool has(const char* name) const { return !object.Get(name).IsUndefined() && !object.Get(name).IsNull(); }
  bool truth(const char* name) const { return object.Get(name).ToBoolean(); }
  Napi::Number number(const char* name) const {
    if (!object.Get(name).IsNumber()) throw wrong(name, "a number");
    return object.Get(name).As<Napi::Number>();
  }
  int64_t long_integer(const char* name) const { return number(name).Int64Value(); }
  int32_t integer(const char* name) const {
    const int64_t value = long_integer(name);
    if (value != static_cast<int32_t>(value)) throw wrong(name, "a 32-bit integer");
    return static_cast<int32_t>(value);
  }
  float real(const char* name) const { return number(name).FloatValue(); }
  std::string text(const char* name) const { return has(name) ? object.Get(name).ToString().Utf8Value() : ""; }
  Fields inner(const char* name) const {
    if (!object.Get(name).IsObject()) throw wrong(name, "an object");
    return Fields{object.Get(name).As<Napi::Object>(), pins};
  }
  Napi::TypedArray typed(const char* name) const {
    const Napi::Value value = object.Get(name);
    if (!value.IsTypedArray() || !value.As<Napi::Object>().Get("buffer").IsArrayBuffer())
      throw wrong(name, "a typed array on an unshared buffer");
    return value.As<Napi::TypedArray>();
  }
  int64_t length(const char* name) const { return static_cast<int64_t>(typed(name).ElementLength()); }

  /** Memory of a typed array of type T with at least `count` elements (a double: products of shapes may be huge). */
  template <class T>
  T* array(const char* name, napi_typedarray_type type, double count) const {
    if (typed(name).TypedArrayType() != type) throw wrong(name, "a typed array of the documented element type");
    if (static_cast<double>(length(name)) < count) throw wrong(name, "at least as many elements as the shape needs");
    return static_cast<T*>(pin(typed(name)));
  }
  float* floats(const char* name, double count) const { return array<float>(name, napi_float32_array, count); }
  float* some_floats(const char* name, double count) const { return has(name) ? floats(name, count) : nullptr; }
  int32_t* integers(const char* name, double count) const { return array<int32_t>(name, napi_int32_array, count); }

  /** Memory of cache elements: any typed array whose elements are as wide as the format's. */
  void* elements(const char* name, Format format) const {
    if (typed(name).ElementSize() != static_cast<size_t>(element_bytes(format)))
      throw wrong(name, "elements as wide as those of the format");
    return pin(typed(name));
  }
  void* pin(const Napi::TypedArray& array) const {
    pins.push_back(Napi::Persistent(array.As<Napi::Object>()));
    return static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  }

  Format format() const {
    const int32_t value = integer("format");
    if (value < 0 || value >= kFormats) throw wrong("format", "a known cache format");
    return static_cast<Format>(value);
  }
  Layout layout() const {
    return {length("data"), long_integer("blockStride"), long_integer("slotStride"), long_integer("headStride"),
            integer("headSize")};
  }
  Scales scales(const char* name) const { return {floats(name, 1), static_cast<int32_t>(length(name))}; }
};

inline void read(const Fields& in, Problem& p) {
  const Fields key = in.inner("key"), value = in.inner("value");
  p.format = in.format();
  p.heads = in.integer("heads"), p.kv_heads = in.integer("kvHeads"), p.block_size = in.integer("blockSize");
  p.blocks = in.long_integer("blocks"), p.sequences = in.long_integer("sequences");
  p.max_blocks = in.long_integer("maxBlocks");
  p.key_cache = key.elements("data", p.format), p.key = key.layout();
  p.value_cache = value.elements("data", p.format), p.value = value.layout();
  const double sequences = static_cast<double>(p.sequences);
  p.block_tables = in.integers("blockTables", sequences * static_cast<double>(p.max_blocks));
  p.seq_lens = in.integers("seqLens", sequences);
  p.query_starts = in.has("queryStarts") ? in.integers("queryStarts", sequences + 1) : nullptr;
  const double tokens = p.query_starts != nullptr && p.sequences >= 0 ? p.query_starts[p.sequences] : sequences;
  p.query = in.floats("query", tokens * p.heads * p.key.head_size);
  p.softmax_scale = in.real("softmaxScale");
  p.k_scale = in.scales("kScale"), p.v_scale = in.scales("vScale");
  p.window = in.integer("window"), p.softcap = in.real("softcap");
  p.alibi = in.some_floats("alibi", p.heads), p.sinks = in.some_floats("sinks", p.heads);
  p.out = in.floats("out", tokens * p.heads * p.value.head_size);
  p.lse = in.some_floats("lse", tokens * p.heads);
  p.precise = in.truth("precise"), p.threads = in.integer("threads");
}

inline void read(const Fields& in, WriteProblem& p) {
  const Fields key = in.inner("key"), value = in.inner("value");
  p.format = in.format();
  p.writer = static_cast<Writer>(in.integer("writer"));
  p.kv_heads = in.integer("kvHeads"), p.block_size = in.integer("blockSize");
  p.blocks = in.long_integer("blocks"), p.tokens = in.long_integer("tokens");
  p.key_cache = key.elements("data", p.format), p.key = key.layout();
  p.value_cache = value.elements("data", p.format), p.value = value.layout();
  const double rows = static_cast<double>(p.tokens) * p.kv_heads;
  p.keys = in.floats("keys", rows * p.key.head_size), p.values = in.floats("values", rows * p.value.head_size);
  p.slot_mapping = in.array<int64_t>("slotMapping", napi_bigint64_array, static_cast<double>(p.tokens));
  p.k_scale = in.scales("kScale"), p.v_scale = in.scales("vScale");
  p.threads = in.integer("threads");
}

}  // namespace kvscale::binding
