import { dataRefusal } from "../errors.js";
import type { Addon } from "./addon.js";
import type { AddonCancelFlag } from "./addon-words.js";

/**
 * Makes a call of the addon whose flag is raised when the signal is, and speaks of both in our words: throws the
 * signal's reason, or a data Refusal of that code for what the addon refuses.
 */
export async function cancellable(
  addon: Addon,
  signal: AbortSignal,
  code: string,
  call: (flag: AddonCancelFlag) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const flag = new addon.CancelFlag();
  const cancel = () => flag.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  try {
    await call(flag);
  } catch (error) {
    signal.throwIfAborted();
    throw isRefused(error) ? refusalOf(error, code) : error;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  signal.throwIfAborted();
}

function isRefused(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === "refused";
}

function refusalOf(error: Error, code: string) {
  const expected = "a problem that the native kernel accepts";
  return dataRefusal(code, { expected, found: error.message, cause: error });
}
