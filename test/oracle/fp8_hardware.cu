// Every one of the 2^32 float32 values through CUDA's own conversion on the GPU and through native/fp8.h, whose
// arithmetic src/numeric/quantise.ts shares. Prints how many differ; the exit status is 0 when none does.
//   nvcc -std=c++17 -arch=native -I native test/oracle/fp8_hardware.cu -o /tmp/fp8_hardware && /tmp/fp8_hardware
#include <cuda_fp8.h>

#include <cstdio>

#include "fp8.h"

__global__ void compare(kvscale::Format format, __nv_fp8_interpretation_t interpretation, unsigned long long* differ,
                        unsigned* example) {
  const unsigned long long stride = static_cast<unsigned long long>(gridDim.x) * blockDim.x;
  for (unsigned long long i = blockIdx.x * blockDim.x + threadIdx.x; i < (1ull << 32); i += stride) {
    const unsigned bits = static_cast<unsigned>(i);
    const unsigned char theirs = __nv_cvt_float_to_fp8(__uint_as_float(bits), __NV_SATFINITE, interpretation);
    if (theirs == kvscale::encode_bits(kvscale::fp8(format), bits)) continue;
    atomicAdd(differ, 1ull);
    *example = bits;
  }
}

static unsigned long long report(const char* name, kvscale::Format format, __nv_fp8_interpretation_t interpretation) {
  unsigned long long* differ;
  unsigned* example;
  cudaMalloc(&differ, sizeof *differ);
  cudaMalloc(&example, sizeof *example);
  cudaMemset(differ, 0, sizeof *differ);
  compare<<<2048, 256>>>(format, interpretation, differ, example);
  unsigned long long count = ~0ull;
  unsigned bits = 0;
  cudaMemcpy(&count, differ, sizeof count, cudaMemcpyDeviceToHost);
  cudaMemcpy(&bits, example, sizeof bits, cudaMemcpyDeviceToHost);
  std::printf("%s: %llu of 4294967296 differ", name, count);
  std::printf(count ? ", such as 0x%08x (%s)\n" : "\n", bits, cudaGetErrorString(cudaGetLastError()));
  return count;
}

int main() {
  const unsigned long long e4m3 = report("e4m3fn", kvscale::Format::e4m3fn, __NV_E4M3);
  const unsigned long long e5m2 = report("e5m2", kvscale::Format::e5m2, __NV_E5M2);
  return e4m3 + e5m2 == 0 ? 0 : 1;
}
