import type { Inventory } from "../inventory/inventory.js";
import type { Role, SiteKind } from "../scales/site.js";
import type { Entry } from "../scales/table.js";

/** One scale as data: where it is, what it is called, what it says. */
export interface ScaleRow {
  readonly site: string;
  readonly kind: SiteKind;
  readonly layer: number;
  readonly role: Role;
  readonly per: "tensor" | "head";
  /** One number, or one per KV head; exact. */
  readonly values: readonly number[];
  /** As stored; null for numbers of a JSON sidecar. */
  readonly dtype: string | null;
  readonly shape: readonly number[] | null;
  readonly spelling: string | null;
  readonly file: string | null;
  readonly name: string | null;
}

/** The scales of an inventory, in table order. */
export function scaleRows({ table }: Pick<Inventory, "table">): ScaleRow[] {
  return table.entries.map(scaleRow);
}

function scaleRow({ site, role, scale, found }: Entry): ScaleRow {
  return {
    site: site.path,
    kind: site.kind,
    layer: site.layer,
    role,
    per: scale.per,
    values: scale.values,
    dtype: scale.stored?.dtype ?? null,
    shape: scale.stored?.shape ?? null,
    spelling: found?.spelling ?? null,
    file: found?.file ?? null,
    name: found?.name ?? null,
  };
}
