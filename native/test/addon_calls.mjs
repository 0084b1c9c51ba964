// A thousand calls of each kind through an addon: attention, writes, conversions, refusals, cancellations. Every buffer
// must be free afterwards: those that the collector cannot take back are still pinned. Exit code 1 when there are any.
//   node --expose-gc addon_calls.mjs ADDON [COUNT]
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";

const [, , file, count = "1000"] = process.argv;
const addon = createRequire(import.meta.url)(file);
// One: GCC's LeakSanitizer reads its table of threads without a lock while others start, and crashes at times. What
// threads of the kernel may lose is looked for in the native tests (sanitize.sh).
const THREADS = 1;
const lent = [];

const KINDS = {
  attend: () => addon.attend(problem()),
  "attend over partial states": () => addon.attend(problem({ lengths: [2100, 7] })),
  writeCache: () => addon.writeCache(write()),
  convert: async () => {
    addon.convert({ format: 0, codes: bytes(100), floats: floats(100) });
    addon.convert({ format: 2, codes: bytes(100), floats: floats(100), writer: 0, scale: 0.5 });
  },
  "refused by the kernel": () => refused(addon.attend({ ...problem(), blockTables: lend(Int32Array.of(999, 999)) }), "refused"),
  "refused write": () => refused(addon.writeCache({ ...write(), slotMapping: lend(BigInt64Array.of(-2n, 5n)) }), "refused"),
  "refused conversion": async () => thrown(() => addon.convert({ format: 0, codes: bytes(4), floats: floats(4), writer: 0, scale: 0 })),
  "of the wrong type": async () => thrown(() => addon.attend({ ...problem(), out: lend(new Float64Array(4)) })),
  "without its last field": async () => thrown(() => addon.writeCache({ ...write(), threads: undefined })),
  "cancelled before": () => refused(addon.attend(problem(), raised()), "cancelled"),
  "cancelled meanwhile": () => {
    const flag = lend(new addon.CancelFlag());
    const call = addon.attend(problem({ lengths: [2100, 2100] }), flag).catch(({ code }) => expect(code, "cancelled"));
    flag.cancel();
    return call;
  },
  "cancelled write": () => refused(addon.writeCache(write(), raised()), "cancelled"),
};

for (const [kind, call] of Object.entries(KINDS)) {
  for (let i = 0; i < Number(count); i += 4) await Promise.all([call(), call(), call(), call()]);
  const pinned = await stillAlive();
  console.log(`${pinned === 0 ? "ok  " : "FAIL"}  ${count} x ${kind}: ${lent.length} buffers lent, ${pinned} still pinned`);
  if (pinned > 0) process.exitCode = 1;
  lent.length = 0;
}

function lend(object) {
  lent.push(new WeakRef(object));
  return object;
}
function floats(length, value = 0.5) {
  return lend(new Float32Array(length).fill(value));
}
function bytes(length) {
  return lend(new Uint8Array(length).fill(0x38));
}
function raised() {
  const flag = lend(new addon.CancelFlag());
  flag.cancel();
  return flag;
}

function pool(blocks) {
  return { data: bytes(blocks * 16 * 2 * 8), blockStride: 256, slotStride: 16, headStride: 8, headSize: 8 };
}
/** Two sequences whose tables all name page 0. */
function problem({ lengths = [16, 7] } = {}) {
  const maxBlocks = Math.ceil(lengths[0] / 16);
  return {
    format: 0, heads: 4, kvHeads: 2, blockSize: 16, blocks: 2, sequences: 2, maxBlocks,
    key: pool(2), value: pool(2), blockTables: lend(new Int32Array(2 * maxBlocks)), seqLens: lend(Int32Array.from(lengths)),
    query: floats(64), softmaxScale: 1, kScale: floats(1), vScale: floats(2), window: 0, softcap: 0,
    alibi: floats(4), sinks: floats(4), out: floats(64), lse: floats(8), precise: false, threads: THREADS,
  };
}
function write() {
  return {
    format: 0, writer: 0, kvHeads: 2, blockSize: 16, blocks: 2, tokens: 2, key: pool(2), value: pool(2),
    keys: floats(32), values: floats(32), slotMapping: lend(BigInt64Array.of(3n, -1n)), kScale: floats(1), vScale: floats(1), threads: THREADS,
  };
}

async function refused(call, code) {
  await call.then(() => expect("done", code), (error) => expect(error.code, code));
}
function thrown(call) {
  try {
    call();
  } catch {
    return;
  }
  throw new Error("expected a refusal");
}
function expect(found, expected) {
  // A call may be over before its flag is raised; then it succeeds, and no handler runs.
  if (found !== expected) throw new Error(`expected ${expected}, found ${found}`);
}

/** How many of the lent objects the collector leaves; several rounds, for a wrapped object needs two. */
async function stillAlive() {
  for (let round = 0; round < 4; round++) {
    await setImmediate();
    global.gc();
  }
  return lent.filter((reference) => reference.deref() !== undefined).length;
}
