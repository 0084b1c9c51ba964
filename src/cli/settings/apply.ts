import { dirname, resolve } from "node:path";
import type { Command } from "commander";
import { shellWord } from "../../engines/words.js";
import type { SettingsFile } from "./file.js";
import type { Settings } from "./schema.js";

/** One setting: the option that it stands in for, of which commands. */
interface Row {
  readonly option: string;
  readonly commands: readonly string[];
  value(settings: Settings, folder: string): string | number | undefined;
}

const WRITERS = ["merge", "convert", "strip"];

/** `extract --engine` respells what is otherwise copied bit for bit, and so has to be asked for. */
const ROWS: readonly Row[] = [
  { option: "engine", commands: ["inspect", "merge", "convert", "calibrate"], value: ({ engine }) => engine },
  { option: "platform", commands: ["inspect"], value: ({ platform }) => platform },
  { option: "backend", commands: ["verify", "calibrate"], value: ({ backend }) => backend },
  { option: "link", commands: [...WRITERS, "calibrate"], value: ({ link }) => link },
  { option: "warnSqnr", commands: ["verify"], value: ({ thresholds }) => thresholds?.warnSqnr },
  { option: "minSqnr", commands: ["verify"], value: ({ thresholds }) => thresholds?.minSqnr },
  { option: "maxClipRate", commands: ["verify"], value: ({ thresholds }) => thresholds?.maxClipRate },
  { option: "maxPplIncrease", commands: ["verify"], value: ({ thresholds }) => thresholds?.maxPplIncrease },
  { option: "minTop1", commands: ["verify"], value: ({ thresholds }) => thresholds?.minTop1 },
  {
    option: "text",
    commands: ["calibrate"],
    value: ({ calibration }, folder) => beside(folder, calibration?.text),
  },
  {
    option: "tokens",
    commands: ["calibrate"],
    value: ({ calibration }, folder) => beside(folder, calibration?.tokens),
  },
];

/** The commands that settings speak of; others run without reading the file. */
export const CONFIGURED: ReadonlySet<string> = new Set(ROWS.flatMap(({ commands }) => commands));

/** Gives a command the values of a settings file. Flags and the environment go before them when it is parsed. */
export function applySettings(command: Command, { path, settings }: SettingsFile): void {
  for (const { option, commands, value } of ROWS) {
    const known = command.options.some((one) => one.attributeName() === option);
    if (!known || !commands.includes(command.name())) continue;
    const set = value(settings, dirname(path));
    if (set !== undefined) command.setOptionValueWithSource(option, set, "config");
  }
}

/** A flag goes before a setting that says the same in another way. To be called when the command line is parsed. */
export function giveWayToFlags(command: Command): void {
  for (const [one, other] of SAME) {
    if (command.getOptionValueSource(one) === "cli" && command.getOptionValueSource(other) === "config")
      command.setOptionValueWithSource(other, undefined, "default");
  }
}

const SAME = [
  ["text", "tokens"],
  ["tokens", "text"],
] as const;

function beside(folder: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : resolve(folder, file);
}

/** Flags that say what a parsed command took from `source` instead of its command line. */
export function flagsFrom(command: Command, source: "config" | "env"): string[] {
  return command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === source)
    .flatMap((option) => [
      option.long ?? "",
      shellWord(String(command.getOptionValue(option.attributeName()))),
    ]);
}
