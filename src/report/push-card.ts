import type { CardFacts, ModelCard } from "../operations/publish.js";
import type { VerifiedLayer, VerifyReport } from "../operations/verify.js";
import { markdownTable } from "./markdown/table.js";
import { markdownCode, markdownText } from "./markdown/text.js";
import { countText, figureText } from "./words.js";

/** What a card says of accuracy, out of a report of `verify` whose numbers may be spelled as words. */
export type Figures = Pick<VerifyReport, "level" | "data"> & {
  readonly layers: readonly (Pick<VerifiedLayer, "level"> & {
    readonly figures: { readonly loss: { readonly sqnr: number | string } } | null;
  })[];
};

/**
 * The part of a model card that speaks of the scales. It stands between two comments; what is before and after them,
 * front matter and all, stays byte for byte. A card without them gets the section at its end.
 */
export function modelCard(figures?: Figures): ModelCard {
  return {
    with: (readme, about) => placed(readme ?? "", `${BEGIN}\n${sectionText(about, figures)}\n${END}\n`),
    without: (readme) => placed(readme, "").trimEnd(),
  };
}

const BEGIN = "<!-- kvscale:begin -->";
const END = "<!-- kvscale:end -->";

/** A begin without its end is not ours to guess about: the section goes to the end of the card. */
function placed(readme: string, section: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = begin < 0 ? -1 : readme.indexOf(END, begin);
  if (end >= 0) {
    const after = readme.slice(end + END.length).replace(/^\r?\n/, "");
    return readme.slice(0, begin) + section + after;
  }
  if (section === "") return readme;
  const gap = readme === "" ? "" : readme.endsWith("\n\n") ? "" : readme.endsWith("\n") ? "\n" : "\n\n";
  return readme + gap + section;
}

function sectionText(about: CardFacts, figures: Figures | undefined): string {
  const { scales, format, sites } = about.result;
  const layers = new Set(scales.map(({ site }) => site)).size;
  const said = `${countText(scales.length, "scale")} for an FP8 key-value cache in ${markdownCode(format)}`;
  const parts = [
    "## FP8 KV-cache scales",
    scales.length === 0
      ? "This checkpoint holds no scales."
      : `This checkpoint holds ${said}, for ${layers} of ${countText(sites, "attention layer")}.`,
    scales.length === 0 ? "" : factTable(about),
    launchText(about),
    figures === undefined ? "" : accuracyText(figures),
    "Written by kvscale. What stands between the two comments around this section is replaced by the next push.",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

function factTable({ result, origins }: CardFacts): string {
  const { scales, declarations } = result;
  const [first] = scales;
  const per = scales.some((scale) => scale.per === "head") ? "per KV head" : "per layer";
  const said = declarations.map(({ file, path }) => `${markdownCode(path)} in ${markdownCode(file)}`);
  const rows = [
    ["Spelling", `${markdownCode(first?.name ?? first?.file ?? "")} and so on, ${per}`],
    ["Declared by", said.join(", ") || "nothing"],
    ["Made from", origins.map(markdownCode).join(", ")],
  ];
  return markdownTable(
    ["", ""],
    rows.filter(([, value]) => value !== ""),
  );
}

/** Commands for the engines that use the scales of every layer. */
function launchText({ result }: CardFacts): string {
  const ready = result.readiness.filter(({ verdict, launch }) => verdict === "loads" && launch !== undefined);
  if (ready.length === 0) return "";
  const rows = ready.map(({ engine, launch }) => [markdownText(engine), markdownCode(launch!)]);
  return `Engines that use all of them:\n\n${markdownTable(["Engine", "Command"], rows)}`;
}

/** NaN and infinities come as words out of JSON. */
function accuracyText({ level, layers, data }: Figures): string {
  const sqnrs = layers.flatMap(({ figures }) => (figures === null ? [] : [Number(figures.loss.sqnr)]));
  const sorted = [...sqnrs].sort((a, b) => a - b);
  if (sorted.length === 0) return "";
  const middle = sorted[Math.floor(sorted.length / 2)]!;
  const words = `${figureText(middle)} dB in the median layer, ${figureText(sorted[0]!)} dB in the worst`;
  const failing = layers.filter((layer) => layer.level === "fail").length;
  return `Attention with this cache against a 16-bit one, by \`kvscale verify\` on ${VALUES.get(data) ?? data}: ${level}. Signal to noise: ${words}; ${countText(failing, "layer")} failing of ${layers.length}.`;
}

const VALUES: ReadonlyMap<string, string> = new Map([
  ["synthetic", "synthetic values"],
  ["activations", "captured activations"],
  ["model", "the model's own activations"],
]);
