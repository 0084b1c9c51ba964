import { type Instance, type RenderOptions, render } from "ink";
import type { ReactElement } from "react";
import { asciiFrame } from "./ascii-frame.js";
import { FramePainter } from "./frame-painter.js";
import type { Looks } from "./looks.js";
import { type Streams, takeScreen } from "./terminal-screen.js";

/** The picture on the terminal: while it is up, the screen and the keyboard are the session's. */
export interface Curtain {
  /** The terminal has forgotten, or moved, what it showed. */
  forget(): void;
  /** Gives the terminal back and stops the job, as Ctrl-Z does elsewhere; draws anew when it goes on. */
  suspend(): void;
  /** For good. The terminal is as it was. */
  lower(): void;
}

/** Draws `picture` until it is lowered. `fail` is told of an exception in it. */
export function raise(
  streams: Streams,
  looks: Looks,
  picture: ReactElement,
  fail: (error: unknown) => void,
): Curtain {
  const painter = looks.reader ? undefined : new FramePainter(streams.stdout, signsOf(looks));
  const screen = takeScreen(streams, looks.reader);
  const draw = (): Instance => {
    painter?.forget();
    const drawn = render(picture, optionsOf(streams, painter, looks));
    drawn.waitUntilExit().catch(fail);
    return drawn;
  };
  let ink = draw();
  const stopping = listenForStops({
    give: () => {
      ink.unmount();
      screen.give();
    },
    take: () => {
      screen.take();
      ink = draw();
    },
  });
  return {
    forget: () => painter?.forget(),
    suspend: stopping.suspend,
    lower: () => {
      stopping.end();
      try {
        ink.unmount();
      } finally {
        screen.restore();
      }
    },
  };
}

/** A screen reader hears ink's own linear text; eyes see whole frames, drawn by the painter. */
function optionsOf(
  { stdin, stdout }: Streams,
  painter: FramePainter | undefined,
  looks: Looks,
): RenderOptions {
  const common = { stdin, exitOnCtrlC: false, patchConsole: false };
  if (painter === undefined) return { ...common, stdout: spoken(stdout, looks), isScreenReaderEnabled: true };
  const screen = painter as unknown as NodeJS.WriteStream;
  return { ...common, stdout: screen, debug: true, isScreenReaderEnabled: false };
}

function spoken(stdout: NodeJS.WriteStream, looks: Looks): NodeJS.WriteStream {
  if (!looks.ascii) return stdout;
  const write = (text: string) => stdout.write(asciiFrame(text));
  return Object.create(stdout, { write: { value: write } }) as NodeJS.WriteStream;
}

function signsOf({ ascii }: Looks): (frame: string) => string {
  return ascii ? asciiFrame : (frame) => frame;
}

/**
 * Ctrl-Z, `kill -TSTP`, and `fg` after either: the terminal is given back before the whole job stops (what started us,
 * such as npx, stops with us) and taken when it goes on. Where nobody can continue a job, the stop is not heard: then the
 * timer takes the terminal back.
 */
function listenForStops({ give, take }: { give(): void; take(): void }) {
  let away: NodeJS.Timeout | undefined;
  const resume = () => {
    if (away === undefined) give();
    clearTimeout(away);
    away = undefined;
    process.on("SIGTSTP", suspend);
    take();
  };
  const suspend = () => {
    if (away !== undefined || process.platform === "win32") return;
    give();
    process.removeListener("SIGTSTP", suspend);
    away = setTimeout(resume, STOPPED_BY_THEN_MS);
    process.kill(0, "SIGTSTP");
  };
  const resumed = () => {
    process.removeListener("SIGTSTP", suspend);
    resume();
  };
  if (process.platform !== "win32") {
    process.on("SIGTSTP", suspend);
    process.on("SIGCONT", resumed);
  }
  const end = () => {
    clearTimeout(away);
    process.removeListener("SIGTSTP", suspend);
    process.removeListener("SIGCONT", resumed);
  };
  return { suspend, end };
}

const STOPPED_BY_THEN_MS = 100;
