import { appendFile, readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { checkApart } from "../checkpoint/disk/overlap.js";
import { writeFileAtomically } from "../checkpoint/output-file.js";
import type { Io } from "../events.js";
import type { Deps } from "../operations/deps.js";
import type { Provenance } from "../operations/provenance.js";
import type { Case } from "../report/cases.js";
import { annotations, outputLines, within } from "../report/github.js";
import { htmlPage } from "../report/html/page.js";
import { junitText } from "../report/junit.js";
import { markdownPage } from "../report/markdown/page.js";
import type { Outputs } from "../report/outputs.js";
import type { Page } from "../report/page/page.js";
import { commandLine } from "./command-line.js";
import { defined } from "./defined.js";
import type { Terminal } from "./terminal.js";
import { version } from "./version.js";

/** A result in the forms that others than a person at a terminal read. */
export interface Telling {
  /** What the result speaks of. */
  readonly subject: string;
  readonly cases: readonly Case[];
  readonly outputs: Outputs;
  /** The page, once it is known how it was made. */
  page(provenance: Provenance): Promise<Page> | Page;
  /** Checkpoints that the result was made from, to be named by their hashes. */
  readonly inputs: readonly string[];
  /** Files of text, token ids or statistics that it was made from, likewise. */
  readonly given?: readonly string[];
  /** Checkpoints and files of scales that were written, likewise. */
  readonly written?: readonly string[];
  /** How those are read. */
  readonly deps: Deps;
  readonly backend?: string;
}

/** Where a result goes besides stdout. */
export interface Destinations {
  readonly report?: readonly string[];
  readonly junit?: string;
  /** Annotations, summary and outputs, as GitHub Actions takes them. */
  readonly github: boolean;
}

/** Writes the files that were asked for, each whole or not at all, and tells GitHub. Throws a Refusal when it cannot. */
export async function deliver(
  command: string,
  telling: Telling,
  { report = [], junit, github }: Destinations,
  terminal: Terminal,
  io: Io,
): Promise<void> {
  const { cases, subject } = telling;
  for (const file of [...report, ...(junit === undefined ? [] : [junit])])
    await checkReplaceable(file, telling);
  const page = report.length > 0 || github ? await pageOf(telling, terminal, io) : undefined;
  for (const file of page === undefined ? [] : report) {
    await place(file, /\.html?$/i.test(file) ? htmlPage(page!) : markdownPage(page!), io);
  }
  if (junit !== undefined) await place(junit, junitText(command, subject, cases), io);
  if (!github) return;
  for (const line of annotations(`kvscale ${command}`, cases)) terminal.err(`${line}\n`);
  const files = {
    ...(report[0] === undefined ? {} : { report: report[0] }),
    ...(junit === undefined ? {} : { junit }),
  };
  await append(terminal.env?.["GITHUB_OUTPUT"], () => outputLines({ ...telling.outputs, ...files }));
  await append(terminal.env?.["GITHUB_STEP_SUMMARY"], (there) =>
    within(markdownPage(page!), MOST_SUMMARY - there),
  );
}

/** GitHub refuses a step's summary beyond 1 MiB. */
const MOST_SUMMARY = 1024 * 1024;

async function pageOf(telling: Telling, terminal: Terminal, io: Io): Promise<Page> {
  const { inputs, backend, deps, page, given, written } = telling;
  const { provenanceOf } = await import("../operations/provenance.js");
  const making = {
    command: commandLine(terminal.argv ?? []),
    kvscale: version(),
    ...defined({ backend, given, written }),
  };
  return page(await provenanceOf(inputs, making, io, deps));
}

/** A report may lie in a checkpoint, and replace an older report, but no file that came with it, such as its README.md. */
async function checkReplaceable(file: string, { inputs, given = [] }: Telling): Promise<void> {
  const there = await readFile(file, "utf8").catch(() => "");
  if (there === "" || REPORTS.test(there)) return;
  await checkApart(resolve(file), [...inputs, ...given], file);
}

/** What a report of each form has in it. */
const REPORTS =
  /^## How this was made$|<meta name="generator" content="kvscale">|<testsuites name="kvscale /m;

async function place(file: string, text: string, { emit }: Io): Promise<void> {
  await writeFileAtomically(file, new TextEncoder().encode(text), { force: true });
  emit({ type: "note", message: `wrote ${file}` });
}

/** Adds to a file of the runner; nothing where the runner names none. `text` learns how long it is already. */
async function append(file: string | undefined, text: (there: number) => string): Promise<void> {
  if (file === undefined || file === "") return;
  const there = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  await appendFile(file, text(there));
}
