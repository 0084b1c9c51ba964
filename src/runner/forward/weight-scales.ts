import { dataRefusal } from "../../errors.js";
import type { BlockScales } from "../../model/ops.js";
import type { MatrixPart } from "../../model/recipe.js";
import type { TensorInfo } from "../../tensors/header.js";

/** Scales of a whole FP8 weight as stored, with the place that messages name. */
export interface StoredScales {
  readonly file: string;
  readonly info: TensorInfo;
  readonly values: Float32Array;
  /** Rows and columns of a block, where the config says them. */
  readonly blocks: readonly [rows: number, columns: number] | undefined;
}

/**
 * The multipliers of some rows of an FP8 weight: one number, one a row, or one a block. Throws a data Refusal for
 * scales of a shape that is none of these, and for rows that begin within a block.
 */
export function scalesOfPart(part: MatrixPart, stored: StoredScales): BlockScales {
  const { of, columns, rows, first } = part;
  const { values } = stored;
  if (values.length === 1) return { values, blockRows: rows, blockColumns: columns };
  // By the shape, not by the count: 128 × 128 blocks of 16,384 columns are as many as there are rows.
  const byRow = values.length === of && stored.info.shape.slice(1).every((size) => Number(size) === 1);
  const [blockRows, blockColumns] = byRow ? ([1, columns] as const) : blockOf(part, stored);
  const across = Math.ceil(columns / blockColumns);
  if (first % blockRows !== 0 || values.length !== Math.ceil(of / blockRows) * across)
    throw misfit(part, stored);
  const begin = (first / blockRows) * across;
  return {
    values: values.slice(begin, begin + Math.ceil(rows / blockRows) * across),
    blockRows,
    blockColumns,
  };
}

/** Sizes of blocks that are in use, for configs that do not say theirs. */
const USUAL = [128, 64, 256, 32] as const;

function blockOf(part: MatrixPart, stored: StoredScales): readonly [number, number] {
  const [down, across] = stored.info.shape.map(Number);
  const candidates =
    stored.blocks === undefined ? USUAL.map((size) => [size, size] as const) : [stored.blocks];
  const block = candidates.find(
    ([rows, columns]) => Math.ceil(part.of / rows) === down && Math.ceil(part.columns / columns) === across,
  );
  if (block === undefined) throw misfit(part, stored);
  return block;
}

function misfit({ tensor, of, columns, first }: MatrixPart, { file, info, blocks }: StoredScales) {
  const size = blocks === undefined ? "" : ` of ${blocks.join(" × ")}`;
  return dataRefusal("weight-scale-shape", {
    file,
    tensor: info.name,
    range: [info.begin, info.end],
    expected: `one scale for ${JSON.stringify(tensor)} of [${of}, ${columns}], one a row, or one a block${size}${first > 0 ? `, and row ${first} at the begin of a block` : ""}`,
    found: `shape [${info.shape.join(", ")}]`,
    remedy: "Use the 16-bit checkpoint; only these FP8 layouts can be computed with.",
  });
}
