/** The alternate screen, taken; `restore` gives the terminal back as it was, once, whatever happened. */
export interface TakenScreen {
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
  let taken = true;
  const restore = () => {
    if (!taken) return;
    taken = false;
    process.removeListener("exit", restore);
    if (stdin.isRaw === true) stdin.setRawMode(false);
    stdin.pause();
    stdout.write(stay ? SHOW_CURSOR : LEAVE + SHOW_CURSOR);
  };
  process.once("exit", restore);
  if (!stay) stdout.write(ENTER);
  return { restore };
}

/** xterm's private mode 1049: save the cursor, use the alternate screen, cleared; and back. */
const ENTER = "\u001b[?1049h\u001b[H\u001b[?25l";
const LEAVE = "\u001b[0m\u001b[?1049l";
const SHOW_CURSOR = "\u001b[?25h";
