import { expect } from "vitest";
import { isRefusal, type Refusal } from "../../src/errors.js";

/** The Refusal that `work` ends in; fails the test when it ends otherwise. */
export async function refusalOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<Refusal> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
  return expect.fail("expected a refusal, found none");
}
