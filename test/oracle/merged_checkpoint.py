"""Loads a merged checkpoint with transformers and compressed-tensors, and opens its files with safetensors.

Usage: python test/oracle/merged_checkpoint.py MERGED EXPECTED.json
EXPECTED.json maps each scale's name to its value. Prints one JSON object:
  {"safetensors": [files opened], "scales": {name: value as loaded}, "unexpected": [...], "missing": [...]}
Exits 1 when a scale is absent or differs by more than the rounding to BF16, 3 when a package is not installed.
"""

import json
import pathlib
import sys

try:
    import compressed_tensors  # noqa: F401  (its quantizer makes the scale parameters)
    import safetensors
    import torch
    import transformers
except ImportError as error:
    print(f"not installed: {error.name}", file=sys.stderr)
    sys.exit(3)


def main(folder: str, expected_path: str) -> int:
    expected = json.loads(pathlib.Path(expected_path).read_text())
    files = sorted(pathlib.Path(folder).glob("*.safetensors"))
    for file in files:
        with safetensors.safe_open(file, framework="pt") as opened:
            for name in opened.keys():
                opened.get_tensor(name)
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, output_loading_info=True
    )
    parameters = dict(model.named_parameters()) | dict(model.named_buffers())
    scales = {name: parameters[name].float().reshape(-1)[0].item() for name in expected if name in parameters}
    wrong = [
        name
        for name, value in expected.items()
        if name not in scales or abs(scales[name] / value - 1) > 2**-8
    ]
    print(
        json.dumps(
            {
                "safetensors": [file.name for file in files],
                "scales": scales,
                "unexpected": sorted(info["unexpected_keys"]),
                "missing": sorted(info["missing_keys"]),
                "wrong": wrong,
            }
        )
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
