import { environmentRefusal, isRefusal } from "../../errors.js";
import { Passing } from "./retry.js";
import { Stalled } from "./stall.js";

/**
 * What an error of `fetch` means: the interruption itself, a Passing failure, or a Refusal where trying again is no
 * use. Errors that are neither of the network nor ours pass through.
 */
export function brokenExchange(error: unknown, about: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof Passing || isRefusal(error)) return error;
  if (error instanceof Stalled) return new Passing(stalled(about, error), undefined, false);
  if (!(error instanceof TypeError)) return error;
  const code = codeOf(error.cause);
  const known = LASTING.find(([codes]) => codes.test(code));
  if (known !== undefined) return unreachable(about, known[1], known[2], code);
  if (code === "" && error.message !== "terminated" && error.message !== "fetch failed") return error;
  const found = UNCONNECTED.get(code);
  const remedy = "Check the network and HF_ENDPOINT, then run the command again.";
  const refusal = unreachable(about, found ?? "a connection that broke", remedy, code);
  return new Passing(refusal, undefined, found === undefined);
}

/** True for the refusal of a Hub that could not be spoken to at all, rather than one that said no. */
export function isUnreachable(error: unknown): boolean {
  return isRefusal(error) && (error.code === "hub-unreachable" || error.code === "hub-stalled");
}

/** What no second try changes. */
const LASTING: readonly (readonly [codes: RegExp, found: string, remedy: string])[] = [
  [/^ENOTFOUND$/, "no such host", "Check the network, the proxy variables and HF_ENDPOINT."],
  [
    /CERT|^UNABLE_TO_|^ERR_TLS_|^ERR_SSL_/,
    "a certificate that is not trusted, or no TLS",
    "Name the authority's certificate in NODE_EXTRA_CA_CERTS, or correct HF_ENDPOINT.",
  ],
];

/** Why there is no connection; any other code is of one that broke. */
const UNCONNECTED: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "a host that refuses connections"],
  ["EAI_AGAIN", "no answer from the name server"],
  ["UND_ERR_CONNECT_TIMEOUT", "no connection in time"],
  ["ETIMEDOUT", "no connection in time"],
  ["ENETUNREACH", "no network"],
  ["ENETDOWN", "no network"],
  ["EHOSTUNREACH", "no way to the host"],
]);

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

function unreachable(about: string, found: string, remedy: string, code: string) {
  return environmentRefusal("hub-unreachable", {
    file: about,
    expected: "an answer from the Hub",
    found: code === "" ? found : `${found} (${code})`,
    remedy,
  });
}

function stalled(about: string, { milliseconds }: Stalled) {
  return environmentRefusal("hub-stalled", {
    file: about,
    expected: "an answer from the Hub",
    found: `a connection on which nothing came for ${milliseconds / 1000} s`,
    remedy: "Run the command again; HF_HUB_DOWNLOAD_TIMEOUT allows a slow network more seconds.",
  });
}
