import { createHash } from "node:crypto";
import { selectBackend } from "../backend/select.js";
import type { Room } from "../calibration/choose.js";
import { combine, type Statistics } from "../calibration/statistics.js";
import { parseStatistics, printStatistics } from "../calibration/statistics-file.js";
import type { CheckpointSource } from "../checkpoint/source.js";
import { dataRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { collect } from "../runner/collect.js";
import type { Searched } from "../runner/search.js";
import { sequencesOf } from "../runner/text/sequences.js";
import type { CalibrateChoices, CalibrateInput } from "./calibrate-input.js";
import { openState, statePath } from "./calibrate-state.js";
import type { Deps } from "./deps.js";
import { readGiven } from "./given-text.js";
import { announceWeights, runnableRecipe } from "./runnable.js";

/** What statistics are gathered from. */
export interface GatherTask {
  readonly input: CalibrateInput;
  readonly choices: CalibrateChoices;
  readonly room: Room;
  readonly source: CheckpointSource;
  readonly inventory: Inventory;
}

/** Statistics, and the scales that were searched along with them. */
export interface Gathered {
  readonly statistics: Statistics;
  /** One a layer; empty unless the method searches. */
  readonly searched: readonly Searched[];
}

/** Statistics from files, or from a run of the model; written down where that is asked for. */
export async function gather(task: GatherTask, io: Io, deps: Deps): Promise<Gathered> {
  const { fromStats, stats } = task.input;
  const gathered =
    fromStats === undefined ? await run(task, io, deps) : await read(fromStats, task, io, deps);
  if (stats !== undefined) {
    const bytes = new TextEncoder().encode(printStatistics(gathered.statistics));
    await deps.writeFile(stats, bytes, { force: true, sources: [task.source] });
  }
  return gathered;
}

async function read(
  files: readonly string[],
  { inventory }: GatherTask,
  io: Io,
  deps: Deps,
): Promise<Gathered> {
  const all = await Promise.all(
    files.map(async (file) => ({
      file,
      statistics: parseStatistics(await deps.readText(file, io.signal), file),
    })),
  );
  const statistics = combine(all);
  const foreign = statistics.layers.find(({ site }) => !inventory.sites.some(({ path }) => path === site));
  if (foreign !== undefined) throw otherModel(files[0]!, foreign.site, inventory.label);
  return { statistics, searched: [] };
}

async function run(task: GatherTask, io: Io, deps: Deps): Promise<Gathered> {
  const { input, choices, room, source, inventory } = task;
  const recipe = runnableRecipe(source, inventory);
  announceWeights(source, inventory, "", io);
  const given = await readGiven(input, io, deps);
  const { sequenceLength, maxTokens, precision, method } = choices;
  const limits = { sequenceLength, maxTokens, vocabulary: recipe.vocabulary };
  const all = await sequencesOf({ ...limits, ...(given && { given }) }, source, io.signal);
  const { index, of } = input.shard ?? { index: 1, of: 1 };
  const sequences = all.filter((_, at) => at % of === index - 1);
  if (sequences.length === 0) throw emptyShare(index, of, all.length);
  const { backend, note } = await selectBackend(input.backend ?? "auto");
  if (note !== undefined) io.emit({ type: "note", message: note });
  const job = digest(inventory, all, choices);
  const path = statePath(input);
  const own = `${job} ${index}/${of} ${method} ${JSON.stringify(room)}`;
  const progress =
    path === undefined ? undefined : await openState(path, own, input.resume ?? false, io, deps);
  const search = method === "mse" ? { search: room } : {};
  const pass = {
    source,
    inventory,
    recipe,
    sequences,
    precision,
    backend,
    ...search,
    ...(progress && { progress }),
  };
  const { layers, searched } = await collect(pass, io);
  const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
  return {
    statistics: { job, parts: [{ index, of, sequences: sequences.length, tokens }], layers },
    searched,
  };
}

/** What the parts of one job have in common: the model, the text and the arithmetic. */
function digest(
  { config, shards }: Inventory,
  sequences: readonly Int32Array[],
  { precision }: CalibrateChoices,
): string {
  const hash = createHash("sha256")
    .update(config?.text ?? "")
    .update(precision);
  for (const { path, size } of shards) hash.update(JSON.stringify([path, size]));
  for (const ids of sequences) hash.update(JSON.stringify([...ids]));
  return hash.digest("hex");
}

function emptyShare(index: number, of: number, sequences: number) {
  return dataRefusal("shard-empty", {
    expected: `at least ${of} sequences, one a part`,
    found: `${sequences}, so that part ${index} has none`,
    remedy: "Use fewer parts, a shorter --sequence-length, or more text.",
  });
}

function otherModel(file: string, site: string, label: string) {
  return dataRefusal("statistics-of-another-model", {
    file,
    expected: `attention modules of ${label}`,
    found: JSON.stringify(site),
    remedy: "Name the checkpoint that the statistics were made with.",
  });
}
