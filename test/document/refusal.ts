import { isRefusal, type Refusal } from "../../src/errors.js";

/** The refusal that `act` throws; fails where it throws something else or nothing. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
  throw new Error("expected a refusal, but nothing was thrown");
}
