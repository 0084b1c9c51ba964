import { dataRefusal } from "../errors.js";
import { largerPeaks } from "./channels.js";
import { addMagnitudes, type Magnitudes } from "./magnitudes.js";

/** What one layer's cache would hold: keys after rotation and values, one entry a KV head. */
export interface LayerStatistics {
  /** Path of the attention module. */
  readonly site: string;
  readonly layer: number;
  readonly k: readonly Magnitudes[];
  readonly v: readonly Magnitudes[];
  /** Largest magnitude of each channel of K, [KV heads × head size]; absent in files of earlier versions. */
  readonly channels?: readonly number[];
}

/** The share of a job that statistics speak of: part `index` of `of`, from 1. */
export interface Part {
  readonly index: number;
  readonly of: number;
  readonly sequences: number;
  readonly tokens: number;
}

/** Everything that scales are computed from: small, and of any number of parts. */
export interface Statistics {
  /** Digest of the model's config and tensor names, and of the text: parts of another job do not add up. */
  readonly job: string;
  readonly parts: readonly Part[];
  readonly layers: readonly LayerStatistics[];
}

/** Statistics and the file they came from, for messages. */
export interface NamedStatistics {
  readonly file: string;
  readonly statistics: Statistics;
}

/**
 * The parts of one job as one. Throws a data Refusal for parts of different jobs, for a part given twice, and
 * with the list of those that are missing.
 */
export function combine(all: readonly NamedStatistics[]): Statistics {
  const [first, ...others] = all;
  if (first === undefined) throw new RangeError("no statistics to combine");
  for (const other of others) refuseOtherJob(first, other);
  const parts = partsOf(all);
  const layers = others.reduce(
    (sum, { statistics }) => sum.map((layer, at) => addLayers(layer, statistics.layers[at]!)),
    first.statistics.layers,
  );
  return { job: first.statistics.job, parts, layers };
}

/** Channels are known of the whole only where every part has them. */
function addLayers({ site, layer, ...a }: LayerStatistics, b: LayerStatistics): LayerStatistics {
  const channels = largerPeaks(a.channels, b.channels);
  return {
    ...{ site, layer, ...(channels && { channels }) },
    k: a.k.map((head, at) => addMagnitudes(head, b.k[at]!)),
    v: a.v.map((head, at) => addMagnitudes(head, b.v[at]!)),
  };
}

function refuseOtherJob(first: NamedStatistics, other: NamedStatistics): void {
  const [a, b] = [first.statistics, other.statistics];
  if (a.job === b.job && shapeOf(a) === shapeOf(b) && !haveOtherChannels(a, b)) return;
  throw dataRefusal("statistics-differ", {
    file: other.file,
    expected: `statistics of the same model, text and options as ${first.file}`,
    found: a.job === b.job ? "other layers or heads" : "those of another job",
    remedy: "Run every part with the same command but for --shard and --stats.",
  });
}

function shapeOf({ layers }: Statistics): string {
  return JSON.stringify(layers.map(({ site, k, v }) => [site, k.length, v.length]));
}

function haveOtherChannels(a: Statistics, b: Statistics): boolean {
  return a.layers.some(({ channels }, at) => {
    const others = b.layers[at]!.channels;
    return channels !== undefined && others !== undefined && channels.length !== others.length;
  });
}

function partsOf(all: readonly NamedStatistics[]): Part[] {
  const seen = new Map<number, string>();
  const parts = all.flatMap(({ file, statistics }) => statistics.parts.map((part) => ({ file, part })));
  const of = parts[0]!.part.of;
  for (const { file, part } of parts) {
    const earlier = seen.get(part.index);
    if (earlier !== undefined || part.of !== of) throw twice(file, part, earlier, of);
    seen.set(part.index, file);
  }
  const missing = Array.from({ length: of }, (_, at) => at + 1).filter((index) => !seen.has(index));
  if (missing.length > 0) throw incomplete(all[0]!.file, of, missing);
  return parts.map(({ part }) => part).sort((a, b) => a.index - b.index);
}

function twice(file: string, { index, of }: Part, earlier: string | undefined, wanted: number) {
  return dataRefusal("statistics-overlap", {
    file,
    expected: earlier === undefined ? `a part of ${wanted}` : "each part once",
    found:
      earlier === undefined ? `part ${index} of ${of}` : `part ${index} of ${of}, which ${earlier} has too`,
    remedy: "Name each part's file once.",
  });
}

function incomplete(file: string, of: number, missing: readonly number[]) {
  return dataRefusal("statistics-incomplete", {
    file,
    expected: `all ${of} parts of the job`,
    found: `none for ${missing.slice(0, 20).join(", ")}`,
    remedy: `Run the missing parts with --shard ${missing[0]}/${of}, or name their files too.`,
  });
}
