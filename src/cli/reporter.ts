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

/** Says nothing of progress and notes; warnings are still collected for the envelope. */
export function silentReporter(): Reporter {
  let progress = noProgress;
  return {
    emit: (event) => {
      progress = fold(progress, event);
    },
    end: () => {},
    get progress() {
      return progress;
    },
  };
}

/** Redraws at most ten times a second; without a terminal, writes a line every ten seconds or tenth of a file. */
export function plainReporter(terminal: Terminal, clock: () => number = Date.now): Reporter {
  let progress = noProgress;
  let last = Number.NEGATIVE_INFINITY;
  let tenth = -1;
  const wipe = () => (terminal.animated ? terminal.err("\r\u001b[K") : undefined);
  const say = (line: string) => {
    wipe();
    terminal.err(`${line}\n`);
  };
  const draw = (line: string) => {
    if (!terminal.animated) return say(line);
    terminal.err(`\r\u001b[K${line.slice(0, terminal.width - 1)}`);
  };
  const onFile = (event: Event & { type: "file" }) => {
    const share = Math.floor((10 * event.bytes) / Math.max(1, event.total));
    const due = clock() - last >= (terminal.animated ? 100 : 10_000) || (!terminal.animated && share > tenth);
    if (!due || event.total < WORTH_A_LINE) return;
    last = clock();
    tenth = share >= 10 ? -1 : share;
    draw(fileLine(event));
  };
  return {
    emit: (event) => {
      progress = fold(progress, event);
      if (event.type === "warning") say(`warning: ${escapeText(event.message)}`);
      if (event.type === "note") say(escapeText(event.message));
      if (event.type === "phase" && terminal.animated) draw(`${event.name} …`);
      if (event.type === "file") onFile(event);
    },
    end: () => wipe(),
    get progress() {
      return progress;
    },
  };
}

/** Smaller files are done before anyone could read a line about them. */
const WORTH_A_LINE = 16_000_000;

function fileLine({ path, bytes, total }: Event & { type: "file" }): string {
  const percent = Math.floor((100 * bytes) / Math.max(1, total));
  return `${escapeText(path)}  ${bytesText(bytes)} of ${bytesText(total)}  ${percent} %`;
}
