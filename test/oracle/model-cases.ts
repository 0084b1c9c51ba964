/**
 * Writes the made-up checkpoints of test/support/model/architecture-cases.ts for the oracle of model_goldens.py:
 * FOLDER/NN/ with config.json, model.safetensors (float32) and sequences.json, in the order of the cases.
 *
 *   npx tsx test/oracle/model-cases.ts FOLDER
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES, sequencesOf, tensorsOf } from "../support/model/architecture-cases.js";
import { filesOf, storedF32 } from "../support/model/made-up.js";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("expected a folder to write to");
for (const [at, [name, config, lengths]] of ARCHITECTURES.entries()) {
  const place = join(folder, String(at).padStart(2, "0"));
  mkdirSync(place, { recursive: true });
  for (const [file, bytes] of filesOf(config, storedF32(tensorsOf(config))))
    writeFileSync(join(place, file), bytes);
  const sequences = sequencesOf(lengths, config.vocab_size).map((ids) => [...ids]);
  writeFileSync(join(place, "sequences.json"), JSON.stringify({ name, sequences }));
}
