import { type Heat, SHADES, shades } from "../page/heat.js";
import { figureText } from "../words.js";
import { html, type Markup } from "./markup.js";

/** What the colours of a map mean: numbers stand between the colours, or at both ends of even steps. */
export function ramp(heat: Heat): Markup {
  const own = heat.steps === undefined ? evenRamp(heat) : steppedRamp(heat.steps, heat.unit);
  return html`<ul class="keys"><li>${own}</li>${failing(heat)}${dotted(heat)}</ul>\n`;
}

function steppedRamp(steps: readonly number[], unit: string): Markup {
  const colours = [...steps.keys(), steps.length].map((step) => {
    const number = steps[step] === undefined ? undefined : html`<b>${figureText(steps[step])}${unit}</b>`;
    return html`<i class="h${step}"></i>${number}`;
  });
  return html`<span class="ramp">${colours}</span>`;
}

function evenRamp(heat: Heat): Markup {
  const { low, high } = shades(heat);
  const colours = Array.from({ length: SHADES }, (_, step) => html`<i class="h${step}"></i>`);
  const least = low > high ? undefined : figureText(low);
  const most = low > high ? undefined : `${figureText(high)} ${heat.unit}`.trim();
  return html`${least}<span class="ramp">${colours}</span>${most}`;
}

function dotted({ dotName }: Heat): Markup | undefined {
  if (dotName === undefined) return undefined;
  return html`<li><svg aria-hidden="true"><circle class="dot" cx="7" cy="7" r="3"/></svg>${dotName}</li>`;
}

function failing({ fail, unit }: Heat): Markup | undefined {
  if (fail === undefined) return undefined;
  return html`<li><svg aria-hidden="true"><rect class="fail" y="2" width="12" height="11"/></svg>below ${figureText(fail)} ${unit}</li>`;
}
