"""PyTorch's SDPA on the dequantised cache, for the settings of the decode bench: medians over the rounds.

    python3 native/bench/sdpa.py [rounds = 9]

Rates are in bytes of the FP8 cache, as in the bench's own table, although PyTorch reads two or four times as many: the
cache is dense and already dequantised, so that no block table and no conversion is in its way. The query heads of a
group stand as rows over the KV head they share, which is the same decode step without repeating keys.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F

CONTEXTS = [("cache", 1, 2048, 64), ("DRAM", 8, 131072, 1)]
HEAD_SIZE = 128


def rate(query, key, value, calls):
    begin = time.perf_counter()
    for _ in range(calls):
        F.scaled_dot_product_attention(query, key, value)
    return key.numel() * 2 * calls / (time.perf_counter() - begin) / 1e9


@torch.inference_mode()
def main(rounds):
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
    for name, heads, length, calls in CONTEXTS:
        codes = torch.randn(2, 1, heads, length, HEAD_SIZE).to(torch.float8_e4m3fn)
        for dtype in (torch.bfloat16, torch.float32):
            key, value = codes.to(dtype)
            for group in (1, 4, 8):
                query = torch.randn(1, heads, group, HEAD_SIZE, dtype=dtype)
                for threads in (1, 2):
                    torch.set_num_threads(threads)
                    rate(query, key, value, 1)
                    middle = statistics.median(rate(query, key, value, calls) for _ in range(rounds))
                    label = f"{name} e4m3fn {group} heads {threads} thread{'s' * (threads > 1)}"
                    print(f"{label:<46} PyTorch SDPA, {str(dtype)[6:]:<12} {middle:6.1f} GB/s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
