import { describe, expect, it } from "vitest";
import { askedWait, PATIENCE, Passing, type Patience, retrying } from "../../../src/checkpoint/hub/retry.js";
import { environmentRefusal } from "../../../src/errors.js";
import { heardIo } from "../scratch.js";

const refusal = environmentRefusal("hub-error", { expected: "an answer", found: "503" });

/** A patience whose sleeps are only written down. */
function counted(random = 0): Patience & { readonly slept: number[] } {
  const slept: number[] = [];
  const sleep = async (milliseconds: number) => void slept.push(milliseconds);
  return { ...PATIENCE, sleep, random: () => random, slept };
}

/** Fails with these in turn, then answers "done". */
function failing(...failures: unknown[]) {
  let calls = 0;
  const attempt = async () => {
    calls += 1;
    if (failures.length > 0) throw failures.shift();
    return "done";
  };
  return { attempt, calls: () => calls };
}

describe("retrying", () => {
  it.each([
    [0, [500, 1000, 2000, 4000]],
    [0.5, [750, 1500, 3000, 6000]],
  ])("waits longer each time, less where chance %d says so", async (random, slept) => {
    const patience = counted(random);
    const { attempt, calls } = failing(...Array.from({ length: 4 }, () => new Passing(refusal)));
    expect(await retrying(attempt, patience, heardIo())).toBe("done");
    expect([calls(), patience.slept]).toEqual([5, slept]);
  });

  it("gives up after five tries, with what went wrong", async () => {
    const patience = counted();
    const { attempt, calls } = failing(...Array.from({ length: 9 }, () => new Passing(refusal)));
    await expect(retrying(attempt, patience, heardIo())).rejects.toBe(refusal);
    expect([calls(), patience.slept.length]).toEqual([5, 4]);
  });

  it("waits as long as the server asks, and says so", async () => {
    const patience = counted(0.25);
    const io = heardIo();
    await retrying(failing(new Passing(refusal, 60_000)).attempt, patience, io);
    expect(patience.slept).toEqual([60_250]);
    expect(io.events).toEqual([{ type: "note", message: `${refusal.message}: waiting 61 s` }]);
  });

  it("does not wait for a server that asks for an hour", async () => {
    const { attempt, calls } = failing(new Passing(refusal, 3_600_000));
    await expect(retrying(attempt, counted(), heardIo())).rejects.toBe(refusal);
    expect(calls()).toBe(1);
  });

  it("never repeats a failure that will not pass", async () => {
    const { attempt, calls } = failing(refusal);
    await expect(retrying(attempt, counted(), heardIo())).rejects.toBe(refusal);
    expect(calls()).toBe(1);
  });

  it("counts anew after progress", async () => {
    const { attempt, calls } = failing(...Array.from({ length: 20 }, () => new Passing(refusal)));
    expect(await retrying(attempt, counted(), heardIo(), () => true)).toBe("done");
    expect(calls()).toBe(21);
  });

  it("ends at once when it is told to, while it waits and before it begins", async () => {
    const io = heardIo();
    const { attempt, calls } = failing(new Passing(refusal, 300_000), new Passing(refusal));
    const work = retrying(attempt, PATIENCE, io);
    setImmediate(() => io.stop());
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    await expect(retrying(attempt, PATIENCE, io)).rejects.toMatchObject({ name: "AbortError" });
    expect(calls()).toBe(1);
  });
});

describe("how long a server asks to wait", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ ratelimit: '"api";r=0;t=55' }, 55_000],
    [{ "retry-after": "2", ratelimit: '"api";r=0;t=55' }, 2000],
    [{}, undefined],
  ])("is read from %j", (headers, milliseconds) => {
    expect(askedWait(new Headers(headers as Record<string, string>), now)).toBe(milliseconds);
  });
});
