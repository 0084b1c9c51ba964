import { execFile, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const call = promisify(execFile);

/** For `describe.skipIf`. */
export const withoutTmux = spawnSync("tmux", ["-V"]).status !== 0;

/** A real terminal: a tmux pane of a given size, its keys and its screen. */
export interface Pane {
  /** Presses named keys (`Enter`, `C-c`) or types text, one after the other. */
  press(...keys: string[]): Promise<void>;
  /** Waits until the screen shows a text; answers with the screen. */
  see(text: string): Promise<string>;
  /** What tmux knows of the pane, such as `#{alternate_on}`. */
  ask(format: string): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  text(): Promise<string>;
  /** The screen with its colours, as escape sequences. */
  drawn(): Promise<string>;
  /** Everything that was ever written to it. */
  written(): Promise<string>;
  /** Closes the terminal under whatever runs in it. */
  close(): Promise<void>;
}

/** Runs a shell command in a new pane. `folder` holds the socket too; the pane is gone after the test. */
export async function pane(size: readonly [number, number], folder: string, command: string): Promise<Pane> {
  const tmux = async (...words: string[]) =>
    (await call("tmux", ["-S", join(folder, ".tmux"), "-f", "/dev/null", ...words])).stdout;
  const [columns, rows] = size;
  const shape = ["-x", String(columns), "-y", String(rows), "-c", folder];
  await tmux(
    "new-session",
    "-d",
    ...shape,
    "-e",
    "TERM=tmux-256color",
    "sh",
    "-c",
    `read begin; ${command}; exec sleep 1000`,
  );
  await tmux("set", "-g", "status", "off");
  await tmux("set", "-s", "escape-time", "0");
  const close = () =>
    tmux("kill-server").then(
      () => {},
      () => {},
    );
  onTestFinished(close);
  await tmux("pipe-pane", `cat > '${join(folder, "written")}'`);
  await tmux("send-keys", "Enter");
  const text = () => tmux("capture-pane", "-p");
  const see = async (wanted: string) => {
    for (let turn = 0; turn < 600; turn += 1) {
      const screen = await text();
      if (screen.includes(wanted)) return screen;
      await setTimeout(50);
    }
    throw new Error(`never saw ${JSON.stringify(wanted)} in\n${await text()}`);
  };
  const press = async (...keys: string[]) => {
    for (const key of keys) await tmux("send-keys", ...(NAMED.test(key) ? [key] : ["-l", key]));
  };
  const resize = async (x: number, y: number) =>
    void (await tmux("resize-window", "-x", `${x}`, "-y", `${y}`));
  const ask = async (format: string) => (await tmux("display-message", "-p", format)).trim();
  const drawn = () => tmux("capture-pane", "-p", "-e");
  const written = () => readFile(join(folder, "written"), "utf8");
  return { press, see, ask, resize, text, drawn, written, close };
}

const NAMED = /^(Enter|Escape|Tab|Up|Down|Left|Right|C-.)$/;
