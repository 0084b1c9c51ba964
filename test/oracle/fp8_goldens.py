"""Codes of other implementations, for test/numeric/fp8-goldens.test.ts.

    python3 test/oracle/fp8_goldens.py > fixtures/golden/fp8-codes.json

Needs PyTorch and ml_dtypes; with CuPy and a GPU it adds what the CUDA conversion instruction returns. Each of
the 65,536 float16 and bfloat16 values is divided by a scale in float32, then converted: PyTorch's `.to`,
ml_dtypes' `astype`, CUDA's `__nv_cvt_float_to_fp8(…, __NV_SATFINITE, …)`.
"""
import base64
import json
import sys
import zlib

import ml_dtypes
import numpy as np
import torch

FORMATS = {
    "float8_e4m3fn": (torch.float8_e4m3fn, ml_dtypes.float8_e4m3fn, "__NV_E4M3"),
    "float8_e4m3fnuz": (torch.float8_e4m3fnuz, ml_dtypes.float8_e4m3fnuz, None),
    "float8_e5m2": (torch.float8_e5m2, ml_dtypes.float8_e5m2, "__NV_E5M2"),
}
SCALES = [1.0, 0.023, 1 / 3, 2.0**-14, 1024.0]


def halves(name):
    codes = np.arange(65536, dtype=np.uint16)
    return codes.view(np.float16 if name == "float16" else ml_dtypes.bfloat16).astype(np.float32)


def by_torch(quotients, dtype):
    return torch.from_numpy(quotients).to(dtype).view(torch.uint8).numpy()


def by_ml_dtypes(quotients, dtype):
    with np.errstate(all="ignore"):
        return quotients.astype(dtype).view(np.uint8)


def cuda_converter():
    try:
        import cupy

        cupy.cuda.runtime.getDeviceCount()
    except Exception:
        return None
    source = """
    #include <cuda_fp8.h>
    extern "C" __global__ void convert(const float* x, float scale, int format, int n, unsigned char* codes) {
      const int i = blockIdx.x * blockDim.x + threadIdx.x;
      if (i < n) codes[i] = __nv_cvt_float_to_fp8(x[i] / scale, __NV_SATFINITE, format ? __NV_E5M2 : __NV_E4M3);
    }"""
    kernel = cupy.RawKernel(source, "convert", options=("-I/usr/local/cuda/include",))

    def convert(values, scale, interpretation):
        codes = cupy.empty(values.size, cupy.uint8)
        arguments = (cupy.asarray(values), np.float32(scale), np.int32(interpretation == "__NV_E5M2"))
        kernel(((values.size + 255) // 256,), (256,), (*arguments, np.int32(values.size), codes))
        return cupy.asnumpy(codes)

    return convert


def packed(codes):
    return base64.b64encode(zlib.compress(codes.astype(np.uint8).tobytes(), 9)).decode()


def main():
    cuda = cuda_converter()
    cases, decodings = [], {}
    for name, (torch_type, numpy_type, interpretation) in FORMATS.items():
        every = torch.arange(256, dtype=torch.int32).to(torch.uint8)
        by = [every.view(torch_type).float().numpy(), every.numpy().view(numpy_type).astype(np.float32)]
        decodings[name] = [base64.b64encode(values.view(np.uint32).astype("<u4").tobytes()).decode() for values in by]
        for half in ["float16", "bfloat16"]:
            for scale in np.array(SCALES, np.float32):
                values = halves(half)
                with np.errstate(all="ignore"):
                    quotients = (values / scale).astype(np.float32)
                case = {
                    "format": name,
                    "input": half,
                    "scale": float(scale),
                    "torch": packed(by_torch(quotients, torch_type)),
                    "ml_dtypes": packed(by_ml_dtypes(quotients, numpy_type)),
                }
                if cuda and interpretation:
                    case["cuda"] = packed(cuda(values, scale, interpretation))
                cases.append(case)
    versions = {"torch": torch.__version__, "ml_dtypes": ml_dtypes.__version__, "numpy": np.__version__}
    if cuda:
        versions["gpu"] = torch.cuda.get_device_name()
    json.dump({"versions": versions, "decodings": decodings, "cases": cases}, sys.stdout, indent=1)
    print()


main()
