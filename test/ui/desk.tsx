import { render } from "ink-testing-library";
import type { Io } from "../../src/events.js";
import { inspect } from "../../src/operations/inspect.js";
import type { Mode, Outcome, Subject, Values } from "../../src/ui/actions/action.js";
import { App } from "../../src/ui/app.js";
import type { Looks } from "../../src/ui/looks.js";
import type { Session } from "../../src/ui/session.js";
import { createStore, type Store } from "../../src/ui/session-store.js";
import { startOf } from "../../src/ui/state/state.js";
import { unheard } from "../operations/desk.js";

/** What a terminal sends for keys that are no letters. */
export const KEYS = {
  enter: "\r",
  esc: "\u001b",
  tab: "\t",
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  left: "\u001b[D",
  pageDown: "\u001b[6~",
  end: "\u001b[F",
  erase: "\u007f",
  interrupt: "\u0003",
  suspend: "\u001a",
} as const;

/** One call of the session's own work, to be answered by the test. */
export interface Deed {
  readonly action: string;
  readonly values: Values;
  readonly mode: Mode;
  readonly io: Io;
  done(outcome?: Partial<Outcome>): void;
  refuse(error: unknown): void;
}

/** A session on a stage: reads fixtures, writes nothing, and does its work when the test says so. */
export interface Stage {
  readonly store: Store;
  readonly deeds: Deed[];
  readonly left: boolean[];
  readonly failures: unknown[];
  /** How often the session asked for its job to be stopped. */
  readonly stops: readonly string[];
  frame(): string;
  press(...keys: string[]): Promise<void>;
  see(text: string): Promise<void>;
  /** The session's clock, in milliseconds. */
  time: number;
}

/** Opens the session. `known` are checkpoints opened before, `near` those beside each other. */
export function stage(
  looks: Partial<Looks> = {},
  known: readonly string[] = [],
  near: readonly string[] = [],
): Stage {
  const [deeds, left, failures]: [Deed[], boolean[], unknown[]] = [[], [], []];
  const clock = { time: 0 };
  const stops: string[] = [];
  const session: Session = {
    recall: async () => known,
    remember: async (ref) => [ref, ...known.filter((other) => other !== ref)],
    offer: async (text) => PLACES.filter((place) => place.text.startsWith(text)),
    inspect: async (ref, io): Promise<Subject> => ({
      ref,
      report: await inspect({ ref }, io),
      onHub: false,
      neighbours: near,
      taken: new Set(),
      settings: {},
    }),
    perform: (action, _subject, values, mode, io) =>
      new Promise((resolve, reject) => {
        io.signal.addEventListener("abort", () => reject(io.signal.reason));
        const done = (outcome: Partial<Outcome> = {}) => resolve({ ...OUTCOME, ...outcome });
        deeds.push({ action, values, mode, io, done, refuse: reject });
      }),
    now: () => clock.time,
  };
  const leaving = {
    leave: (interrupted: boolean) => left.push(interrupted),
    fail: (error: unknown) => failures.push(error),
    suspend: () => stops.push("Ctrl-Z"),
  };
  const start = startOf(
    { columns: 80, rows: 24, colour: false, reader: false, ascii: false, ...looks },
    "/home/me",
  );
  const store = createStore(start, session, {
    leave: (i) => void leaving.leave(i),
    fail: (e) => void leaving.fail(e),
    suspend: () => void leaving.suspend(),
  });
  const { stdin, lastFrame } = render(<App store={store} />);
  store.dispatch({ type: "begun" });
  const frame = () => lastFrame() ?? "";
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      stdin.write(key);
      await settled();
    }
  };
  const see = async (text: string) => {
    for (let turn = 0; turn < 400 && !frame().includes(text); turn += 1) await settled();
    if (!frame().includes(text)) throw new Error(`never saw ${JSON.stringify(text)} in\n${frame()}`);
  };
  return {
    ...{ store, deeds, left, failures, stops, frame, press, see },
    get time() {
      return clock.time;
    },
    set time(now) {
      clock.time = now;
    },
  };
}

/** A report of as many lines as are asked for. */
export function linesOutcome(count: number): Partial<Outcome> {
  return { text: () => Array.from({ length: count }, (_, at) => `line ${at + 1}`).join("\n") };
}

/** Opens a fixture from the first screen. */
export async function open(on: Stage, ref: string): Promise<void> {
  await on.see("Which checkpoint?");
  await on.press(ref, KEYS.enter);
  await on.see("1 Scales");
}

/** An Io nobody listens to, for reports made outside a session. */
export const quiet = unheard;

const OUTCOME: Outcome = { text: () => "a report", ok: true, target: "OUT", launch: [], bytes: 1000 };

const PLACES = [
  { text: "models/alpha-FP8", kind: "checkpoint" },
  { text: "models/alpine/", kind: "folder" },
  { text: "models/beta", kind: "checkpoint" },
] as const;

/** A turn of the event loop in which ink reads its input and notices a lone Esc. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2));
}
