import { shownPath } from "../../checkpoint/relative-path.js";
import type { CheckpointSource } from "../../checkpoint/source.js";
import { weightBlocks } from "../../config/weight-blocks.js";
import { dataRefusal } from "../../errors.js";
import type { Inventory, Shard } from "../../inventory/inventory.js";
import { documentsOf } from "../../inventory/take.js";
import type { Matrix, WeightType } from "../../model/ops.js";
import type { MatrixPart, VectorPart } from "../../model/recipe.js";
import { WEIGHT_BYTES } from "../../model/weights.js";
import type { Dtype } from "../../tensors/dtype.js";
import type { TensorInfo } from "../../tensors/header.js";
import { readNumbers } from "../../tensors/values.js";
import { type StoredScales, scalesOfPart } from "./weight-scales.js";

/** The weights of one layer, or of another piece of a recipe, in memory. */
export interface LoadedWeights {
  matrix(part: MatrixPart): Matrix;
  vector(part: VectorPart): Float32Array;
}

/** Where a tensor lies. */
interface Place {
  readonly path: string;
  readonly info: TensorInfo;
}

/** A checkpoint's weights by name; whole rows are read, and nothing is kept. */
export class WeightFiles {
  readonly #places: ReadonlyMap<string, Place>;
  readonly #blocks: readonly [number, number] | undefined;

  constructor(
    private readonly source: CheckpointSource,
    inventory: Pick<Inventory, "shards" | "config" | "quantConfig">,
  ) {
    this.#places = new Map(inventory.shards.filter(({ indexed }) => indexed).flatMap(placesOf));
    this.#blocks = weightBlocks(documentsOf(inventory));
  }

  /** Throws what `load` would throw for a missing tensor or another shape; nothing is read. */
  refuseMissing(parts: readonly (MatrixPart | VectorPart)[]): void {
    for (const part of parts) this.#place(part);
  }

