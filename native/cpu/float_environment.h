// The floating-point mode the arithmetic is defined for: round to nearest even, subnormals kept, no traps.
#pragma once

#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kvscale::cpu {

/** Sets the default mode of the calling thread and puts back what it found, flags included. */
class FloatEnvironment {
 public:
  FloatEnvironment() : found_(read()) { write(kDefault); }
  ~FloatEnvironment() { write(found_); }
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

#if defined(__x86_64__)
  static constexpr uint64_t kDefault = 0x1F80;  // MXCSR: all exceptions masked, no DAZ, no FTZ
  static uint64_t read() { return _mm_getcsr(); }
  static void write(uint64_t mode) { _mm_setcsr(static_cast<uint32_t>(mode)); }
#elif defined(__aarch64__)
  static constexpr uint64_t kDefault = 0;  // FPCR: IEEE half precision, no FZ
  static uint64_t read() {
    uint64_t mode;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void write(uint64_t mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
#else
  static constexpr uint64_t kDefault = 0;
  static uint64_t read() { return 0; }
  static void write(uint64_t) {}
#endif

 private:
  uint64_t found_;
};

}  // namespace kvscale::cpu
