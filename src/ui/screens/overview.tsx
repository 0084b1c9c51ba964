import { Box } from "ink";
import type { Readiness } from "../../engines/verdict.js";
import type { InspectReport } from "../../operations/inspect.js";
import { escapeText } from "../../report/escape.js";
import { bytesText, countText } from "../../report/words.js";
import { findingRows } from "../finding-rows.js";
import { bodyWidth, partHeight } from "../looks.js";
import { Prompt } from "../parts/prompt.js";
import { Said } from "../parts/said.js";
import { useSigns } from "../parts/sign.js";
import { isSearching, type OverviewScreen, TABS, type Tab } from "../state/screen.js";
import type { State } from "../state/state.js";
import { textWidth } from "../text-width.js";
import { Engines } from "./engines.js";
import { Lines } from "./lines.js";
import { Scales } from "./scales.js";

/** A checkpoint at a glance, and its scales, findings or engines below. */
export function Overview({ state, screen }: { state: State; screen: OverviewScreen }) {
  const { looks } = state;
  const { report } = screen.subject;
  const height = partHeight(looks, isSearching(screen));
  return (
    <Box flexDirection="column">
      <Said>{factsOf(report, bodyWidth(looks))}</Said>
      <Said tone="faint">{scalesOf(report)}</Said>
      <Box height={1} />
      <Tabs screen={screen} />
      <Box height={1} />
      {isSearching(screen) ? <SearchLine state={state} screen={screen} /> : null}
      <Part state={state} screen={screen} height={height} />
    </Box>
  );
}

function Part({ state, screen, height }: { state: State; screen: OverviewScreen; height: number }) {
  switch (screen.tab) {
    case "scales":
      return <Scales looks={state.looks} screen={screen} height={height} />;
    case "engines":
      return <Engines looks={state.looks} screen={screen} height={height} />;
    case "findings":
      return (
        <Lines lines={findingRows(screen, state.looks)} offset={screen.cursors.findings} height={height} />
      );
  }
}

function Tabs({ screen }: { screen: OverviewScreen }) {
  const sign = useSigns();
  return (
    <Said>
      {TABS.map((tab, at) => (
        <Said key={tab}>
          {at === 0 ? "" : "   "}
          <Said tone={tab === screen.tab ? "strong" : "faint"}>
            {`${tab === screen.tab ? sign("[", "shown: ") : sign(" ")}${at + 1} ${TITLES[tab]}`}
          </Said>
          <Said tone={toneOf(tab, screen.subject.report)}>{` ${countOf(tab, screen.subject.report)}`}</Said>
          <Said tone="strong">{tab === screen.tab ? sign("]") : " "}</Said>
        </Said>
      ))}
    </Said>
  );
}

const TITLES: Record<Tab, string> = { scales: "Scales", findings: "Findings", engines: "Engines" };

function countOf(tab: Tab, { scales, findings, readiness }: InspectReport): string {
  if (tab === "scales") return String(scales.length);
  return tab === "findings" ? String(findings.length) : `${loading(readiness)} of ${readiness.length} load`;
}

function toneOf(tab: Tab, { findings, readiness }: InspectReport) {
  if (tab === "engines") return loading(readiness) > 0 ? "good" : "warn";
  if (tab === "scales") return "faint";
  if (findings.some(({ severity }) => severity === "error")) return "bad";
  return findings.some(({ severity }) => severity === "warning") ? "warn" : "faint";
}

function loading(readiness: readonly Readiness[]): number {
  return readiness.filter(({ verdict }) => verdict === "loads").length;
}

function SearchLine({ state, screen }: { state: State; screen: OverviewScreen }) {
  const { editing, line } = screen.search;
  return (
    <Box>
      <Said tone="name">{"/ "}</Said>
      {editing ? (
        <Prompt line={line} colour={state.looks.colour} width={60} empty=" type to search" />
      ) : (
        <Said>{escapeText(line.text)}</Said>
      )}
    </Box>
  );
}

/** What is known of the model, as much of it as fits: facts of small weight are left out first. */
function factsOf({ geometry, weights, checkpoint }: InspectReport, width: number): string {
  if (checkpoint.bytes === 0) return "There is no checkpoint here: no config.json, no .safetensors file.";
  const { modelType, layers, kvHeads, headSize, dtype } = geometry;
  const facts: readonly Fact[] = [
    [9, modelType],
    [8, layers === undefined ? undefined : countText(layers, "layer")],
    [4, kvHeads === undefined ? undefined : countText(kvHeads, "KV head")],
    [1, headSize === undefined ? undefined : `head size ${headSize}`],
    [5, dtype],
    [6, weights.method === "none" ? undefined : `weights: ${weights.word ?? weights.method}`],
    [3, checkpoint.shards === 0 ? undefined : countText(checkpoint.shards, "shard")],
    [7, bytesText(checkpoint.bytes)],
  ];
  const known = facts.flatMap(([weight, fact]) =>
    fact === undefined ? [] : [{ weight, fact: escapeText(fact) }],
  );
  for (let least = 0; ; least += 1) {
    const line = known.flatMap(({ weight, fact }) => (weight < least ? [] : [fact])).join(" · ");
    if (textWidth(line) <= width || least === MOST_WEIGHT) return line;
  }
}

type Fact = readonly [weight: number, text: string | undefined];

const MOST_WEIGHT = 9;

function scalesOf({ scales, sites, format }: InspectReport): string {
  if (scales.length === 0) return `no KV scales in ${countText(sites, "attention module")}`;
  const scaled = new Set(scales.map(({ site }) => site)).size;
  const on =
    sites === 0
      ? countText(scaled, "attention module")
      : `${scaled} of ${countText(sites, "attention module")}`;
  const spellings = [...new Set(scales.map(({ spelling }) => spelling ?? "JSON"))].join(", ");
  const heads = scales.some(({ per }) => per === "head") ? ", per head (the largest is shown)" : "";
  return `${countText(scales.length, "scale")} on ${on}, ${format}, spelled ${spellings}${heads}`;
}
