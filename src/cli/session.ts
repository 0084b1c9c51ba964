import { dirname, resolve } from "node:path";
import { BACKEND_CHOICES } from "../backend/backend.js";
import { ENGINE_IDS } from "../engines/engines.js";
import type { Settings } from "../ui/settings.js";
import { defined } from "./defined.js";
import { run } from "./run.js";
import type { Terminal } from "./terminal.js";

/** How a session is shown. */
export interface Shown {
  readonly colour: boolean;
  readonly ascii: boolean;
}

/**
 * The interactive session as a command: its exit code, interrupts and bugs like any other's. What it needs is loaded
 * here and nowhere else, after React is told that this is no development.
 */
export async function runSession(terminal: Terminal, { colour, ascii }: Shown): Promise<number> {
  return run("session", {}, terminal, async ({ signal }) => {
    const { env, stdin, stdout } = process;
    const shown = colour && terminal.colour;
    env["NODE_ENV"] ??= "production";
    if (!shown) env["FORCE_COLOR"] = "0";
    const { startSession } = await import("../ui/start.js");
    const { localSession } = await import("../ui/session.js");
    const place = { env, stdin, stdout, colour: shown, ascii };
    const { interrupted, farewell } = await startSession(place, localSession(env, await settings(env)));
    signal.throwIfAborted();
    return {
      data: null,
      render: () => farewell.join("\n"),
      exit: interrupted ? "interrupted" : "ok",
    };
  });
}

/** What commands would take from the environment, and after it from the nearest settings file. Throws a Refusal for a wrong one. */
async function settings(env: NodeJS.ProcessEnv): Promise<Settings> {
  const { readSettings } = await import("./settings/file.js");
  const file = await readSettings(undefined, process.cwd());
  const { engine, backend, link, platform, thresholds, calibration } = file?.settings ?? {};
  const { warnSqnr: minSqnr, minSqnr: failSqnr, maxClipRate, maxPplIncrease, minTop1 } = thresholds ?? {};
  const beside = (path: string | undefined) =>
    file === undefined || path === undefined ? undefined : resolve(dirname(file.path), path);
  return {
    engine: ENGINE_IDS.find((id) => id === env["KVSCALE_ENGINE"]) ?? engine,
    backend: BACKEND_CHOICES.find((choice) => choice === env["KVSCALE_BACKEND"]) ?? backend,
    link,
    platform: PLATFORMS.find((one) => one === env["KVSCALE_PLATFORM"]) ?? platform,
    thresholds: defined({ minSqnr, failSqnr, maxClipRate }),
    modelThresholds: defined({ maxPplIncrease, minTop1 }),
    text: beside(calibration?.text),
    tokens: beside(calibration?.tokens),
  };
}

const PLATFORMS = ["cuda", "rocm-fnuz", "rocm-ocp", "cpu"] as const;
