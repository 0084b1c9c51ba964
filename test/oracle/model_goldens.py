"""Logits of small random models by transformers, for architectures whose float64 oracle stands in test/support/model.

    python3 test/oracle/model_goldens.py OUT_DIR

Needs PyTorch, safetensors and transformers 5. Each case becomes OUT_DIR/NAME/ (config and BF16 weights with a wide
spread, as `save_pretrained` writes them) and beside it NAME.tokens.json, NAME.logits.safetensors ([tokens, vocabulary]
F32) and NAME.json with the mean negative log-likelihood and the largest magnitude of K (after rotation) and V of each
layer and head, all in float32 with eager attention: the form that test/runner/forward/goldens.test.ts reads, without
its cases of quantised caches.
"""
import json
import pathlib
import sys

import torch
import transformers
from safetensors.torch import save_file
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

SIZES = dict(
    vocab_size=260, hidden_size=96, intermediate_size=160, num_hidden_layers=3, num_attention_heads=6,
    num_key_value_heads=2, head_dim=16, max_position_embeddings=2048, tie_word_embeddings=False,
)
GEMMA3 = dict(head_dim=32, query_pre_attn_scalar=32, sliding_window=64, tie_word_embeddings=True)
WINDOWED = ["sliding_attention", "sliding_attention", "full_attention"]
MOE = dict(num_experts=8, num_experts_per_tok=2, moe_intermediate_size=64, decoder_sparse_step=1)


def rope(kind, **more):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=10_000.0, **more))


# name: config class, and where it departs from SIZES
CASES = {
    "rand-qwen2": ("Qwen2Config", dict(use_sliding_window=True, sliding_window=64, max_window_layers=1)),
    "rand-gemma3": ("Gemma3TextConfig", dict(GEMMA3, layer_types=WINDOWED)),
    "rand-mixtral": ("MixtralConfig", dict(num_local_experts=4, num_experts_per_tok=2)),
    "rand-qwen3-moe": ("Qwen3MoeConfig", dict(MOE, norm_topk_prob=True, mlp_only_layers=[1])),
    "rand-qwen3-moe-unnormed": ("Qwen3MoeConfig", dict(MOE, norm_topk_prob=False, mlp_only_layers=[])),
    "rand-llama-linear": ("LlamaConfig", rope("linear", factor=4.0)),
    "rand-llama-dynamic": ("LlamaConfig", dict(rope("dynamic", factor=3.0), max_position_embeddings=128)),
    "rand-llama-yarn": ("LlamaConfig", rope("yarn", factor=8.0, original_max_position_embeddings=256)),
    "rand-phi3-longrope": (
        "Phi3Config",
        dict(
            rope(
                "longrope", partial_rotary_factor=0.75, short_factor=[1 + i / 8 for i in range(6)],
                long_factor=[2 + i / 2 for i in range(6)],
            ),
            original_max_position_embeddings=128,
        ),
    ),
}
TOKENS = 320
amax = {}


def recorder(module, query, key, value, attention_mask, **more):
    """Transformers' own eager attention, with a look at what its cache would hold."""
    for role, values in (("k", key), ("v", value)):
        amax[(module.layer_idx, role)] = values.abs().amax(dim=(0, 2, 3)).tolist()
    modeling = sys.modules[type(module).__module__]
    return modeling.eager_attention_forward(module, query, key, value, attention_mask, **more)


def spread(model):
    """Weights as a trained model's: a few rows and channels far larger than the rest."""
    for name, weight in model.named_parameters():
        with torch.no_grad():
            if weight.dim() == 1:
                weight.add_(0.2 * torch.randn_like(weight))
            else:
                weight.normal_(std=0.12).mul_(torch.exp(0.5 * torch.randn(weight.shape[-2], 1)))
    return model


def make(out, name, config_class, more):
    config = getattr(transformers, config_class)(**{**SIZES, **more}, dtype="bfloat16")
    torch.manual_seed(sum(name.encode()))
    spread(transformers.AutoModelForCausalLM.from_config(config)).to(torch.bfloat16).save_pretrained(out / name)
    # The mask of eager attention goes with its name, so the recorder stands in for it.
    ALL_ATTENTION_FUNCTIONS.register("eager", recorder)
    load = transformers.AutoModelForCausalLM.from_pretrained
    model = load(out / name, dtype=torch.float32, attn_implementation="eager").eval()
    ids = torch.randint(0, 256, (1, TOKENS))
    amax.clear()
    with torch.inference_mode():
        logits = model(ids, use_cache=False).logits[0].float()
    nll = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:]).item()
    if len(amax) != 2 * config.num_hidden_layers:
        sys.exit(f"{name}: eager attention did not pass through the recorder; K and V were seen {len(amax)} times")
    layers = range(config.num_hidden_layers)
    facts = {"tokens": TOKENS, "layers": len(layers), "nll_16bit_float32": nll}
    facts.update({f"{role}_amax_per_head": [amax[(layer, role)] for layer in layers] for role in "kv"})
    (out / f"{name}.tokens.json").write_text(json.dumps(ids[0].tolist()))
    (out / f"{name}.json").write_text(json.dumps(facts, indent=1))
    save_file({"logits": logits.contiguous()}, out / f"{name}.logits.safetensors")
    print(f"{name}: {type(model).__name__}, nll {nll:.4f}")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    print(f"transformers {transformers.__version__}, torch {torch.__version__}")
    for case, (kind, fields) in CASES.items():
        make(folder, case, kind, fields)
