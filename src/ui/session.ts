import type { Io } from "../events.js";
import { inspect } from "../operations/inspect.js";
import type { Mode, Outcome, Subject, Values } from "./actions/action.js";
import { actionOf } from "./actions/actions.js";
import { byName, isOnDisk, neighboursOf, offersAt, takenNear } from "./session-places.js";
import { recall, remember } from "./session-recent.js";
import type { Settings } from "./settings.js";
import type { Offer } from "./state/screen.js";

/** Everything the session does outside itself. Tests bring their own. */
export interface Session {
  /** Checkpoints opened before, latest first. */
  recall(): Promise<readonly string[]>;
  remember(ref: string): Promise<readonly string[]>;
  /** What lies where an unfinished path points: checkpoints, files of scales and folders, or files of any sort. */
  offer(text: string, any: boolean): Promise<readonly Offer[]>;
  /** Throws Refusals. */
  inspect(ref: string, io: Io): Promise<Subject>;
  /** Throws Refusals. */
  perform(action: string, subject: Subject, values: Values, mode: Mode, io: Io): Promise<Outcome>;
  /** Milliseconds, only ever compared with each other. */
  now(): number;
}

/** The session of this machine: its files, its state folder, its settings, its operations. */
export function localSession(env: NodeJS.ProcessEnv, settings: Settings = {}): Session {
  return {
    recall: () => recall(env),
    remember: (ref) => remember(ref, env),
    offer: offersAt,
    inspect: async (typed, io) => {
      const { platform } = settings;
      const ref = byName(typed);
      const report = await inspect({ ref, ...(platform && { platform }) }, io);
      const onHub = !(await isOnDisk(ref));
      const neighbours = onHub ? [] : await neighboursOf(ref);
      return { ref, report, onHub, neighbours, taken: await takenNear(ref, onHub), settings };
    },
    perform: (action, subject, values, mode, io) => actionOf(action).perform(subject, values, mode, io),
    now: () => performance.now(),
  };
}
