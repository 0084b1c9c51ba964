#include "arithmetics.h"
#include "features.h"
namespace kvscale::cpu {
const Arithmetic kAvx512VbmiBf16{"avx512vbmi_bf16", missing_avx512_vbmi_bf16, kAvx512.precise, nullptr, kAvx512.converters};
}
