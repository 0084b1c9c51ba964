import { homedir } from "node:os";
import { type Instance, type RenderOptions, render } from "ink";
import { App } from "./app.js";
import { FramePainter } from "./frame-painter.js";
import type { Looks } from "./looks.js";
import { localSession, type Session } from "./session.js";
import { createStore, type Store } from "./session-store.js";
import { startOf } from "./state/state.js";
import { type Streams, takeScreen } from "./terminal-screen.js";

/** Where a session takes place. */
export interface Place extends Streams {
  readonly env: NodeJS.ProcessEnv;
  readonly colour: boolean;
}

/** How a session ended, and what it leaves to read on the screen that was there before. */
export interface Ended {
  readonly interrupted: boolean;
  readonly farewell: readonly string[];
}

/** Runs the interactive session to its end. The terminal is restored before it returns or throws. */
export async function startSession(place: Place, session: Session = localSession(place.env)): Promise<Ended> {
  const looks = looksOf(place);
  const screen = takeScreen(place, looks.reader);
  const end: { ink?: Instance; stop?: () => void } = {};
  try {
    return await new Promise<Ended>((resolve, reject) => {
      const leave = (interrupted: boolean) => resolve({ interrupted, farewell: store.get().farewell });
      const store = createStore(startOf(looks, homedir()), session, { leave, fail: reject });
      const painter = looks.reader ? undefined : new FramePainter(place.stdout);
      end.stop = listen(place, store, painter, reject);
      end.ink = render(<App store={store} />, optionsOf(place, painter));
      end.ink.waitUntilExit().catch(reject);
      store.dispatch({ type: "begun" });
    });
  } finally {
    end.stop?.();
    end.ink?.unmount();
    screen.restore();
  }
}

function looksOf({ env, stdout, colour }: Place): Looks {
  const reader = env["INK_SCREEN_READER"] === "true";
  return { columns: stdout.columns || 80, rows: stdout.rows || 24, colour, reader };
}

/** A screen reader hears ink's own linear text; eyes see whole frames, drawn by the painter. */
function optionsOf({ stdin, stdout }: Place, painter: FramePainter | undefined): RenderOptions {
  const common = { stdin, exitOnCtrlC: false, patchConsole: false };
  if (painter === undefined) return { ...common, stdout, isScreenReaderEnabled: true };
  const screen = painter as unknown as NodeJS.WriteStream;
  return { ...common, stdout: screen, debug: true, isScreenReaderEnabled: false };
}

/** What comes from outside: another size, a signal, an exception that nobody caught. Returns how to stop listening. */
function listen(
  { stdout }: Place,
  store: Store,
  painter: FramePainter | undefined,
  fail: (error: unknown) => void,
): () => void {
  const resized = () => {
    painter?.forget();
    store.dispatch({ type: "resized", columns: stdout.columns || 80, rows: stdout.rows || 24 });
  };
  const aborted = () =>
    store.dispatch({ type: "key", key: { name: "interrupt", text: "" }, now: store.now() });
  stdout.on("resize", resized);
  for (const name of SIGNALS) process.on(name, aborted);
  process.on("uncaughtException", fail);
  return () => {
    stdout.off("resize", resized);
    for (const name of SIGNALS) process.off(name, aborted);
    process.off("uncaughtException", fail);
  };
}

/**
 * Heard for as long as the session lasts: the command's own listener is gone with the first one, and ink's would then
 * kill the process before the terminal is restored. A second signal does not wait for work to be undone.
 */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
