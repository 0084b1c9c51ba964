import { refuse } from "./rules.js";
import { checkSize } from "./size.js";
import type { TensorInfo } from "./tensor-info.js";

/** The tensors by where their bytes lie; the same map when it has that order already. */
export function inFileOrder(tensors: ReadonlyMap<string, TensorInfo>): ReadonlyMap<string, TensorInfo> {
  let last: TensorInfo | undefined;
  for (const tensor of tensors.values()) {
    if (last !== undefined && byBytes(last, tensor) > 0) return sorted(tensors);
    last = tensor;
  }
  return tensors;
}

/**
 * Holds tensors, in file order, to the rules of the data area: each fills its bytes exactly, they follow one
 * another without hole or overlap from `dataStart`, and the file ends with the last. Throws `offsets-…`,
 * `size-…`, `data-…`.
 */
export function checkData(
  tensors: Iterable<TensorInfo>,
  dataStart: number,
  fileSize: number,
  file: string,
): void {
  let cursor = dataStart;
  for (const tensor of tensors) {
    checkPlace(tensor, cursor, file);
    const { name, dtype, shape, begin, end } = tensor;
    checkSize(dtype, shape, end - begin, { file, tensor: name, range: [begin, end] });
    cursor = tensor.end;
  }
  if (cursor === fileSize) return;
  const code = cursor < fileSize ? "data-unclaimed" : "data-cut-short";
  const found = cursor < fileSize ? `${fileSize - cursor} bytes more` : `${cursor - fileSize} bytes less`;
  refuse(code, `${found}: tensors end at byte ${cursor}, the file at ${fileSize}`, {
    file,
    range: cursor < fileSize ? [cursor, fileSize] : [fileSize, cursor],
  });
}

function byBytes(left: TensorInfo, right: TensorInfo): number {
  return left.begin - right.begin || left.end - right.end;
}

function sorted(tensors: ReadonlyMap<string, TensorInfo>): Map<string, TensorInfo> {
  const inOrder = [...tensors.values()].sort(byBytes);
  return new Map(inOrder.map((tensor) => [tensor.name, tensor]));
}

function checkPlace({ name, begin, end }: TensorInfo, cursor: number, file: string): void {
  if (begin === cursor && end >= begin) return;
  const subject = { file, tensor: name, range: [Math.min(begin, end), Math.max(begin, end)] } as const;
  if (end < begin) refuse("offsets-reversed", `an end ${begin - end} bytes before the beginning`, subject);
  if (begin > cursor) refuse("offsets-hole", `${begin - cursor} bytes that belong to no tensor`, subject);
  refuse("offsets-overlap", `${cursor - begin} bytes that belong to the tensor before it`, subject);
}
