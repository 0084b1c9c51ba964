import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/operations/inspect.js";
import type { Outcome, Subject } from "../../../src/ui/actions/action.js";
import type { KeyName } from "../../../src/ui/state/key.js";
import type { Effect, Message } from "../../../src/ui/state/message.js";
import type { PickScreen, Screen } from "../../../src/ui/state/screen.js";
import { type State, startOf, topOf } from "../../../src/ui/state/state.js";
import { update } from "../../../src/ui/state/update.js";
import { checkpoint, unheard } from "../../operations/desk.js";

const LOOKS = { columns: 80, rows: 24, colour: false, reader: false, ascii: false };
const REF = checkpoint("modelopt-fp8");
const subject: Subject = {
  ref: REF,
  report: await inspect({ ref: REF }, unheard),
  onHub: false,
  neighbours: ["./a"],
  taken: new Set(),
  settings: {},
};
const OUTCOME: Outcome = { text: () => "done", ok: true, target: "OUT", launch: ["serve OUT"], bytes: 10 };

const press = (name: KeyName, text = "", now = 0): Message => ({ type: "key", key: { name, text }, now });
const type = (text: string): Message => press("text", text);

/** The session after messages, and everything it asked to be done. */
function having(...messages: readonly Message[]): { state: State; effects: Effect[]; top: Screen } {
  let state = startOf(LOOKS, "/home/me");
  const effects: Effect[] = [];
  for (const message of messages) {
    const next = update(state, message);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects, top: topOf(state) };
}

const opened: Message[] = [type("x"), press("enter"), { type: "inspected", task: 1, subject }];
const planning: Message[] = [...opened, press("enter"), press("enter"), press("enter")];
const performed = (task: number, mode: "plan" | "run"): Message => ({
  ...{ type: "performed", task, mode, subject, action: "merge", outcome: OUTCOME },
  values: new Map([
    ["output", "./a-KV"],
    ["base", "./a"],
  ]),
});

describe("the session as a value", () => {
  it("begins by remembering and looking around", () => {
    expect(having({ type: "begun" }).effects).toEqual([
      { do: "recall" },
      { do: "offer", text: "", any: false },
    ]);
  });

  it("opens what is named, and remembers it once it was read", () => {
    const { effects, top } = having(...opened);
    expect(effects).toEqual([
      { do: "offer", text: "x", any: false },
      { do: "inspect", task: 1, ref: "x" },
      { do: "remember", ref: REF },
    ]);
    expect(top.kind).toBe("overview");
  });

  it("does not hear what an earlier task still says", () => {
    const stopped: Message[] = [...planning, press("escape"), { type: "stopped", task: 2 }, press("enter")];
    const { state, top } = having(...stopped);
    expect(top).toMatchObject({ kind: "work", task: 3 });
    for (const late of [
      performed(2, "plan"),
      { type: "stopped", task: 2 } as const,
      { type: "inspected", task: 1, subject } as const,
    ])
      expect(update(state, late).state).toBe(state);
    const events = [{ type: "phase", name: "late" }] as const;
    expect(update(state, { type: "progressed", task: 2, events, now: 9 }).state).toBe(state);
    expect(topOf(update(state, performed(3, "plan")).state).kind).toBe("plan");
  });

  it("does nothing before the plan was seen, and passes by it when going back from the result", () => {
    const { effects } = having(...planning);
    expect(effects.at(-1)).toMatchObject({ do: "perform", mode: "plan", task: 2 });
    const done = having(...planning, performed(2, "plan"), press("enter"), performed(3, "run"));
    expect(done.effects.at(-1)).toMatchObject({ do: "perform", mode: "run", task: 3 });
    expect(done.state.screens.map(({ kind }) => kind)).toEqual([
      "pick",
      "overview",
      "actions",
      "form",
      "result",
    ]);
    expect(done.state.farewell).toEqual([`kvscale merge ./a --from ${REF} -o ./a-KV`, "serve OUT"]);
    expect(update(done.state, press("escape")).state.screens.at(-1)?.kind).toBe("form");
  });

  it("stops work on Ctrl-C and leaves when it has ended; a second one does not wait", () => {
    const once = having(...planning, press("interrupt"));
    expect(once.effects.at(-1)).toEqual({ do: "stop" });
    expect(update(once.state, { type: "stopped", task: 2 }).effects).toEqual([
      { do: "leave", interrupted: true },
    ]);
    expect(update(once.state, performed(2, "plan")).effects).toEqual([{ do: "leave", interrupted: true }]);
    expect(update(once.state, press("interrupt")).effects).toEqual([
      { do: "stop" },
      { do: "leave", interrupted: true },
    ]);
  });

  it("asks for work to be stopped once", () => {
    const { effects } = having(...planning, press("escape"), press("escape"), type("q"));
    expect(effects.filter((effect) => effect.do === "stop")).toHaveLength(1);
    expect(effects.some((effect) => effect.do === "leave")).toBe(false);
  });

  it("makes up for a Tab that came before the answer, and not for one to another text", () => {
    const entries = [{ text: "models/", kind: "folder" }] as const;
    const early = having({ type: "begun" }, type("mo"), press("tab"));
    expect((early.top as PickScreen).line.text).toBe("mo");
    const answered = update(early.state, { type: "offered", text: "mo", entries });
    expect(topOf(answered.state)).toMatchObject({ line: { text: "models/" } });
    expect(answered.effects).toEqual([{ do: "offer", text: "models/", any: false }]);
    const typed = having({ type: "begun" }, type("mo"), press("tab"), type("x"), {
      type: "offered",
      text: "mo",
      entries,
    });
    expect(typed.top).toMatchObject({ line: { text: "mox" }, entries: [] });
  });

  it("goes back no further than the first screen", () => {
    const { state } = having(...opened, press("escape"), press("escape"), press("escape"));
    expect(state.screens.map(({ kind }) => kind)).toEqual(["pick"]);
  });

  it("leads from a refusal to where it came from", () => {
    const refused: Message = { type: "failed", task: 2, message: "no", remedy: undefined };
    expect(having(...planning, refused).top).toMatchObject({ kind: "failure", message: "no" });
    expect(having(...planning, refused, type("x")).top.kind).toBe("form");
  });
});
