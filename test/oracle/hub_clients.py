"""Lets Python's `hf` upload to, propose to and download from a Hub, and prints what came of it as JSON.

usage: hub_clients.py ENDPOINT FOLDER

FOLDER receives `sent`, `got`, and a Hub cache in `home`. The Hub's token is `hf_writer`; its owner must be allowed to
write to `org`. Needs huggingface_hub >= 1.0 (made with 2.0.0), which brings the command `hf`.
"""

import filecmp
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

REPOSITORY = "org/from-python"


def main(endpoint: str, folder: Path) -> None:
    environment = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_TOKEN": "hf_writer",
        "HF_HOME": str(folder / "home"),
        # The Hub under test speaks LFS, not Xet.
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }

    def hf(*words: str) -> str:
        run = subprocess.run(["hf", *words], env=environment, capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"hf {' '.join(words)} ended with {run.returncode}: {run.stdout}{run.stderr}")
        return run.stdout

    sent = checkpoint(folder / "sent")
    hf("upload", REPOSITORY, str(sent), ".")
    (sent / "notes.txt").write_text("a proposal\n")
    hf("upload", REPOSITORY, str(sent / "notes.txt"), "notes.txt", "--create-pr")
    got = folder / "got"
    hf("download", REPOSITORY, "--local-dir", str(got))
    hf("download", REPOSITORY)
    environment["HF_HUB_OFFLINE"] = "1"
    hf("download", REPOSITORY)
    names = sorted(path.name for path in sent.iterdir() if path.name != "notes.txt")
    _, different, missing = filecmp.cmpfiles(sent, got, names, shallow=False)
    print(json.dumps({
        "different": different,
        "missing": missing,
        "onMain": (got / "notes.txt").exists(),
    }))


def checkpoint(folder: Path) -> Path:
    """One small safetensors file, which goes by LFS, and one JSON file, which does not."""
    folder.mkdir(parents=True)
    name = "model.layers.0.self_attn.k_scale"
    header = json.dumps({name: {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}).encode()
    header += b" " * (-len(header) % 8)
    data = struct.pack("<Q", len(header)) + header + struct.pack("<f", 0.5)
    (folder / "model.safetensors").write_bytes(data)
    (folder / "config.json").write_text('{"model_type": "llama"}\n')
    return folder


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
