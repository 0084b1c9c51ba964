import { Writable } from "node:stream";

/**
 * A screen for ink's debug mode, in which each write is a whole frame. Draws only the lines that changed, in one write,
 * at their own places: ink 6.8 itself either erases the whole picture every time or, incrementally, misses lines.
 */
export class FramePainter extends Writable {
  readonly isTTY = true;
  #shown: readonly string[] = [];

  /** `signs` has the last word about what is shown. */
  constructor(
    private readonly stdout: NodeJS.WriteStream,
    private readonly signs: (frame: string) => string,
  ) {
    super({ decodeStrings: false });
  }

  get columns(): number {
    return this.stdout.columns || 80;
  }

  get rows(): number {
    return this.stdout.rows || 24;
  }

  /** Draws everything anew with the next frame: the terminal has forgotten, or moved, what it showed. */
  forget(): void {
    this.#shown = [];
    this.stdout.write(CLEAR);
  }

  override _write(frame: string, _encoding: BufferEncoding, done: () => void): void {
    if (frame !== "" && !CURSOR.test(frame)) this.#paint(this.signs(frame).split("\n").slice(0, this.rows));
    done();
  }

  #paint(lines: readonly string[]): void {
    const drawn = Array.from({ length: Math.max(lines.length, this.#shown.length) }, (_, at) =>
      lines[at] === this.#shown[at] ? "" : `\u001b[${at + 1};1H\u001b[2K${lines[at] ?? ""}\u001b[0m`,
    ).join("");
    this.#shown = lines;
    if (drawn !== "") this.stdout.write(BEGIN + drawn + END);
  }
}

const CLEAR = "\u001b[0m\u001b[2J";

/** The cursor is hidden for the whole session; what shows and hides it in between is no frame. */
const CURSOR = /^\u001b\[\?25[hl]$/;

/** Synchronised output: terminals that know it show the lines at once. Others ignore it. */
const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";
