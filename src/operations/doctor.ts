import { access, readdir } from "node:fs/promises";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { type BackendStatus, backendStatuses } from "../backend/select.js";
import { hubCacheFolder } from "../checkpoint/hub-cache.js";

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

/** As huggingface_hub looks for it: HF_TOKEN, then the file of HF_TOKEN_PATH or HF_HOME (utils/_auth.py). */
async function tokenFacts(env: NodeJS.ProcessEnv) {
  if (env["HF_TOKEN"]) return { found: true, where: "HF_TOKEN" };
  const home =
    env["HF_HOME"] ?? join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? "", ".cache"), "huggingface");
  const path = env["HF_TOKEN_PATH"] ?? join(home, "token");
  try {
    await access(path);
    return { found: true, where: path };
  } catch {
    return { found: false, where: null };
  }
}
