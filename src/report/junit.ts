import type { Case } from "./cases.js";
import { html, type Markup } from "./html/markup.js";

/** Cases as JUnit's XML, as CI servers read it. Names from a checkpoint cannot break it. */
export function junitText(command: string, subject: string, cases: readonly Case[]): string {
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  return html`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="kvscale ${command}" ${counts(cases)}>
${suites.map((suite) =>
  suiteMarkup(
    suite,
    subject,
    cases.filter((one) => one.suite === suite),
  ),
)}</testsuites>
`.text;
}

function suiteMarkup(suite: string, subject: string, cases: readonly Case[]): Markup {
  return html`<testsuite name="${subject}: ${suite}" ${counts(cases)} ${skipped(cases)}>\n${cases.map((one) => caseMarkup(one, subject))}</testsuite>\n`;
}

function counts(cases: readonly Case[]): Markup {
  return html`tests="${cases.length}" failures="${numberOf("failed", cases)}" errors="0"`;
}

/** Of a suite alone: the schema of Jenkins' xunit plugin (junit-10.xsd) knows no such count of all suites. */
function skipped(cases: readonly Case[]): Markup {
  return html`skipped="${numberOf("skipped", cases)}"`;
}

function numberOf(outcome: Case["outcome"], cases: readonly Case[]): number {
  return cases.filter((one) => one.outcome === outcome).length;
}

function caseMarkup({ suite, name, outcome, message, detail = "" }: Case, subject: string): Markup {
  const open = html`<testcase classname="${subject}.${suite}" name="${name}"`;
  if (outcome === "failed")
    return html`${open}><failure message="${message}">${[message, detail].filter((text) => text !== "").join(" ")}</failure></testcase>\n`;
  if (outcome === "skipped") return html`${open}><skipped message="${message}"/></testcase>\n`;
  if (message === "") return html`${open}/>\n`;
  return html`${open}><system-out>${outcome === "warning" ? "warning: " : ""}${message}</system-out></testcase>\n`;
}
