import { type Command, Option } from "commander";
import type { EngineId } from "../../engines/engine.js";
import { ENGINE_IDS } from "../../engines/engines.js";
import type { ExtractForm } from "../../operations/scale-file.js";
import { defined } from "../defined.js";
import { aPath, depsOf, newReadingCommand, positiveInteger } from "../globals.js";
import { type GlobalFlags, run } from "../run.js";
import type { Terminal } from "../terminal.js";

interface Flags extends GlobalFlags {
  readonly followLinks?: boolean;
  readonly output?: string;
  readonly engine?: EngineId;
  readonly format?: ExtractForm;
  readonly like?: string;
  readonly ranks?: number;
  readonly force?: boolean;
  readonly strict?: boolean;
}

/** `kvscale extract REF [-o FILE]` */
export function extractCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return newReadingCommand(
    "extract",
    "read the KV scales of a checkpoint; write them to a small file with -o",
  )
    .argument("<ref>", "the checkpoint, or a JSON file of scales")
    .option("-o, --output <file>", "a .safetensors or .json file; without it the scales are printed", aPath)
    .addOption(
      // No environment variable: what is copied bit for bit must not be respelled unasked.
      new Option(
        "-e, --engine <engine>",
        "spell the scales for this engine; otherwise names, dtypes and bits stay as found",
      ).choices(ENGINE_IDS),
    )
    .addOption(
      new Option("--format <form>", "what to write, where the file's ending does not say it").choices([
        "safetensors",
        "kv-cache-scales",
        "lightllm",
      ]),
    )
    .option("--like <ref>", "a checkpoint whose config.json says what a JSON file must say of its model")
    .option("--ranks <n>", "tensor-parallel ranks that a JSON file is written for", positiveInteger)
    .option("-f, --force", "replace an existing file")
    .option("--strict", "refuse when something would be lost")
    .action(async (ref: string, flags: Flags) => {
      exit(
        await run("extract", flags, terminal, async (io) => {
          const { extract } = await import("../../operations/extract.js");
          const { extractText } = await import("../../report/extract-text.js");
          const { output: out, format: form, engine, like, ranks, force, strict } = flags;
          const report = await extract(
            { ref, ...defined({ out, form, engine, like, ranks, force, strict }) },
            io,
            await depsOf(flags),
          );
          return { data: report, render: (view) => extractText(report, view) };
        }),
      );
    });
}
