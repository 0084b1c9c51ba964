"""Logits of made-up models by transformers, for test/runner/forward/transformers.test.ts.

    npx tsx test/oracle/model-cases.ts FOLDER
    python3 test/oracle/model_goldens.py FOLDER > fixtures/golden/models.json

Needs PyTorch and transformers 5. Each case is loaded by AutoModelForCausalLM in float32 with eager attention, and run
over each of its sequences by a model of its own, since some rotations remember the longest that they saw. Beside the
logits ([tokens, vocabulary], float32, base64) stands the largest magnitude of K (after rotation) and V of each layer
and KV head over all sequences.
"""
import base64
import json
import pathlib
import sys

import torch
import transformers
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

reach = {}


def recorder(module, query, key, value, attention_mask, **more):
    """Transformers' own eager attention, with a look at what its cache would hold."""
    for role, values in (("k", key), ("v", value)):
        layers = reach.setdefault(role, {})
        now = values.abs().amax(dim=(0, 2, 3))
        layers[module.layer_idx] = torch.maximum(layers.get(module.layer_idx, now), now)
    return sys.modules[type(module).__module__].eager_attention_forward(module, query, key, value, attention_mask, **more)


def logits_of(folder, ids):
    # No case has a padding token; some config classes name one beyond these small vocabularies.
    config = transformers.AutoConfig.from_pretrained(folder, pad_token_id=0)
    load = transformers.AutoModelForCausalLM.from_pretrained
    model = load(folder, config=config, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.inference_mode():
        return type(model).__name__, model(torch.tensor([ids]), use_cache=False).logits[0].float()


def golden(folder):
    case = json.loads((folder / "sequences.json").read_text())
    reach.clear()
    runs = [logits_of(folder, ids) for ids in case["sequences"]]
    layers = json.loads((folder / "config.json").read_text())["num_hidden_layers"]
    if any(len(reach.get(role, {})) != layers for role in "kv"):
        sys.exit(f"{case['name']}: eager attention did not pass through the recorder")
    logits = torch.cat([rows for _, rows in runs]).contiguous().numpy().tobytes()
    amax = {role: [reach[role][layer].tolist() for layer in range(layers)] for role in "kv"}
    return {"name": case["name"], "class": runs[0][0], "logits": base64.b64encode(logits).decode(), **amax}


if __name__ == "__main__":
    # The mask of eager attention goes with its name, so the recorder stands in for it.
    ALL_ATTENTION_FUNCTIONS.register("eager", recorder)
    cases = [golden(folder) for folder in sorted(pathlib.Path(sys.argv[1]).iterdir())]
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    print(json.dumps({**versions, "cases": cases}, indent=1))
