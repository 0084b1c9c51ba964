import { type Command, InvalidArgumentError, Option } from "commander";
import type { Precision } from "../../model/ops.js";
import { DATA_CHOICES, type DataChoice } from "../../operations/verify-input.js";
import { COMPARISONS, type Comparison } from "../../runner/candidates.js";
import { defined } from "../defined.js";
import { positiveInteger } from "../globals.js";
import { aNumber, aShare, numberList } from "../numbers.js";

/** Flags of `verify` that only a run of the model itself knows. */
export interface ModelFlags {
  readonly data: DataChoice;
  readonly text?: string;
  readonly tokens?: string;
  readonly maxTokens?: number;
  readonly precision?: Precision;
  readonly compare?: readonly Comparison[] | true;
  readonly layers?: readonly number[];
  readonly maxPplIncrease?: number;
  readonly minTop1?: number;
}

/** Adds the flags of a run of the model. */
export function withModelOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--data <source>",
        "values: of the model run on text, or drawn; auto: the model where it can be run",
      )
        .choices(DATA_CHOICES)
        .default("auto"),
    )
    .option("--text <file>", "text to run the model on (default: a built-in one), by its own tokenizer.json")
    .option("--tokens <file>", "token ids to run the model on: a JSON array, or one a sequence")
    .option("--max-tokens <n>", "tokens to run the model on (default: 2048)", positiveInteger)
    .addOption(
      new Option("--precision <type>", "of the model's products (default: float32)").choices([
        "float32",
        "bfloat16",
      ]),
    )
    .option(
      "--compare [caches]",
      `other caches in the same pass: ${COMPARISONS.join(", ")} (default: all)`,
      comparisons,
    )
    .option(
      "--layers <list>",
      "keep only these layers' cache in 8 bits, such as 0,5-7 (default: all)",
      numberList,
    )
    .option("--max-ppl-increase <share>", "a larger rise of perplexity fails (default: 0.03)", aNumber)
    .option("--min-top1 <share>", "less agreement on the likeliest token fails (default: 0)", aShare);
}

/** The flags in the words of the operation. */
export function modelInput(flags: ModelFlags) {
  const { data, text, tokens, maxTokens, precision, compare, layers, maxPplIncrease, minTop1 } = flags;
  const compared = compare === true ? COMPARISONS : compare;
  return {
    data,
    ...defined({ text, tokens, maxTokens, precision, compare: compared, layers }),
    modelThresholds: defined({ maxPplIncrease, minTop1 }),
  };
}

function comparisons(text: string): Comparison[] {
  return text.split(",").map((word) => {
    const known = COMPARISONS.find((name) => name === word.trim());
    if (known === undefined)
      throw new InvalidArgumentError(`One or more of ${COMPARISONS.join(", ")} are expected.`);
    return known;
  });
}
