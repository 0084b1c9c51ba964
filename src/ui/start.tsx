import { homedir } from "node:os";
import { App } from "./app.js";
import { type Curtain, raise } from "./curtain.js";
import type { Looks } from "./looks.js";
import { localSession, type Session } from "./session.js";
import { createStore, type Store } from "./session-store.js";
import { startOf } from "./state/state.js";
import type { Streams } from "./terminal-screen.js";

/** Where a session takes place. */
export interface Place extends Streams {
  readonly env: NodeJS.ProcessEnv;
  readonly colour: boolean;
  /** True where nothing but ASCII is shown. */
  readonly ascii: boolean;
}

/** How a session ended, and what it leaves to read on the screen that was there before. */
export interface Ended {
  readonly interrupted: boolean;
  readonly farewell: readonly string[];
}

/** Runs the interactive session to its end. The terminal is restored before it returns or throws. */
export async function startSession(place: Place, session: Session = localSession(place.env)): Promise<Ended> {
  const looks = looksOf(place);
  const end: { store?: Store; curtain?: Curtain; stop?: () => void } = {};
  try {
    return await new Promise<Ended>((resolve, reject) => {
      const leave = (interrupted: boolean) => resolve({ interrupted, farewell: store.get().farewell });
      const suspend = () => end.curtain?.suspend();
      const store = createStore(startOf(looks, homedir()), session, { leave, suspend, fail: reject });
      end.store = store;
      end.curtain = raise(place, looks, <App store={store} />, reject);
      end.stop = listen(place, store, end.curtain, { gone: () => leave(true), fail: reject });
      store.dispatch({ type: "begun" });
    });
  } finally {
    // What still runs where the session ended otherwise than by its keys.
    end.store?.stop();
    end.stop?.();
    end.curtain?.lower();
  }
}

function looksOf({ env, stdout, colour, ascii }: Place): Looks {
  const reader = env["INK_SCREEN_READER"] === "true";
  return { columns: stdout.columns || 80, rows: stdout.rows || 24, colour, reader, ascii };
}

/** How a session ends from outside: nobody is there any more, or something went wrong. */
interface Ends {
  gone(): void;
  fail(error: unknown): void;
}

/** What comes from outside: another size, a signal, an exception that nobody caught. Returns how to stop listening. */
function listen({ stdin, stdout }: Place, store: Store, curtain: Curtain, { gone, fail }: Ends): () => void {
  const resized = () => {
    curtain.forget();
    store.dispatch({ type: "resized", columns: stdout.columns || 80, rows: stdout.rows || 24 });
  };
  const aborted = () =>
    store.dispatch({ type: "key", key: { name: "interrupt", text: "" }, now: store.now() });
  stdout.on("resize", resized);
  for (const name of ENDS) stdin.on(name, gone);
  for (const name of SIGNALS) process.on(name, aborted);
  process.on("uncaughtException", fail);
  return () => {
    stdout.off("resize", resized);
    for (const name of ENDS) stdin.off(name, gone);
    for (const name of SIGNALS) process.off(name, aborted);
    if (!process.listeners("SIGHUP").includes(undisturbed)) process.on("SIGHUP", undisturbed);
    process.off("uncaughtException", fail);
  };
}

/**
 * A terminal that closes is noticed by its stream and by signals, the system's and the shell's, in any order: none of
 * them may kill a process that is taking back what it had begun to write. It ends by itself.
 */
function undisturbed(): void {}

/** The terminal was closed. */
const ENDS = ["end", "error"] as const;

/**
 * Heard for as long as the session lasts: the command's own listener is gone with the first one, and ink's would then
 * kill the process before the terminal is restored. A second signal does not wait for work to be undone.
 */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
