import type { Plan } from "../../src/plan/plan.js";

/** A plan as text for another process; bytes become base64. */
export function printPlan(plan: Plan): string {
  return JSON.stringify(plan, (_key, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value,
  );
}

/** The plan that `printPlan` wrote. */
export function readPlan(text: string): Plan {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "object" && value !== null && "base64" in value
      ? new Uint8Array(Buffer.from(String(value.base64), "base64"))
      : value,
  ) as Plan;
}
