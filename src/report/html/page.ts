import type { FilePrint, Provenance } from "../../operations/provenance.js";
import type { Figure, Page, Part, Section } from "../page/page.js";
import { countText } from "../words.js";
import { heatFigure } from "./heat.js";
import { html, type Markup, rawMarkup, withCode } from "./markup.js";
import { noteList } from "./notes.js";
import { plotFigure } from "./plot.js";
import { STYLE } from "./style.js";
import { tableMarkup } from "./table.js";

/** A report as one HTML file that fetches nothing and runs nothing. */
export function htmlPage(page: Page): string {
  const { verdict } = page;
  const sections = page.sections.filter(({ parts }) => parts.length > 0);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="kvscale">
<title>${page.title}: ${page.subject}</title>
<style>${rawMarkup(STYLE)}</style>
</head>
<body>
<main>
<header>
<h1>${page.title}</h1>
<p class="subject">${page.subject}</p>
<div class="verdict ${verdict.mood}"><strong>${verdict.text}</strong><p>${withCode(verdict.why)}</p></div>
${figureList(page.figures)}
</header>
${sections.map(sectionMarkup)}
${provenanceMarkup(page.provenance)}
</main>
</body>
</html>
`.text;
}

function figureList(figures: readonly Figure[]): Markup | undefined {
  if (figures.length === 0) return undefined;
  const shown = figures.map(
    ({ label, value, note, mood = "ink" }) =>
      html`<div><dt>${label}</dt><dd class="${mood}">${value}${note === undefined ? undefined : html`<small>${note}</small>`}</dd></div>\n`,
  );
  return html`<dl class="figures">\n${shown}</dl>`;
}

function sectionMarkup({ title, intro, parts }: Section): Markup {
  const told = intro === undefined ? undefined : html`<p class="soft">${withCode(intro)}</p>\n`;
  return html`<section>\n<h2>${title}</h2>\n${told}${parts.map(partMarkup)}</section>\n`;
}

function partMarkup(part: Part): Markup {
  switch (part.kind) {
    case "prose":
      return html`<p>${withCode(part.text)}</p>\n`;
    case "table":
      return tableMarkup(part);
    case "notes":
      return noteList(part);
    case "plot":
      return plotFigure(part);
    case "heat":
      return heatFigure(part);
  }
}

/** The end of the page: how to make it again, and of what. */
function provenanceMarkup({ command, made, versions, inputs, given = [] }: Provenance): Markup {
  const by = versions.map(({ of, version }) => `${of} ${version}`).join(" · ");
  return html`<section>
<h2>How this was made</h2>
<pre class="command">${command}</pre>
<p class="soft">${by} · ${made}</p>
${inputs.map(inputMarkup)}${given.length === 0 ? undefined : html`<h3>Given besides</h3>\n${filesTable(given)}`}</section>`;
}

function inputMarkup({ label, written, scales, files }: Provenance["inputs"][number]): Markup {
  const own = scales === null ? "no scales" : html`scales SHA-256 <code>${scales}</code>`;
  const how = written ? "written by this run, " : undefined;
  return html`<h3>${label}</h3>\n<p class="soft">${how}${own}</p>\n${filesTable(files)}`;
}

function filesTable(files: readonly FilePrint[]): Markup {
  const rows = files.map(({ path, bytes, sha256, of }) => [
    { text: of === "header" ? `${path} (header)` : path },
    bytes.toLocaleString("en"),
    { text: sha256, code: true },
  ]);
  const head = [
    { title: countText(files.length, "file") },
    { title: "bytes", align: "right" as const },
    { title: "SHA-256" },
  ];
  return tableMarkup({ kind: "table", form: "stacked", head, rows });
}
