import { dataRefusal } from "../errors.js";
import { CLASSES, type Magnitudes } from "./magnitudes.js";
import type { LayerStatistics, Part, Statistics } from "./statistics.js";

/** The first key of a file of statistics, by which it is known. */
const KIND = "kvscale-statistics";
const VERSION = 1;

/** Statistics as JSON text. Classes without values are left out; the numbers read back exactly. */
export function printStatistics({ job, parts, layers }: Statistics): string {
  const printed = layers.map(({ site, layer, k, v, channels }) => ({
    site,
    layer,
    k: k.map(printHead),
    v: v.map(printHead),
    channels,
  }));
  return `${JSON.stringify({ kind: KIND, version: VERSION, job, parts, layers: printed })}\n`;
}

/** Statistics from their text; `channels` of a layer are optional, which earlier versions did not write. Throws a data Refusal that names the place of anything else. */
export function parseStatistics(text: string, file: string): Statistics {
  const at = new Place(parsed(text, file), file, "");
  if (at.text("kind") !== KIND) throw at.wrong(`"kind": "${KIND}"`);
  if (at.count("version") !== VERSION) throw at.wrong(`"version": ${VERSION}`);
  const parts = at.list("parts").map(parsePart);
  if (parts.length === 0) throw at.wrong("at least one part");
  return { job: at.text("job"), parts, layers: at.list("layers").map(parseLayer) };
}

function printHead({ amax, notFinite, counts }: Magnitudes) {
  const filled = Array.from(counts.entries()).filter(([, count]) => count > 0);
  return { amax, notFinite, classes: filled.map(([at]) => at), counts: filled.map(([, count]) => count) };
}

function parsePart(at: Place): Part {
  const part = {
    index: at.count("index"),
    of: at.count("of"),
    sequences: at.count("sequences"),
    tokens: at.count("tokens"),
  };
  if (part.index < 1 || part.index > part.of) throw at.wrong("a part between 1 and all");
  return part;
}

function parseLayer(at: Place): LayerStatistics {
  const [k, v] = [at.list("k").map(parseHead), at.list("v").map(parseHead)];
  if (k.length === 0 || v.length === 0) throw at.wrong("at least one head");
  const channels = at.has("channels") ? at.magnitudes("channels") : undefined;
  if (channels !== undefined && (channels.length === 0 || channels.length % k.length !== 0))
    throw at.wrong("as many channels for each head");
  return { site: at.text("site"), layer: at.count("layer"), k, v, ...(channels && { channels }) };
}

function parseHead(at: Place): Magnitudes {
  const classes = at.counts("classes");
  const counts = at.counts("counts");
  if (classes.length !== counts.length) throw at.wrong("as many counts as classes");
  const dense = new Float64Array(CLASSES);
  for (const [n, index] of classes.entries()) {
    if (index >= CLASSES) throw at.wrong(`classes below ${CLASSES}`);
    dense[index] = counts[n]!;
  }
  return { amax: at.magnitude("amax"), notFinite: at.count("notFinite"), counts: dense };
}

/** A value of the file and the way to it, for messages. */
class Place {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(
    value: unknown,
    private readonly file: string,
    private readonly path: string,
  ) {
    this.#fields = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  }

  text(key: string): string {
    const value = this.#fields.get(key);
    if (typeof value === "string") return value;
    throw this.wrong(`a text at ${key}`);
  }

  count(key: string): number {
    const value = this.#fields.get(key);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.wrong(`a count at ${key}`);
  }

  magnitude(key: string): number {
    const value = this.#fields.get(key);
    if (typeof value === "number" && value >= 0) return value;
    throw this.wrong(`a magnitude at ${key}`);
  }

  has(key: string): boolean {
    return this.#fields.has(key);
  }

  magnitudes(key: string): number[] {
    return this.#array(key).map((value) => {
      if (typeof value === "number" && value >= 0) return value;
      throw this.wrong(`magnitudes at ${key}`);
    });
  }

  counts(key: string): number[] {
    return this.#array(key).map((value) => {
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
      throw this.wrong(`counts at ${key}`);
    });
  }

  list(key: string): Place[] {
    return this.#array(key).map((item, at) => new Place(item, this.file, `${this.path}${key}[${at}].`));
  }

  #array(key: string): unknown[] {
    const value = this.#fields.get(key);
    if (Array.isArray(value)) return value;
    throw this.wrong(`a list at ${key}`);
  }

  wrong(expected: string) {
    return dataRefusal("statistics-form", {
      file: this.file,
      expected: `statistics of \`kvscale calibrate --stats\`, with ${expected}`,
      found: this.path === "" ? "something else" : `something else at ${this.path.slice(0, -1)}`,
      remedy: "Make it again with `kvscale calibrate --stats`.",
    });
  }
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw dataRefusal("statistics-form", {
      file,
      expected: "statistics of `kvscale calibrate --stats`, as JSON",
      found: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
