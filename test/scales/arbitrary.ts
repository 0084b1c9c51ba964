import fc from "fast-check";
import type { Scale } from "../../src/scales/scale.js";
import { headScale, scaleOf, tensorScale } from "../../src/scales/scale.js";
import { type Role, type Site, siteOf } from "../../src/scales/site.js";
import { type Entry, type ScaleTable, tableOf } from "../../src/scales/table.js";

/** Real forms of attention-module paths, by layer. */
export const SITE_FORMS: readonly ((layer: number) => string)[] = [
  (n) => `model.layers.${n}.self_attn`,
  (n) => `language_model.model.layers.${n}.self_attn`,
  (n) => `model.language_model.layers.${n}.self_attn`,
  (n) => `backbone.layers.${n}.mixer`,
  (n) => `transformer.blocks.${n}.norm_attn_norm.attn`,
  (n) => `transformer.h.${n}.attn`,
  (n) => `transformer.h.${n}.attn.attention`,
  (n) => `transformer.h.${n}.self_attention`,
  (n) => `gpt_neox.layers.${n}.attention`,
  (n) => `transformer.layers.${n}.attention`,
  (n) => `layers.${n}.attention`,
  (n) => `model.decoder.layers.${n}.self_attn`,
  (n) => `model.decoder.layers.${n}.encoder_attn`,
  (n) => `decoder.block.${n}.layer.1.EncDecAttention`,
  (n) => `mtp.layers.${n}.self_attn`,
  (n) => `vision_tower.vision_model.encoder.layers.${n}.self_attn`,
  (n) => `visual.blocks.${n}.attn`,
];

export const layers = fc.oneof(fc.nat(130), fc.nat(9_999_999));

export const sites: fc.Arbitrary<Site> = fc
  .tuple(fc.constantFrom(...SITE_FORMS), layers)
  .map(([form, layer]) => siteOf(form(layer))!);

/** Bit patterns of positive float32 numbers, the smallest and the largest included. */
export const float32: fc.Arbitrary<number> = fc.float({
  min: 2 ** -149,
  noNaN: true,
  noDefaultInfinity: true,
});

/** A scale as F32, BF16 or F16 tensors hold it. */
export const storedScale: fc.Arbitrary<Scale> = fc
  .tuple(
    fc.constantFrom("F32" as const, "BF16" as const, "F16" as const),
    fc.constantFrom<readonly number[]>([], [1], [4, 1, 1], [8]),
    fc.infiniteStream(fc.nat(0x7bff).filter((bits) => bits > 0)),
    fc.infiniteStream(fc.nat(0xffff)),
  )
  .map(([dtype, shape, high, low]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const width = dtype === "F32" ? 4 : 2;
    const view = new DataView(new ArrayBuffer(count * width));
    for (let index = 0; index < count; index++) {
      if (dtype === "F32") view.setUint16(index * 4, low.next().value as number, true);
      view.setUint16(index * width + width - 2, high.next().value as number, true);
    }
    return scaleOf({ dtype, shape, bytes: new Uint8Array(view.buffer) }, {});
  });

export const scales: fc.Arbitrary<Scale> = fc.oneof(
  storedScale,
  float32.map(tensorScale),
  fc.double({ min: 1e-30, max: 1e30, noNaN: true }).map(tensorScale),
  fc.array(float32, { minLength: 4, maxLength: 4 }).map(headScale),
);

const COMPLETE: readonly (readonly Role[])[] = [
  ["kv"],
  ["k", "v"],
  ["k", "v", "q"],
  ["k", "v", "q", "prob"],
  ["kv", "q"],
];

/** A table in which every site has a `kv` or a whole pair; a site's scales are all per layer or all of 4 heads. */
export const completeTables: fc.Arbitrary<ScaleTable> = tablesOf(COMPLETE);

/** Tables of one decoder's layers 0 to n-1, a `kv` each or a pair each. */
export const decoderTables: fc.Arbitrary<ScaleTable> = fc
  .array(fc.tuple(fc.constantFrom(...COMPLETE), fc.array(scales, { minLength: 4, maxLength: 4 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((rows) => {
    const entries = rows.flatMap(([roles, values], layer) =>
      cells(siteOf(`model.layers.${layer}.self_attn`)!, roles, values),
    );
    return tableOf("float8_e4m3fn", entries);
  });

function tablesOf(choices: readonly (readonly Role[])[]): fc.Arbitrary<ScaleTable> {
  const row = fc.tuple(sites, fc.constantFrom(...choices), fc.array(scales, { minLength: 4, maxLength: 4 }));
  return fc
    .tuple(
      fc.constantFrom("float8_e4m3fn" as const, "float8_e4m3fnuz" as const),
      fc.uniqueArray(row, { selector: ([site]) => site.path, minLength: 1, maxLength: 6 }),
    )
    .map(([format, rows]) =>
      tableOf(
        format,
        rows.flatMap(([site, roles, values]) => cells(site, roles, values)),
      ),
    );
}

/** Heads are made equal in number within a site, as they are in a model. */
function cells(site: Site, roles: readonly Role[], values: readonly Scale[]): Entry[] {
  const four = values.every(({ values: { length } }) => length === 1 || length === 4);
  return roles.map((role, index) => {
    const scale = values[index]!;
    return { site, role, scale: four || scale.per === "tensor" ? scale : tensorScale(scale.values[0]!) };
  });
}
