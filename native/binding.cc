// The addon: with the binding headers the only source that knows Node. It converts and nothing else: buffers stay pinned
// while a job runs off the main thread, and a reason becomes a rejected promise. Typed in src/backend/addon.ts.
#include <memory>
#include <thread>

#include <napi.h>

#include "binding_operations.h"

namespace {

using kvscale::binding::Fields;
using kvscale::binding::Pins;

/** A flag that JavaScript raises and workers poll. */
class CancelFlag : public Napi::ObjectWrap<CancelFlag> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "CancelFlag", {InstanceMethod<&CancelFlag::cancel>("cancel")});
  }
  explicit CancelFlag(const Napi::CallbackInfo& info) : ObjectWrap(info) {}
  const std::atomic<int32_t>* flag() const { return &raised_; }

 private:
  void cancel(const Napi::CallbackInfo&) { raised_.store(1, std::memory_order_relaxed); }
  std::atomic<int32_t> raised_{0};
};

Napi::Error error_of(Napi::Env env, const std::string& reason) {
  Napi::Error error = Napi::Error::New(env, reason);
  error.Set("code", Napi::String::New(env, reason == kvscale::kCancelled ? "cancelled" : "refused"));
  return error;
}

/** A problem as JavaScript states it, with all that it points to. */
template <class P>
struct Task {
  Pins pins;
  P problem{};
  std::string isa;

  explicit Task(const Napi::CallbackInfo& info) {
    if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "expected a problem object");
    const Fields fields{info[0].As<Napi::Object>(), pins};
    read(fields, problem);
    isa = fields.text("isa");
    problem.isa = isa.empty() ? nullptr : isa.c_str();
    if (!info[1].IsObject()) return;
    pins.push_back(Napi::Persistent(info[1].As<Napi::Object>()));
    problem.cancel = CancelFlag::Unwrap(info[1].As<Napi::Object>())->flag();
  }
};

/** One call of the backend on a worker thread. It owns the pins, which die on the main thread with it. */
template <class P, const char* (*Call)(const P&)>
class Job : public Napi::AsyncWorker {
 public:
  static Napi::Value start(const Napi::CallbackInfo& info) {
    auto job = std::make_unique<Job>(info);
    const Napi::Promise promise = job->deferred_.Promise();
    job.release()->Queue();  // deletes itself when done
    return promise;
  }
  explicit Job(const Napi::CallbackInfo& info) : AsyncWorker(info.Env()), task_(info), deferred_(info.Env()) {}
  void Execute() override {
    if (const char* reason = Call(task_.problem)) SetError(reason);
  }
  void OnOK() override { deferred_.Resolve(Env().Undefined()); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error_of(Env(), error.Message()).Value()); }

 private:
  Task<P> task_;
  // Last, for reading a task may throw: Node frees a promise of an addon only when it is settled.
  Napi::Promise::Deferred deferred_;
};

/** convert({format, codes, floats, isa?}) decodes; with `writer` and `scale` it encodes. On the calling thread. */
void convert(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "expected an object");
  Pins pins;
  const Fields in{info[0].As<Napi::Object>(), pins};
  const kvscale::Format format = in.format();
  const int64_t count = in.length("codes");
  void* codes = in.elements("codes", format);
  float* floats = in.floats("floats", static_cast<double>(count));
  const std::string isa = in.text("isa");
  const char* chosen = isa.empty() ? nullptr : isa.c_str();
  const char* reason =
      in.has("writer") ? kvscale::encode(format, static_cast<kvscale::Writer>(in.integer("writer")), in.real("scale"),
                                         floats, count, codes, chosen)
                       : kvscale::decode(format, codes, count, floats, chosen);
  if (reason) throw error_of(info.Env(), reason);
}

Napi::Value info(const Napi::CallbackInfo& call) {
  const Napi::Env env = call.Env();
  const auto text = [&](const char* s) { return s ? Napi::Value(Napi::String::New(env, s)) : env.Null(); };
  kvscale::Isa table[8];
  const int32_t count = kvscale::isas(table, 8);
  Napi::Array isas = Napi::Array::New(env);
  for (int32_t i = 0; i < count; ++i) {
    Napi::Object isa = Napi::Object::New(env);
    isa.Set("name", table[i].name);
    isa.Set("unavailable", text(table[i].unavailable));
    isa.Set("bf16Dot", table[i].bf16_dot);
    isa.Set("chosen", table[i].chosen);
    isas.Set(static_cast<uint32_t>(i), isa);
  }
  Napi::Object out = Napi::Object::New(env);
  out.Set("backend", kvscale::name());
  out.Set("unavailable", text(kvscale::unavailable()));
  out.Set("threads", std::thread::hardware_concurrency());
  out.Set("isas", isas);
  return out;
}

Napi::Object define(Napi::Env env, Napi::Object exports) {
  exports.Set("info", Napi::Function::New(env, info));
  exports.Set("attend", Napi::Function::New(env, Job<kvscale::Problem, kvscale::attend>::start));
  exports.Set("writeCache", Napi::Function::New(env, Job<kvscale::WriteProblem, kvscale::write_cache>::start));
  exports.Set("linear", Napi::Function::New(env, Job<kvscale::Linear, kvscale::linear>::start));
  exports.Set("rmsNorm", Napi::Function::New(env, Job<kvscale::RmsNorm, kvscale::rms_norm>::start));
  exports.Set("rotate", Napi::Function::New(env, Job<kvscale::Rotate, kvscale::rotate>::start));
  exports.Set("gate", Napi::Function::New(env, Job<kvscale::Gate, kvscale::gate>::start));
  exports.Set("takeLogits", Napi::Function::New(env, Job<kvscale::Logits, kvscale::take_logits>::start));
  exports.Set("convert", Napi::Function::New(env, convert));
  exports.Set("CancelFlag", CancelFlag::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(cpu, define)
