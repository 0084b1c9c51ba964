/** The alternate screen, given back and taken again; `restore` gives it back for good, once, whatever happened. */
export interface TakenScreen {
  give(): void;
  take(): void;
  restore(): void;
}

/** The streams of a terminal that a session needs. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * Switches to the alternate screen, and back at `restore` or when the process ends by itself or by an exception.
 * A screen reader follows the main screen better: with `stay`, it is not left.
 */
export function takeScreen({ stdin, stdout }: Streams, stay: boolean): TakenScreen {
  let taken = false;
  const take = () => {
    if (taken) return;
    taken = true;
    if (!stay) stdout.write(ENTER);
  };
  const give = () => {
    if (!taken) return;
    taken = false;
    cook(stdin);
    stdin.pause();
    stdout.write(stay ? SHOW_CURSOR : LEAVE + SHOW_CURSOR);
  };
  const restore = () => {
    process.removeListener("exit", restore);
    give();
  };
  process.once("exit", restore);
  take();
  return { give, take, restore };
}

/** Lines and signals again, as a shell has them. A terminal that was closed has neither, and says so by an exception. */
function cook(stdin: NodeJS.ReadStream): void {
  try {
    if (stdin.isRaw === true) stdin.setRawMode(false);
  } catch {
    return;
  }
}

/**
 * xterm's private modes: 1049 saves the cursor and uses the alternate screen, cleared; 25 is the cursor; 7 breaks lines
 * that are too long, which a picture of lines must not do where a terminal takes a character for wider than we do.
 */
const ENTER = "\u001b[?1049h\u001b[H\u001b[?25l\u001b[?7l";
const LEAVE = "\u001b[0m\u001b[?7h\u001b[?1049l";
const SHOW_CURSOR = "\u001b[?25h";