  /**
   * Reads some parts together. Throws a data Refusal for a missing tensor, another shape than the recipe's, a type
   * that cannot be computed with, and an FP8 weight without scales.
   */
  async load(parts: readonly (MatrixPart | VectorPart)[], signal: AbortSignal): Promise<LoadedWeights> {
    const unique = [...new Map(parts.map((part) => [keyOf(part), part])).values()];
    const matrices = new Map<string, Matrix>();
    const vectors = new Map<string, Float32Array>();
    const paths = new Set(unique.map((part) => this.#place(part).path));
    for (const path of paths) {
      const own = unique.filter((part) => this.#place(part).path === path);
      const bytes = await this.source.read(
        path,
        own.map((part) => this.#range(part)),
        signal,
      );
      for (const [at, part] of own.entries()) {
        if ("columns" in part) matrices.set(keyOf(part), await this.#matrix(part, bytes[at]!, signal));
        else vectors.set(keyOf(part), Float32Array.from(this.#numbers(part, bytes[at]!)));
      }
    }
    return { matrix: (part) => matrices.get(keyOf(part))!, vector: (part) => vectors.get(keyOf(part))! };
  }

  /** Single rows of a matrix, as float32 [rows, columns] in the order asked; each row is read once. */
  async rows(part: MatrixPart, wanted: Int32Array, signal: AbortSignal): Promise<Matrix> {
    const { path, info } = this.#place(part);
    const size = part.columns * WEIGHT_BYTES[this.#type(part)];
    const ranges = Array.from(wanted, (row): [number, number] => {
      const begin = info.begin + (part.first + row) * size;
      return [begin, begin + size];
    });
    const read = await this.source.read(path, ranges, signal);
    const bytes = new Uint8Array(wanted.length * size);
    for (const [at, row] of read.entries()) bytes.set(row, at * size);
    return { type: this.#type(part), rows: wanted.length, columns: part.columns, bytes };
  }

  #place(part: MatrixPart | VectorPart): Place {
    const place = this.#places.get(part.tensor);
    if (place === undefined) throw missing(this.source.label, part.tensor);
    const wanted = "columns" in part ? [part.of, part.columns] : [part.of];
    const { shape } = place.info;
    if (shape.length === wanted.length && wanted.every((size, at) => shape[at] === size)) return place;
    throw this.#wrong("weight-shape", place, `shape [${wanted.join(", ")}]`, `shape [${shape.join(", ")}]`);
  }

  #type(part: MatrixPart): WeightType {
    const place = this.#place(part);
    const type = TYPES.get(place.info.dtype);
    if (type !== undefined) return type;
    const known = [...TYPES.keys()].join(", ");
    throw this.#wrong("weight-dtype", place, `a weight of ${known}`, `${place.info.dtype}`);
  }

  #range(part: MatrixPart | VectorPart): [number, number] {
    const { info } = this.#place(part);
    const length = "columns" in part ? part.rows : part.length;
    const unit = (info.end - info.begin) / part.of;
    return [info.begin + part.first * unit, info.begin + (part.first + length) * unit];
  }

  async #matrix(part: MatrixPart, bytes: Uint8Array, signal: AbortSignal): Promise<Matrix> {
    const type = this.#type(part);
    const { rows, columns } = part;
    if (!type.startsWith("float8")) return { type, rows, columns, bytes };
    return { type, rows, columns, bytes, scales: scalesOfPart(part, await this.#scales(part, signal)) };
  }

  /** `weight_scale` of AutoFP8, ModelOpt and compressed-tensors; `weight_scale_inv`, a multiplier too, of DeepSeek. */
  async #scales(part: MatrixPart, signal: AbortSignal): Promise<StoredScales> {
    const place = [`${part.tensor}_scale`, `${part.tensor}_scale_inv`].flatMap(
      (name) => this.#places.get(name) ?? [],
    )[0];
    if (place === undefined) {
      const weight = this.#place(part);
      throw this.#wrong(
        "weight-scale-missing",
        weight,
        `${part.tensor}_scale beside an FP8 weight`,
        "no scale",
      );
    }
    const { path, info } = place;
    const [bytes] = await this.source.read(path, [[info.begin, info.end]], signal);
    const values = Float32Array.from(readNumbers(info.dtype, bytes!));
    return { file: shownPath(this.source.label, path), info, values, blocks: this.#blocks };
  }

  #numbers(part: VectorPart, bytes: Uint8Array): number[] {
    const place = this.#place(part);
    if (["F32", "F16", "BF16"].includes(place.info.dtype)) return readNumbers(place.info.dtype, bytes);
    throw this.#wrong("weight-dtype", place, "numbers of F32, F16 or BF16", place.info.dtype);
  }

  #wrong(code: string, { path, info }: Place, expected: string, found: string) {
    return dataRefusal(code, {
      file: shownPath(this.source.label, path),
      tensor: info.name,
      range: [info.begin, info.end],
      expected: `${expected}, as config.json has it`,
      found,
      remedy: "Check that config.json and weights are of one model, and that the download is complete.",
    });
  }
}

const TYPES: ReadonlyMap<Dtype, WeightType> = new Map([
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["F8_E4M3", "float8_e4m3fn"],
  ["F8_E4M3FNUZ", "float8_e4m3fnuz"],
  ["F8_E5M2", "float8_e5m2"],
]);

function placesOf({ path, header }: Shard): [string, Place][] {
  return Array.from(header.tensors.values(), (info) => [info.name, { path, info }]);
}

function keyOf(part: MatrixPart | VectorPart): string {
  return `${part.tensor}\0${part.first}\0${"columns" in part ? part.rows : part.length}`;
}

function missing(file: string, tensor: string) {
  return dataRefusal("weight-missing", {
    file,
    tensor,
    expected: "this weight, which config.json asks for",
    found: "none of that name",
    remedy:
      "Check that every shard is there, and that config.json is this model's. For the quick mode use --data synthetic.",
  });
}
