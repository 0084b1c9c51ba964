import type { Step } from "../../src/plan/plan.js";
import { INDEX, indexFile, SCALES, SHARD_1, SHARD_2, tensorFile, text } from "../checkpoint/sample.js";

/** Plans that must not succeed: how the sample's steps are changed, and the code of the refusal. */
export function refusedSteps(): Record<string, [(steps: readonly Step[]) => Step[], string]> {
  const write = (path: string, bytes: Uint8Array): Step => ({ step: "write", path, bytes, why: "" });
  const instead = (path: string, bytes: Uint8Array) => (steps: readonly Step[]) => [
    ...steps.filter((step) => !("path" in step && step.path === path)),
    write(path, bytes),
  ];
  const streamed = (size: number) => (steps: readonly Step[]) =>
    steps.map((step): Step => (step.step === "stream" ? { ...step, size } : step));
  const all = { [SHARD_1]: ["a.weight", "b.weight"], [SHARD_2]: ["c.weight"], [SCALES]: ["a.k_scale"] };
  return {
    "a path that escapes": [(steps) => [...steps, write("../escaped.txt", text("x"))], "path-escapes"],
    "an absolute path": [(steps) => [...steps, write("/tmp/escaped.txt", text("x"))], "path-escapes"],
    "a kept file under a path that escapes": [
      (steps) => [...steps, { step: "keep", path: "config.json", as: "a/../../x", size: 24 }],
      "path-escapes",
    ],
    "a path written twice": [(steps) => [...steps, write("config.json", text("x"))], "target-exists"],
    "a kept file that has another size": [
      (steps) => [...steps, { step: "keep", path: "config.json", as: "b.json", size: 25 }],
      "file-changed|file-too-short",
    ],
    "a kept file that is not there": [
      (steps) => [...steps, { step: "keep", path: "none.json", as: "b.json", size: 25 }],
      "file-missing",
    ],
    "a streamed file of fewer bytes than planned": [streamed(1000), "wrong-size"],
    "a streamed file of more bytes than planned": [streamed(100), "wrong-size"],
    "a shard that is no safetensors file": [instead(SCALES, text("no")), "file-too-small"],
    "an index that names a tensor nobody has": [
      instead(INDEX, indexFile({ ...all, [SHARD_2]: ["c.weight", "d.weight"] }, 13)),
      "tensor-missing",
    ],
    "an index that lacks a tensor": [
      instead(INDEX, indexFile({ ...all, [SHARD_1]: ["a.weight"] }, 13)),
      "tensor-not-indexed",
    ],
    "an index that names a shard nobody has": [
      instead(INDEX, indexFile({ ...all, "no.safetensors": ["z"] }, 13)),
      "shard-missing",
    ],
    "an index with a wrong total": [instead(INDEX, indexFile(all, 14)), "total-size-wrong"],
    "a tensor in two shards": [
      instead(SCALES, tensorFile({ "a.k_scale": [1, 1, 1, 1], "a.weight": [1] })),
      "tensor-in-two-shards",
    ],
  };
}
