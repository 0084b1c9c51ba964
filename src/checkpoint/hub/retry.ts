import { setTimeout as wait } from "node:timers/promises";
import type { Refusal } from "../../errors.js";
import type { Io } from "../../events.js";

/** A failure that may pass: what to refuse with if it does not, and how long the server asked to wait, if it did. */
export class Passing extends Error {
  constructor(
    readonly refusal: Refusal,
    /** Milliseconds. */
    readonly askedWait?: number,
    /** False where not even a connection came about. */
    readonly connected = true,
  ) {
    super(refusal.message);
    this.name = "Passing";
  }
}

/** How often and how patiently something is tried; time and chance are handed in, so that tests own them. */
export interface Patience {
  /** Tries in all. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled for each further one. */
  readonly firstWait: number;
  /** No wait of our own choice is longer. */
  readonly longestWait: number;
  /** A server that asks for a longer wait is refused at once. */
  readonly longestAskedWait: number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<unknown>;
  /** From 0 to below 1. */
  random(): number;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Five tries within about fifteen seconds; a rate limit of the Hub, whose window is five minutes, is waited out. */
export const PATIENCE: Patience = {
  tries: 5,
  firstWait: 1000,
  longestWait: 8000,
  longestAskedWait: 330_000,
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
  random: Math.random,
  now: Date.now,
};

/**
 * `attempt` until it succeeds, fails for good, or has used up its tries; only a Passing failure is tried again.
 * `progressed` tells that the failed attempt got further than the one before: then the tries are counted anew.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  patience: Patience,
  io: Io,
  progressed: () => boolean = () => false,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    io.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      io.signal.throwIfAborted();
      if (!(error instanceof Passing)) throw error;
      if (progressed()) failures = 1;
      const asked = error.askedWait ?? 0;
      if (failures >= patience.tries || asked > patience.longestAskedWait) throw error.refusal;
      await pause(error, failures, patience, io);
    }
  }
}

/**
 * Milliseconds that an answer asks to wait: `Retry-After` in seconds or as a date, else the `t` of the `RateLimit`
 * header that the Hub sends (draft-ietf-httpapi-ratelimit-headers). Nothing where it does not say.
 */
export function askedWait(headers: Headers, now: number): number | undefined {
  const after = headers.get("retry-after");
  if (after !== null && /^\d+$/.test(after.trim())) return 1000 * Number(after);
  const date = after === null ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const reset = /;\s*t=(\d+)/.exec(headers.get("ratelimit") ?? "");
  return reset === null ? undefined : 1000 * Number(reset[1]);
}

/** Waits between half of the step and all of it, so that many clients do not come back at once. */
async function pause(error: Passing, failures: number, patience: Patience, io: Io): Promise<void> {
  const step = Math.min(patience.longestWait, patience.firstWait * 2 ** (failures - 1));
  const own = step * (0.5 + 0.5 * patience.random());
  const milliseconds =
    error.askedWait === undefined
      ? own
      : error.askedWait + patience.random() * Math.min(1000, error.askedWait);
  if (milliseconds >= WORTH_TELLING)
    io.emit({ type: "note", message: `${error.message}: waiting ${Math.ceil(milliseconds / 1000)} s` });
  await patience.sleep(milliseconds, io.signal);
}

/** A person who waits longer than this wonders why. */
const WORTH_TELLING = 3000;
