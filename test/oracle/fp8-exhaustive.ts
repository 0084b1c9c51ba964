/**
 * Every float32, all 2^32, through the TypeScript encoders and through the native addon's; prints how many codes
 * differ, and exits with 1 if any does. Minutes per line on one core, so no test runs it:
 *
 *     npx tsx test/oracle/fp8-exhaustive.ts [scale]
 *
 * NaN payloads do not survive JavaScript's number type everywhere, but its typed arrays keep the bits.
 */

import { ADDON_WRITER } from "../../src/backend/addon.js";
import { findAddon, loadAddon } from "../../src/backend/addon-file.js";
import { type AddonFormat, NUMBER_OF_TYPE } from "../../src/backend/addon-words.js";
import { FP8_FORMATS, type Fp8Format } from "../../src/numeric/fp8.js";
import { quantise, type Writer, writes } from "../../src/numeric/quantise.js";

const CHUNK = 1 << 22;
const FORMATS: Record<Fp8Format, AddonFormat> = NUMBER_OF_TYPE;

const place = findAddon("cpu");
if ("missing" in place) throw new Error(place.missing);
const addon = loadAddon(place.file);
const scale = Math.fround(Number(process.argv[2] ?? 1));
const patterns = new Uint32Array(CHUNK);
const floats = new Float32Array(patterns.buffer);
const ours = new Uint8Array(CHUNK);
const theirs = new Uint8Array(CHUNK);

let total = 0;
for (const writer of ["cuda", "vllm-cpu"] as const) {
  for (const format of Object.keys(FP8_FORMATS) as Fp8Format[]) {
    if (!writes(writer, format)) continue;
    const differing = compare(format, writer);
    total += differing;
    console.log(`${writer} ${format} at scale ${scale}: ${differing} of ${2 ** 32} differ`);
  }
}
process.exitCode = total === 0 ? 0 : 1;

function compare(format: Fp8Format, writer: Writer): number {
  let differing = 0;
  for (let first = 0; first < 2 ** 32; first += CHUNK) {
    for (let i = 0; i < CHUNK; i++) patterns[i] = first + i;
    quantise(floats, scale, format, writer, ours);
    const call = { format: FORMATS[format], writer: ADDON_WRITER[writer], scale };
    addon.convert({ ...call, floats, codes: theirs });
    if (Buffer.compare(ours, theirs) !== 0) differing += ours.filter((code, i) => code !== theirs[i]).length;
  }
  return differing;
}
