import type { BackendChoice } from "../backend/backend.js";
import type { EngineId } from "../engines/engine.js";
import type { Platform } from "../engines/verdict.js";
import type { LinkMode } from "../operations/deps.js";
import type { VerifyInput } from "../operations/verify-input.js";

/** What commands take from the environment and a settings file where no flag says otherwise: the session begins with it. */
export interface Settings {
  readonly engine?: EngineId | undefined;
  readonly backend?: BackendChoice | undefined;
  readonly link?: LinkMode | undefined;
  readonly platform?: Platform | undefined;
  readonly thresholds?: NonNullable<VerifyInput["thresholds"]> | undefined;
  readonly modelThresholds?: NonNullable<VerifyInput["modelThresholds"]> | undefined;
  /** What calibrate runs the model on: files. */
  readonly text?: string | undefined;
  readonly tokens?: string | undefined;
}
