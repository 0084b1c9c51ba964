import type { Engine } from "../engines/engine.js";
import { ENGINES } from "../engines/engines.js";
import { SIDECARS } from "../scales/sidecars/sidecars.js";
import type { Spelling } from "../scales/spelling.js";
import { SPELLINGS } from "../scales/spellings.js";
import { markdownTable } from "./markdown/table.js";

/** The page of spellings and sidecars, from their tables. */
export function spellingsPage(): string {
  return [
    "# Spellings of KV-cache scales",
    "",
    "`{site}` is an attention module, such as `model.layers.7.self_attn`; `{role}` is one of the roles.",
    "Every scale is a dequantisation multiplier: `x ≈ fp8 · scale`. The numbers N1 to N21 count the forms",
    "that were found; several of them can be one spelling. This page is made from the tables in `src/scales`.",
    "",
    markdownTable(["id", "forms", "names", "roles", "status", "seen in"], SPELLINGS.map(spellingRow)),
    "",
    "Zero points and affine biases beside scales are recognised as their companions. `N20`, a shard that holds",
    "only scales, is no spelling: it is how kvscale writes any of them.",
    "",
    "## JSON sidecars",
    "",
    markdownTable(
      ["id", "forms", "file", "what it is", "seen in"],
      SIDECARS.map(({ id, rows, fileName, title, source }) => [
        code(id),
        rows.join(" "),
        code(fileName),
        title,
        source,
      ]),
    ),
    "",
    "Text files of `scale: … offset: …` pairs (N19, lmdeploy on Ascend) are INT8 and refused.",
    "",
  ].join("\n");
}

/** The page of engines, from their table. */
export function enginesPage(): string {
  return [
    "# Engines",
    "",
    "What each engine accepts, what `--engine` writes for it, and how it is launched. `kvscale inspect` applies",
    "these rules to a given checkpoint. This page is made from the table in `src/engines`.",
    "",
    ...ENGINES.flatMap(engineSection),
  ].join("\n");
}

/** The README with its two tables, spellings and engines in a line each, put between their marks. Throws where a mark is missing. */
export function readmeWithTables(readme: string): string {
  const spellings = SPELLINGS.map((row) => {
    const [id = "", , names = "", roles = "", status = ""] = spellingRow(row);
    return [id, names, roles, status.replace(/:.*/, "")];
  });
  const engines = ENGINES.map((engine) => [
    code(engine.id),
    engine.title,
    engine.accepts.map(code).join(", ") || "nothing",
    emitted(engine),
  ]);
  const filled = between(readme, "spellings", markdownTable(["id", "names", "roles", "kvscale"], spellings));
  return between(
    filled,
    "engines",
    markdownTable(["`--engine`", "engine", "accepts", "is written for it"], engines),
  );
}

function between(text: string, mark: string, table: string): string {
  const [begin, end] = [`<!-- ${mark} -->\n`, `\n<!-- /${mark} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`the README has lost its mark ${begin.trim()}`);
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
}

function spellingRow(row: Spelling): string[] {
  const roles = [...new Set(row.names.flatMap((form) => form.roles))].join(" ");
  const status =
    row.status === "read-write"
      ? "read, written"
      : `${row.status === "refused" ? "refused" : "read only"}: ${row.why}`;
  return [
    code(row.id),
    row.rows.join(" "),
    row.names.map(({ template }) => code(template)).join("<br>"),
    roles,
    status,
    row.source,
  ];
}

function engineSection(engine: Engine): string[] {
  const { id, title, versions, accepts, perHead, e5m2, fnuz, launch, limits, sources } = engine;
  const facts = [
    ["versions", versions],
    ["accepts", accepts.map(code).join(", ") || "nothing"],
    ["`--engine` writes", emitted(engine)],
    ["one scale per KV head", perHead ? "yes" : "no; reduced by maximum"],
    ["e5m2", e5m2],
    ["MI300 (e4m3fnuz)", fnuz],
    ...(launch === undefined ? [] : [["launch", code(launch)]]),
  ];
  return [
    `## ${title} (\`${id}\`)`,
    "",
    markdownTable(["", ""], facts),
    "",
    ...limits.map(({ text, certainty, source }) => `- ${text} (${certainty}: ${source})`),
    ...(limits.length === 0 ? [] : [""]),
    `Sources: ${sources.join("; ")}`,
    "",
  ];
}

function emitted({ emit }: Engine): string {
  if (emit.strip === true) return "nothing: use `kvscale strip`";
  const tensors =
    emit.spelling === undefined ? [] : [`tensors ${code(emit.spelling)}, F32 \`[${emit.shape}]\``];
  const json = emit.sidecar === undefined ? [] : [`the JSON file ${code(emit.sidecarPath ?? emit.sidecar)}`];
  const keys = ["kv_cache_torch_dtype", ...emit.dialects].map(code).join(", ");
  return [...tensors, ...json, `config: ${keys}`].join("; ");
}

function code(text: string): string {
  return `\`${text}\``;
}
