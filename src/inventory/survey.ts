import { dataRefusal } from "../errors.js";
import { sitesOfWeights } from "../scales/attention-modules.js";
import { type KnownSites, knownSites, recognise } from "../scales/recognise.js";
import type { Site } from "../scales/site.js";
import type { TensorInfo } from "../tensors/header.js";
import type { Evidence, Shard } from "./inventory.js";

/** A tensor whose name says KV scale, and the bytes that hold it. */
export interface Candidate {
  readonly evidence: Evidence;
  readonly tensor: TensorInfo;
}

/** What the names of a checkpoint's tensors tell: its attention modules, and what looks like their scales. */
export interface Survey {
  readonly sites: readonly Site[];
  readonly candidates: readonly Candidate[];
}

/**
 * Reads the names in all headers. Sites come from the weights that an index-reading engine would load;
 * candidates come from every shard, so that stale scales outside the index are seen too.
 */
export function survey(shards: readonly Shard[]): Survey {
  const sites = sitesOfWeights(namesOf(shards.filter((shard) => shard.indexed)));
  const known = knownSites(sites);
  return { sites, candidates: shards.flatMap((shard) => candidatesOf(shard, known)) };
}

function* namesOf(shards: readonly Shard[]): Iterable<string> {
  for (const shard of shards) yield* shard.header.tensors.keys();
}

function candidatesOf(shard: Shard, known: KnownSites): Candidate[] {
  const found: Candidate[] = [];
  for (const tensor of shard.header.tensors.values()) {
    const reading = recognise(tensor.name, known);
    if (reading === undefined) continue;
    const { name, dtype } = tensor;
    const shape = smallShape(shard.path, tensor);
    found.push({
      tensor,
      evidence: { file: shard.path, name, dtype, shape, indexed: shard.indexed, reading },
    });
  }
  return found;
}

/** More numbers than any model has KV heads: such a tensor is not a scale, whatever it is called. */
const MOST_NUMBERS = 65_536;

function smallShape(file: string, { name, shape, begin, end }: TensorInfo): number[] {
  const numbers = shape.map(Number);
  if (numbers.reduce((product, size) => product * size, 1) <= MOST_NUMBERS) return numbers;
  throw dataRefusal("scale-too-large", {
    file,
    tensor: name,
    range: [begin, end],
    expected: "one number per layer or per KV head in a tensor named like a KV scale",
    found: `shape [${shape.join(", ")}]`,
    remedy: "Rename the tensor if it is a weight; kvscale reads scales, never weights.",
  });
}
