import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A Chromium of this machine, or undefined. */
export const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--hide-scrollbars",
  "--virtual-time-budget=5000",
];

/** What a browser measures of a page at one width. */
export interface Measured {
  readonly scrollWidth: number;
  /** Every drawing: its width, and how many marks or cells lie within it. */
  readonly drawings: readonly { readonly width: number; readonly inside: number; readonly outside: number }[];
  /** Pairs of texts of one drawing that overlap. */
  readonly overlaps: readonly string[];
  /** Elements that stick out of the page and do not scroll within it. */
  readonly wide: readonly string[];
}

/** Lays a page out in frames of so many pixels each, and measures them. */
export function measured(html: string, widths: readonly number[]): Measured[] {
  const folder = mkdtempSync(join(tmpdir(), "kvscale-page-"));
  try {
    const file = join(folder, "frame.html");
    writeFileSync(file, frames(html, widths));
    const profile = `--user-data-dir=${join(folder, "profile")}`;
    const dom = execFileSync(CHROMIUM!, [...FLAGS, profile, "--dump-dom", pathToFileURL(file).href], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1e9,
    });
    const [, found] = dom.match(/<pre id="found">(.*?)<\/pre>/s)!;
    return JSON.parse(
      found!.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
    ) as Measured[];
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A page whose frames show the report; its own script looks into them, since the report has none. */
function frames(html: string, widths: readonly number[]): string {
  const held = html.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const shown = widths.map(
    (width) =>
      `<iframe srcdoc="${held}" data-width="${width}" style="width:${width}px;height:4000px;border:0"></iframe>`,
  );
  return `<!doctype html>${shown.join("")}<pre id="found"></pre>
<script>${MEASURE};
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map((frame) => measure(frame.contentDocument, Number(frame.dataset.width)));
  document.getElementById("found").textContent = JSON.stringify(found);
});</script>`;
}

const MEASURE = `function measure(page, width) {
  const box = (element) => element.getBoundingClientRect();
  const scrolled = (element) => element.closest(".scroll") !== null;
  const wide = [...page.body.querySelectorAll("*")].filter((element) => !scrolled(element) && !element.closest("svg") && box(element).right > width + 1);
  const drawings = [...page.querySelectorAll("svg[role=img]")].map((svg) => {
    const area = box(svg);
    const marks = [...svg.querySelectorAll(".disc,.ring,.square,.frame,.cell,.lost")].map(box);
    const inside = marks.filter((mark) => mark.width > 0 && mark.left > area.left - 8 && mark.right < area.right + 8 && mark.top > area.top - 4 && mark.bottom < area.bottom + 4);
    return { width: area.width, inside: inside.length, outside: marks.length - inside.length };
  });
  const overlaps = [...page.querySelectorAll(".plot svg")].flatMap((svg) => {
    const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, box(text)]);
    return texts.flatMap(([a, p], at) => texts.slice(at + 1).filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3).map(([b]) => a + " | " + b));
  });
  return { scrollWidth: page.documentElement.scrollWidth, drawings, overlaps, wide: wide.map((element) => element.outerHTML.slice(0, 80)) };
}`;
