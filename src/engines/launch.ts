import type { Engine } from "./engine.js";
import { shellWord } from "./words.js";

/** The command of `template` with the checkpoint's name for `DIR`; a name of words only stays unquoted. */
export function commandLine(template: string, label: string): string {
  return template.replaceAll("DIR", () => shellWord(label));
}

/** The kvscale command that makes a checkpoint ready for an engine. */
export function convertCommand({ id }: Engine, label: string): string {
  return `kvscale convert ${shellWord(label)} --engine ${id} -o OUT`;
}

/** The kvscale command that puts the scales of one checkpoint, or file, into another; both words as a shell reads them. */
export function mergeCommand({ id }: Engine, base: string, from: string): string {
  return `kvscale merge ${base} --from ${from} --engine ${id} -o OUT`;
}

/** The kvscale command that takes scales and their config keys out. */
export function stripCommand(label: string): string {
  return `kvscale strip ${shellWord(label)} -o OUT`;
}
