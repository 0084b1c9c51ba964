import { isRefusal } from "../errors.js";
import type { Event, Io } from "../events.js";
import type { Session } from "./session.js";
import type { Effect, Message } from "./state/message.js";
import type { State } from "./state/state.js";
import { update } from "./state/update.js";

/** The session's state over time, for components: they read it, and dispatch what a person does. */
export interface Store {
  get(): State;
  /** Calls back after every change; returns how to stop. */
  subscribe(listener: () => void): () => void;
  dispatch(message: Message): void;
  now(): number;
  /** Stops what runs; whoever waits for its answer waits in vain. */
  stop(): void;
}

/** How the session ends, or pauses; `fail` is for errors that nobody foresaw. */
export interface Leaving {
  leave(interrupted: boolean): void;
  suspend(): void;
  fail(error: unknown): void;
}

/** A store that carries out what `update` names: the only place where the session acts. */
export function createStore(start: State, session: Session, leaving: Leaving): Store {
  return new SessionStore(start, session, leaving);
}

class SessionStore implements Store {
  #state: State;
  #running: AbortController | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(
    start: State,
    private readonly session: Session,
    private readonly leaving: Leaving,
  ) {
    this.#state = start;
  }

  readonly get = (): State => this.#state;

  readonly now = (): number => this.session.now();

  readonly stop = (): void => this.#running?.abort();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly dispatch = (message: Message): void => {
    const { state, effects } = update(this.#state, message);
    const changed = state !== this.#state;
    this.#state = state;
    if (changed) for (const listener of this.#listeners) listener();
    for (const effect of effects) this.#carryOut(effect);
  };

  #carryOut(effect: Effect): void {
    if (effect.do === "stop") this.stop();
    else if (effect.do === "suspend") this.leaving.suspend();
    else if (effect.do === "leave") this.leaving.leave(effect.interrupted);
    else if ("task" in effect) this.#work(effect);
    else this.#answer(effect).then(this.dispatch).catch(this.leaving.fail);
  }

  async #answer(effect: Extract<Effect, { do: "recall" | "remember" | "offer" }>): Promise<Message> {
    const { session } = this;
    if (effect.do === "offer") {
      return { type: "offered", text: effect.text, entries: await session.offer(effect.text, effect.any) };
    }
    const recent = effect.do === "recall" ? session.recall() : session.remember(effect.ref);
    return { type: "remembered", recent: await recent };
  }

  /** Long work: stopped by its signal, told of by events, ended by one message. */
  #work(effect: Task): void {
    const controller = new AbortController();
    this.#running = controller;
    const teller = tellerOf(effect.task, this);
    jobOf(effect, this.session, { emit: teller.emit, signal: controller.signal })
      .catch((error: unknown) => ending(error, effect.task, controller.signal))
      .finally(teller.end)
      .then(this.dispatch)
      .catch(this.leaving.fail);
  }
}

type Task = Extract<Effect, { task: number }>;

async function jobOf(effect: Task, session: Session, io: Io): Promise<Message> {
  if (effect.do === "inspect") {
    return { type: "inspected", task: effect.task, subject: await session.inspect(effect.ref, io) };
  }
  const { do: _, ...asked } = effect;
  const { action, subject, values, mode } = effect;
  return { type: "performed", ...asked, outcome: await session.perform(action, subject, values, mode, io) };
}

/** A stopped task is no failure, and a refusal is told; anything else is thrown on. */
function ending(error: unknown, task: number, signal: AbortSignal): Message {
  if (signal.aborted) return { type: "stopped", task };
  if (isRefusal(error)) return { type: "failed", task, message: error.message, remedy: error.remedy };
  throw error;
}

/** Events come by the thousand; a person sees ten pictures a second. Time is told even when nothing else is. */
const PICTURE_MS = 100;

function tellerOf(task: number, store: Store) {
  let events: Event[] = [];
  const tell = () => {
    const told = events;
    events = [];
    store.dispatch({ type: "progressed", task, events: told, now: store.now() });
  };
  const timer = setInterval(tell, PICTURE_MS);
  const emit = (event: Event) => void events.push(event);
  const end = () => clearInterval(timer);
  return { emit, end };
}
