import { type Event, fold, noProgress, type Progress } from "../events.js";
import { escapeText } from "../report/escape.js";
import { bytesText } from "../report/words.js";
import type { Terminal } from "./terminal.js";

/** Shows an operation's events on stderr: one redrawn line on a terminal, occasional lines elsewhere. */
export interface Reporter {
  emit(event: Event): void;
  /** Wipes the redrawn line, so that what follows starts on a clean one. */
  end(): void;
  readonly progress: Progress;
}

/** Says nothing but what is asked for to debug; warnings are still collected for the envelope. */
export function silentReporter(terminal: Terminal): Reporter {
  let progress = noProgress;
  return {
    emit: (event) => {
      progress = fold(progress, event);
      if (event.type === "debug") terminal.err(`${escapeText(event.message)}\n`);
    },
    end: () => {},
    get progress() {
      return progress;
    },
  };
}

/** How often something may be said: redrawn lines ten times a second, lines of a log every ten seconds. */
const EVERY = { redrawn: 100, logged: 10_000 };

/** Smaller files are done before anyone could read a line about them. */
const WORTH_A_LINE = 16_000_000;

/** Redraws one line on a terminal; elsewhere writes a line every ten seconds, or for each tenth of a large file. */
export function plainReporter(terminal: Terminal, clock: () => number = Date.now): Reporter {
  let progress = noProgress;
  const pace = paceOf(terminal.animated ? EVERY.redrawn : EVERY.logged, clock);
  const shows = !/^(1|on|yes|true)$/i.test(terminal.env?.["HF_HUB_DISABLE_PROGRESS_BARS"] ?? "");
  const wipe = () => (terminal.animated ? terminal.err("\r\u001b[K") : undefined);
  const say = (line: string) => {
    wipe();
    terminal.err(`${line}\n`);
  };
  const draw = (line: string) =>
    terminal.animated ? terminal.err(`\r\u001b[K${line.slice(0, terminal.width - 1)}`) : say(line);
  return {
    emit: (event) => {
      progress = fold(progress, event);
      if (event.type === "warning") say(`warning: ${escapeText(event.message)}`);
      if (event.type === "note" || event.type === "debug") say(escapeText(event.message));
      if (!shows) return;
      if (event.type === "phase" && (terminal.animated || pace.isDue())) draw(`${escapeText(event.name)} …`);
      if (event.type === "file" && pace.isDueFor(event, !terminal.animated)) draw(fileLine(event, pace));
    },
    end: () => wipe(),
    get progress() {
      return progress;
    },
  };
}

type FileEvent = Event & { type: "file" };

/** When something was last said, and when each file began: several may be on their way at once. */
interface Pace {
  isDue(): boolean;
  /** The same for a file; `tenths`: also at each tenth of it. */
  isDueFor(event: FileEvent, tenths: boolean): boolean;
  /** Bytes a second of a file; undefined until that can be told. */
  rate(event: FileEvent): number | undefined;
}

/** A file on its way: since when, from which byte on, and the last tenth told. */
interface Begun {
  readonly since: number;
  readonly from: number;
  tenth: number;
}

function paceOf(every: number, clock: () => number): Pace {
  // A log says nothing of what takes less than its first ten seconds; a terminal shows it at once.
  let last = every === EVERY.logged ? clock() : Number.NEGATIVE_INFINITY;
  const files = new Map<string, Begun>();
  const isDue = () => {
    if (clock() - last < every) return false;
    last = clock();
    return true;
  };
  const begun = ({ path, bytes }: FileEvent): Begun => {
    const file = files.get(path) ?? { since: clock(), from: bytes, tenth: -1 };
    files.set(path, file);
    return file;
  };
  const isNewTenth = (event: FileEvent, file: Begun) => {
    const tenth = Math.floor((10 * event.bytes) / Math.max(1, event.total));
    const isNew = tenth > file.tenth;
    file.tenth = Math.max(file.tenth, tenth);
    if (isNew) last = clock();
    return isNew;
  };
  return {
    isDue,
    isDueFor: (event, tenths) => {
      if (event.total < WORTH_A_LINE) return false;
      const file = begun(event);
      return (tenths && isNewTenth(event, file)) || isDue();
    },
    rate: (event) => {
      const { since, from } = begun(event);
      const seconds = (clock() - since) / 1000;
      return seconds >= 1 && event.bytes > from ? (event.bytes - from) / seconds : undefined;
    },
  };
}

function fileLine(event: FileEvent, pace: Pace): string {
  const { path, bytes, total } = event;
  const percent = Math.floor((100 * bytes) / Math.max(1, total));
  const rate = pace.rate(event);
  const speed =
    rate === undefined
      ? ""
      : `  ${bytesText(Math.round(rate))}/s, ${durationText((total - bytes) / rate)} left`;
  return `${escapeText(path)}  ${bytesText(bytes)} of ${bytesText(total)}  ${percent} %${speed}`;
}

/** `12 s`, `3 min`, `1 h 5 min`. */
function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
