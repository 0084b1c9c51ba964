import type { VerifiedLayer, VerifyReport } from "../../operations/verify.js";
import { countText, figureText } from "../words.js";
import { worstFirst } from "../worst-first.js";
import type { Verdict } from "./page.js";

/** The answer of `verify`. */
export function verifyVerdict({ layers, level, model, thresholds }: VerifyReport): Verdict {
  const of = (wanted: string) => layers.filter((layer) => layer.level === wanted).length;
  const why = whyOf(worstFirst(layers)[0], thresholds);
  if (level === "fail" && of("fail") === 0)
    return {
      mood: "bad",
      text: "The model fails, though no layer does",
      why: sentence((model?.faults ?? []).join("; ")),
    };
  if (level === "fail") return { mood: "bad", text: failing(of("fail"), layers.length), why };
  if (level === "warn") {
    const text = `Usable, with warnings on ${countText(of("warn"), "layer")} of ${layers.length}`;
    return { mood: "warn", text, why };
  }
  const text = layers.length === 1 ? "The layer is ok" : `All ${layers.length} layers are ok`;
  return { mood: "good", text, why };
}

/** The SQNR of the worst layer, or what else it fails by. */
function whyOf(worst: VerifiedLayer | undefined, { failSqnr }: VerifyReport["thresholds"]): string {
  if (!worst?.figures) return "Scales that cannot be used.";
  const { level, reasons, layer, figures } = worst;
  const { sqnr } = figures.loss;
  if (level === "fail" && reasons[0] !== undefined && !(sqnr < failSqnr))
    return sentence(`layer ${layer}: ${reasons[0]}`);
  return `The worst layer is ${layer}: ${figureText(sqnr)} dB.`;
}

/** `1 layer of 32 fails`, `3 layers of 32 fail`, `All 4 layers fail`. */
function failing(count: number, all: number): string {
  if (count === all) return all === 1 ? "The layer fails" : `All ${all} layers fail`;
  return `${countText(count, "layer")} of ${all} ${count === 1 ? "fails" : "fail"}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
