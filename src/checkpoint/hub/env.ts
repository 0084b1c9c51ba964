import { join } from "node:path";
import { usageRefusal } from "../../errors.js";
import { expandHome, hubCacheFolder, hubHome } from "../hub-cache.js";

/** What the environment says about the Hub, under the names and rules of huggingface_hub `constants.py`. */
export interface HubSettings {
  /** Address of the Hub without a slash at its end; may have a path, where a proxy stands in for the Hub. */
  readonly endpoint: string;
  /** Folder of the local Hub cache. */
  readonly cache: string;
  /** File in which `hf auth login` keeps the token. */
  readonly tokenFile: string;
  /** A token of the environment, as it stands there; behind a function, so that printed settings do not show it. */
  readonly token: () => string | undefined;
  /** False where a token that was not given on the command line must not be sent. */
  readonly implicitToken: boolean;
  /** No request at all may be made. */
  readonly offline: boolean;
  /** Every request is told of on stderr. */
  readonly debug: boolean;
  /** Milliseconds without a byte after which a connection counts as stalled. */
  readonly stallAfter: number;
}

/**
 * Reads the variables. Throws a usage Refusal for an HF_ENDPOINT that is no http(s) address, or that holds a password
 * (it is not repeated).
 */
export function hubSettings(env: NodeJS.ProcessEnv): HubSettings {
  return {
    endpoint: endpointOf(env["HF_ENDPOINT"] || PUBLIC_HUB),
    cache: hubCacheFolder(env),
    tokenFile: tokenFile(env),
    token: () => env["HF_TOKEN"] || env["HUGGING_FACE_HUB_TOKEN"],
    implicitToken: !isTrue(env["HF_HUB_DISABLE_IMPLICIT_TOKEN"]),
    offline: isOffline(env),
    debug: isTrue(env["HF_DEBUG"]),
    stallAfter: 1000 * seconds(env["HF_HUB_DOWNLOAD_TIMEOUT"]),
  };
}

/** The file of the token that `hf auth login` stored. */
export function tokenFile(env: NodeJS.ProcessEnv): string {
  return env["HF_TOKEN_PATH"] ? expandHome(env["HF_TOKEN_PATH"]) : join(hubHome(env), "token");
}

/** True where the environment forbids all requests to the Hub. */
export function isOffline(env: NodeJS.ProcessEnv): boolean {
  return isTrue(env["HF_HUB_OFFLINE"] || env["TRANSFORMERS_OFFLINE"]);
}

/** How huggingface_hub reads a switch. */
export function isTrue(value: string | undefined): boolean {
  return ["1", "ON", "YES", "TRUE"].includes((value ?? "").toUpperCase());
}

const PUBLIC_HUB = "https://huggingface.co";

/** DEFAULT_DOWNLOAD_TIMEOUT of huggingface_hub `constants.py`. */
const DEFAULT_SECONDS = 10;

function seconds(text: string | undefined): number {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : DEFAULT_SECONDS;
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const found = url === undefined ? "another text" : problemOf(url);
  if (url !== undefined && found === undefined) return text.replace(/\/+$/, "");
  throw usageRefusal("bad-endpoint", {
    expected: "an http:// or https:// address in HF_ENDPOINT, without name, password, query or fragment",
    found: found ?? "another text",
    remedy: `Unset HF_ENDPOINT, or set it to the address of the Hub or of its mirror, such as ${PUBLIC_HUB}.`,
  });
}

function problemOf({ protocol, username, password, search, hash }: URL): string | undefined {
  if (protocol !== "https:" && protocol !== "http:") return "another kind of address";
  if (username !== "" || password !== "") return "one with a name or password";
  return search !== "" || hash !== "" ? "one with a query or fragment" : undefined;
}
