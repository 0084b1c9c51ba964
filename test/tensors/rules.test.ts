import { describe, expect, it } from "vitest";
import { RULES } from "../../src/tensors/rules.js";
import { BREACHES } from "./breaches.js";
import { refusalOf } from "./file.js";

describe("the rules", () => {
  it("are all broken below", () => {
    expect([...new Set(BREACHES.map(({ code }) => code))].sort()).toEqual(Object.keys(RULES).sort());
  });

  it.each(BREACHES.map((breach) => [breach.code, JSON.stringify(breach.what), breach] as const))(
    "%s: %s",
    (code, _, { work, subject }) => {
      const refusal = refusalOf(work);
      expect(refusal.code).toBe(code);
      expect(refusal.exit).toBe("data");
      expect(refusal.subject).toMatchObject(subject);
      expect(refusal.remedy).toMatch(/^[A-Z].*\.$/);
      expect(refusal.message).toContain(RULES[code].expected);
    },
  );
});
