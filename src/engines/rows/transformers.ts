import type { Engine } from "../engine.js";

/** transformers with the compressed-tensors package: a loader, not an FP8 server. */
export const TRANSFORMERS: Engine = {
  id: "transformers",
  title: "transformers",
  versions: "transformers 5.18 with compressed-tensors 0.18",
  accepts: ["k_scale"],
  emit: { spelling: "k_scale", shape: [], dialects: ["compressed-tensors"] },
  perHead: true,
  roles: ["k", "v", "q"],
  files: "single-first",
  e5m2: "scales are not tied to an 8-bit format",
  fnuz: "scales are not tied to a GPU",
  switchedOnBy: [],
  without: "16-bit",
  limits: [
    {
      text: "scales become parameters of the model's 16-bit type: they are rounded on load",
      certainty: "verified",
      source: "transformers 5.18 with compressed-tensors 0.18.1, run",
    },
    {
      text: "without quantization_config scales are unexpected keys, and lost by save_pretrained",
      certainty: "verified",
      source: "transformers 5.18, run",
    },
    {
      text: "a model.safetensors beside an index is read alone",
      certainty: "verified",
      source: "transformers 5.18, run",
    },
  ],
  sources: [
    "https://github.com/huggingface/transformers/pull/33874",
    "compressed-tensors quantization/lifecycle/initialize.py @ac8e2ba",
  ],
};
