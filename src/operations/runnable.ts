import type { CheckpointSource } from "../checkpoint/source.js";
import { dataRefusal, isRefusal } from "../errors.js";
import type { Io } from "../events.js";
import type { Inventory } from "../inventory/inventory.js";
import { documentsOf } from "../inventory/take.js";
import { recipeOf } from "../model/architectures/recipe-of.js";
import type { Recipe } from "../model/recipe.js";
import { allParts } from "../runner/forward/parts.js";
import { WeightFiles } from "../runner/forward/weight-files.js";
import type { VerifyInput } from "./verify-input.js";

/**
 * The recipe of a checkpoint's model. Throws a data Refusal for an architecture that is not known, and for weights
 * that are not there or have other shapes than the config asks for.
 */
export function runnableRecipe(source: CheckpointSource, inventory: Inventory): Recipe {
  const recipe = recipeIn(inventory);
  new WeightFiles(source, inventory).refuseMissing(allParts(recipe));
  return recipe;
}

/**
 * The recipe of a checkpoint whose architecture is known, for captured values: how its logits become weights. Else
 * undefined, and a warning says with what is reckoned instead.
 */
export function knownRecipe(inventory: Inventory, io: Io): Recipe | undefined {
  try {
    return recipeIn(inventory);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const message = `captured values are attended with at 1/√(head size), without window or soft cap, since the model's own way is not known: ${error.message}`;
    io.emit({ type: "warning", code: "softmax-assumed", message });
    return undefined;
  }
}

function recipeIn(inventory: Inventory): Recipe {
  const { config } = documentsOf(inventory);
  if (config === undefined) throw withoutConfig(inventory.label);
  return recipeOf(config, new Set(inventory.shards.flatMap(({ header }) => [...header.tensors.keys()])));
}

/**
 * The recipe where `verify` is to run the model. Where the choice is ours and it cannot be run, a note says why;
 * where the user asked for it, the reason is the refusal.
 */
export function recipeFor(
  input: VerifyInput,
  source: CheckpointSource,
  inventory: Inventory,
  io: Io,
): Recipe | undefined {
  const { data = "auto", activations, fit } = input;
  const wanted = data === "model" || MODEL_WORDS.some((word) => input[word] !== undefined);
  if (data === "synthetic" || activations !== undefined || (!wanted && fit !== undefined)) return undefined;
  try {
    if (!wanted) refuseWithoutTokenizer(inventory);
    const recipe = runnableRecipe(source, inventory);
    announceWeights(source, inventory, "; `--data synthetic` reads headers and scales alone", io);
    return recipe;
  } catch (error) {
    if (wanted || !isRefusal(error)) throw error;
    io.emit({
      type: "note",
      message: `chose synthetic values, since the model cannot be run: ${error.message}`,
    });
    return undefined;
  }
}

/** Says, before it begins, that running a model of the Hub reads all of its weights; nothing for one on this machine. */
export function announceWeights(source: CheckpointSource, { shards }: Inventory, hint: string, io: Io): void {
  if (source.network === undefined) return;
  const bytes = shards.filter(({ indexed }) => indexed).reduce((sum, { size }) => sum + size, 0);
  const size = bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
  const message = `running the model reads its weights from the Hub, ${size}, but for what the cache has${hint}`;
  io.emit({ type: "warning", code: "reads-weights", message });
}

/** Who says one of these means the model. */
const MODEL_WORDS = ["text", "tokens", "maxTokens", "compare", "layers", "precision"] as const;

function refuseWithoutTokenizer({ files, label }: Inventory): void {
  if (files.some(({ path }) => path === "tokenizer.json")) return;
  throw dataRefusal("tokenizer-missing", { file: label, expected: "tokenizer.json", found: "none" });
}

function withoutConfig(file: string) {
  return dataRefusal("config-missing", {
    file,
    expected: "a checkpoint directory with config.json, so that the model can be run",
    found: "none",
    remedy: "Name the checkpoint's directory.",
  });
}
