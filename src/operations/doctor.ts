import { access, constants, readdir } from "node:fs/promises";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { type BackendStatus, backendStatuses } from "../backend/select.js";
import { hubSettings, isOffline, isTrue, tokenFile } from "../checkpoint/hub/env.js";
import { isProxied } from "../checkpoint/hub/proxy.js";
import { hubCacheFolder } from "../checkpoint/hub-cache.js";
import { isRefusal } from "../errors.js";

/** What this machine can do, as far as kvscale needs it. Holds no secret, only where one was found. */
export interface DoctorReport {
  readonly kvscale: string;
  readonly node: string;
  readonly machine: {
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memory: number;
  };
  /** Every backend of the attention kernel, and why one cannot run here. */
  readonly backends: readonly BackendStatus[];
  /** Where requests for `org/name` go, and whether any may be made. */
  readonly hub: { readonly endpoint: string; readonly offline: boolean; readonly proxied: boolean };
  readonly hubCache: { readonly path: string; readonly models: number | null };
  readonly token: { readonly found: boolean; readonly where: string | null };
}

/** Looks around: runtime, processor, the local Hub cache, whether a Hub token is at hand. */
export async function doctor(version: string, env: NodeJS.ProcessEnv = process.env): Promise<DoctorReport> {
  const cores = cpus();
  return {
    kvscale: version,
    node: process.version,
    machine: {
      platform: `${platform()} ${release()} ${arch()}`,
      cpu: cores[0]?.model.trim() ?? "unknown",
      cores: cores.length,
      memory: totalmem(),
    },
    backends: await backendStatuses(),
    hub: { endpoint: endpointText(env), offline: isOffline(env), proxied: isProxied(env) },
    hubCache: await cacheFacts(hubCacheFolder(env)),
    token: await tokenFacts(env),
  };
}

async function cacheFacts(path: string) {
  try {
    const entries = await readdir(path);
    return { path, models: entries.filter((entry) => entry.startsWith("models--")).length };
  } catch {
    return { path, models: null };
  }
}

function endpointText(env: NodeJS.ProcessEnv): string {
  try {
    return hubSettings(env).endpoint;
  } catch (error) {
    return isRefusal(error) ? `unusable: ${error.message}` : String(error);
  }
}

/** As huggingface_hub looks for it: HF_TOKEN, then the file of HF_TOKEN_PATH or HF_HOME (utils/_auth.py). */
async function tokenFacts(env: NodeJS.ProcessEnv) {
  const unsent = isTrue(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"])
    ? ", not sent: HF_HUB_DISABLE_IMPLICIT_TOKEN"
    : "";
  const variable = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].find((name) => env[name]?.trim());
  if (variable !== undefined) return { found: true, where: variable + unsent };
  const path = tokenFile(env);
  try {
    await access(path, constants.R_OK);
    return { found: true, where: path + unsent };
  } catch {
    return { found: false, where: null };
  }
}
