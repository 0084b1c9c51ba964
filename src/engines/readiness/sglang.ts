import { isOneOf } from "../families.js";
import { commandLine } from "../launch.js";
import { SGLANG_SIDECAR_READERS } from "../readers.js";
import type { Readiness } from "../verdict.js";
import { shellWord, shown } from "../words.js";
import { bySentinel } from "./by-sentinel.js";
import { refuse, settle } from "./outcome.js";
import { isLost, routeSglang, type SglangRouting, whyNoMethod } from "./sglang-names.js";
import { sidecarOf, sidecarOutcomes } from "./sidecar-outcomes.js";
import { filledBy } from "./slots.js";
import { countOf } from "./values.js";
import { unswitched, type View } from "./view.js";
import { configFault } from "./vllm-method.js";

/** What SGLang does with a checkpoint, before or since its compressed-tensors support. */
export function judgeSglang(checkpoint: View): Readiness {
  const view = whyNoMethod(checkpoint) === undefined ? checkpoint : unswitched(checkpoint);
  const fault = FAULTY.has(view.inventory.weights.method) ? configFault(view) : undefined;
  if (fault !== undefined) return refuse(view, fault);
  const routing = routeSglang(view);
  const misshapen = routing.fills.find(({ candidate }) => countOf(candidate) !== 1)?.candidate;
  if (misshapen) {
    const { name, shape } = misshapen;
    return refuse(view, `${shown(name)} has shape [${shape.join(", ")}] where one number is expected`);
  }
  return fromSidecar(view, routing) ?? fromTensors(view, routing);
}

/** Configs that SGLang checks as vLLM does; its ModelOpt and Quark readers have the same conditions. */
const FAULTY: ReadonlySet<string> = new Set(["modelopt", "quark"]);

const LAUNCH = "python -m sglang.launch_server --model-path DIR --kv-cache-dtype fp8_e4m3";

function fromTensors(view: View, { fills, unread }: SglangRouting): Readiness {
  const filled = filledBy(fills);
  const edition = view.engine.id === "sglang" ? "zero-is-absent" : "negative-is-absent";
  return settle(
    view,
    view.sites.map((site) => bySentinel(view, filled, site, edition)),
    {
      unread,
      note:
        view.switchedOnBy === undefined
          ? "ask for the FP8 cache with --kv-cache-dtype fp8_e4m3"
          : `${view.switchedOnBy} switches the FP8 cache on`,
      launch: commandLine(LAUNCH, view.inventory.label),
      convertible: !isLost(view) && (view.engine.id === "sglang" || readsSidecar(view)),
    },
  );
}

/** A sidecar counts only when no tensor loads: both ways at once overwrite each other. */
function fromSidecar(view: View, { fills, unread }: SglangRouting): Readiness | undefined {
  const sidecar = sidecarOf(view, "kv-cache-scales");
  if (sidecar === undefined || fills.length > 0) return undefined;
  if (!readsSidecar(view)) return undefined;
  return settle(view, sidecarOutcomes(view, sidecar, SIDECAR_NOTE), {
    unread,
    launch: commandLine(
      `${LAUNCH} --quantization-param-path DIR/${shellWord(sidecar.file)}`,
      view.inventory.label,
    ),
    convertible: view.engine.id === "sglang" && !isLost(view),
    sources: ["https://github.com/sgl-project/sglang/issues/18818"],
  });
}

function readsSidecar({ inventory }: View): boolean {
  return isOneOf(inventory.geometry, SGLANG_SIDECAR_READERS);
}

const SIDECAR_NOTE = "scales from a JSON file crash FlashAttention 3 or are not used by it (#18818)";
