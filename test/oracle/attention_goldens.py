"""Attention by PyTorch in float64 over small paged caches, for test/attention/goldens.test.ts.

    python3 test/oracle/attention_goldens.py > fixtures/golden/attention.json

The cache is dequantised by PyTorch's own float8 types. Where `scaled_dot_product_attention` can express a case
it is asked; soft caps and sinks it cannot, so there the definition is written out. The denominator's logarithm is
`torch.logsumexp`. Inputs travel with the results, so that no generator has to agree between languages.
"""
import base64
import json
import sys

import torch
import torch.nn.functional as F

TYPES = {
    "float8_e4m3fn": torch.float8_e4m3fn,
    "float8_e4m3fnuz": torch.float8_e4m3fnuz,
    "float8_e5m2": torch.float8_e5m2,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
}

# name, and what differs from the first
DEFAULTS = dict(
    type="float8_e4m3fn", heads=4, kvHeads=2, keySize=8, valueSize=8, blockSize=4, lengths=[1, 17, 37],
    queries=[1, 1, 1], softmaxScale=8**-0.5, kScales=[0.5], vScales=[0.25], window=0, softcap=0.0, alibi=None, sinks=None,
)
CASES = {
    "decode": {},
    "one token": dict(lengths=[1], queries=[1]),
    "an empty sequence between others": dict(lengths=[9, 0, 4], queries=[1, 1, 1]),
    "prefill": dict(lengths=[13, 6], queries=[13, 6]),
    "chunked prefill": dict(lengths=[21, 10], queries=[5, 2]),
    "multi-query": dict(heads=5, kvHeads=1),
    "multi-head": dict(heads=3, kvHeads=3),
    "groups of three": dict(heads=9, kvHeads=3),
    "odd head size, unequal for values": dict(keySize=33, valueSize=7),
    "scales per head": dict(kScales=[0.5, 2.0], vScales=[0.25, 3.0]),
    "pages of one": dict(blockSize=1),
    "a page larger than the sequence": dict(blockSize=64),
    "window": dict(lengths=[3, 17, 37], queries=[3, 4, 1], window=5),
    "soft cap": dict(softcap=1.5, softmaxScale=2.0),
    "ALiBi": dict(alibi=[0.5, 0.25, 0.125, 0.0625], queries=[1, 3, 2]),
    "sinks": dict(sinks=[0.0, 2.5, -3.0, 15.0]),
    "all at once": dict(
        window=9, softcap=3.0, alibi=[0.5, 0.25, 0.125, 0.0625], sinks=[0.5, 1.5, -1.0, 3.0], queries=[1, 5, 2]
    ),
    "a softmax scale of one": dict(softmaxScale=1.0),
    "large logits": dict(softmaxScale=40.0),
    **{f"cache of {name}": dict(type=name) for name in list(TYPES)[1:]},
}


def attend(case, generator):
    heads, kv_heads, size = case["heads"], case["kvHeads"], case["blockSize"]
    pages = [-(-length // size) for length in case["lengths"]]
    blocks = sum(pages) + 2
    order = torch.randperm(blocks, generator=generator).tolist()
    width = max(pages)
    table, taken = [], 0
    for count in pages:
        table += order[taken : taken + count] + [blocks + 7] * (width - count)  # entries beyond a sequence are junk
        taken += count
    stored = TYPES[case["type"]]
    pools = [
        torch.randn(blocks, size, kv_heads, features, generator=generator).mul(3).to(stored)
        for features in (case["keySize"], case["valueSize"])
    ]
    query = torch.randn(sum(case["queries"]), heads, case["keySize"], generator=generator)
    dequantised = [
        pool.double() * torch.tensor(scales, dtype=torch.float32).double().view(1, 1, -1, 1)
        for pool, scales in zip(pools, (case["kScales"], case["vScales"]))
    ]
    outs, lses, first = [], [], 0
    for n, (length, count) in enumerate(zip(case["lengths"], case["queries"])):
        ids = table[n * width : n * width + pages[n]]
        keys, values = (pool[ids].flatten(0, 1)[:length].transpose(0, 1) for pool in dequantised)
        out, lse = sequence(case, query[first : first + count].double().transpose(0, 1), keys, values)
        outs.append(out.transpose(0, 1))
        lses.append(lse.transpose(0, 1))
        first += count
    return dict(
        case, blocks=blocks, maxBlocks=width, blockTables=table, query=packed(query),
        keys=packed(pools[0]), values=packed(pools[1]), out=packed(torch.cat(outs)), lse=packed(torch.cat(lses)),
    )


def sequence(case, query, keys, values):
    """query [heads, queries, size], keys and values [kv heads, length, size], all float64."""
    heads, count, length = query.shape[0], query.shape[1], keys.shape[1]
    if length == 0:
        empty = torch.zeros(heads, count, values.shape[2], dtype=torch.float64)
        return empty, torch.full((heads, count), -torch.inf, dtype=torch.float64)
    keys, values = (x.repeat_interleave(heads // keys.shape[0], 0) for x in (keys, values))
    positions = torch.arange(length - count, length).view(-1, 1)
    distance = torch.arange(length).view(1, -1) - positions
    visible = (distance <= 0) & ((distance > -case["window"]) if case["window"] else True)
    scale = torch.tensor(case["softmaxScale"], dtype=torch.float32).double()
    logits = query @ keys.transpose(1, 2) * scale
    if case["softcap"]:
        logits = case["softcap"] * torch.tanh(logits / case["softcap"])
    bias = torch.zeros(heads, count, length, dtype=torch.float64)
    if case["alibi"]:
        bias = torch.tensor(case["alibi"]).double().view(-1, 1, 1) * distance
    bias = bias.masked_fill(~visible, -torch.inf)
    logits = logits + bias
    if case["sinks"]:
        sink = torch.tensor(case["sinks"]).double().view(-1, 1, 1).expand(-1, count, 1)
        logits = torch.cat([logits, sink], 2)
    lse = torch.logsumexp(logits, 2)
    if case["softcap"] or case["sinks"]:
        return torch.softmax(logits, 2)[:, :, :length] @ values, lse
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=bias, scale=scale.item()), lse


def packed(tensor):
    return base64.b64encode(tensor.contiguous().view(torch.uint8).numpy().tobytes()).decode()


def main():
    generator = torch.Generator().manual_seed(20)
    cases = [dict(attend({**DEFAULTS, **changes}, generator), name=name) for name, changes in CASES.items()]
    json.dump({"versions": {"torch": torch.__version__}, "cases": cases}, sys.stdout, indent=1)
    print()


main()
