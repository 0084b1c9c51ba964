import type { Finding } from "../finding.js";
import { fuse } from "../scales/algebra.js";
import { diff } from "../scales/compare.js";
import type { Evidence, Facts } from "./inventory.js";

/** Findings about names and files: stale shards, refused and unknown names, companions, sidecars. */
export function evidenceFindings(facts: Facts): Finding[] {
  return [...stale(facts), ...refused(facts), ...unrecognised(facts), ...affine(facts), ...sidecars(facts)];
}

function stale({ evidence, index }: Facts): Finding[] {
  return byFile(evidence.filter(({ indexed, reading }) => !indexed && reading.as === "scale")).map(
    ([file, found]) => ({
      code: "stale-shard",
      severity: "warning",
      message: `${found.length} scales are in a file that ${index?.path ?? "the index"} does not name: engines that follow the index never see them, text-generation-inference does.`,
      remedy: "Remove the file, or add its tensors to the index with `kvscale merge --replace`.",
      file,
    }),
  );
}

function refused({ evidence }: Facts): Finding[] {
  const groups = new Map<string, { first: Evidence; why: string; count: number }>();
  for (const item of evidence) {
    if (item.reading.as !== "refused") continue;
    const { spelling, why } = item.reading;
    const group = groups.get(spelling) ?? { first: item, why, count: 0 };
    groups.set(spelling, { ...group, count: group.count + 1 });
  }
  return [...groups].map(([spelling, { first, why, count }]) => ({
    code: "not-an-fp8-scale",
    severity: "warning",
    message: `${count} tensors of the form ${spelling} are not used: ${why}.`,
    file: first.file,
    tensor: first.name,
  }));
}

function unrecognised({ evidence }: Facts): Finding[] {
  const unknown = evidence.filter(({ reading }) => reading.as === "unrecognised");
  const [first] = unknown;
  if (first === undefined) return [];
  const why = first.reading.as === "unrecognised" ? first.reading.why : undefined;
  return [
    {
      code: "unrecognised-name",
      severity: "warning",
      message: `${unknown.length === 1 ? "1 tensor is named like a KV scale but fits" : `${unknown.length} tensors are named like KV scales but fit`} no known spelling, such as ${JSON.stringify(first.name)}${why === undefined ? "" : ` (${why})`}.`,
      remedy: "Such tensors are neither read nor removed. If they are KV scales, please report the producer.",
      file: first.file,
      tensor: first.name,
    },
  ];
}

/** An affine cache stores x - bias; its scales without its biases would be wrong. */
function affine({ evidence }: Facts): Finding[] {
  const biases = evidence.filter(({ reading }) => reading.as === "companion" && reading.what === "bias");
  if (biases.length === 0) return [];
  return [
    {
      code: "affine-cache",
      severity: "error",
      message: `${biases.length} biases belong to these scales (ModelOpt's affine KV cache): the scales alone are wrong for every other engine.`,
      remedy: "Quantise again with an FP8 KV cache that is not affine.",
      file: biases[0]!.file,
      tensor: biases[0]!.name,
    },
  ];
}

/** A sidecar holds one number a layer; it agrees when that is the larger of k and v. */
function sidecars({ sidecars: files, table }: Facts): Finding[] {
  if (table.entries.some(({ found }) => files.some(({ file }) => file === found?.file))) return [];
  return files.flatMap(({ file, table: other }): Finding[] => {
    const fused = other.entries.every(({ role }) => role === "kv") ? fuse(table).table : table;
    const different = diff(fused, other).filter(({ b }) => b !== undefined);
    if (different.length === 0) return [];
    return [
      {
        code: "sidecar-disagrees",
        severity: "warning",
        message: `The sidecar and the tensors differ for ${different.length} scales; each engine uses the one that it reads.`,
        remedy: "Remove the one that is out of date.",
        file,
        sites: different.map(({ site }) => site.path),
      },
    ];
  });
}

function byFile(evidence: readonly Evidence[]): [string, Evidence[]][] {
  const files = new Map<string, Evidence[]>();
  for (const item of evidence) files.set(item.file, [...(files.get(item.file) ?? []), item]);
  return [...files];
}
