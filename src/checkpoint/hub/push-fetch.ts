import { environmentRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import { brokenExchange } from "./broken.js";
import type { ClientParts } from "./client.js";
import { debugLine } from "./exchange.js";
import { ReadBlob } from "./push-blob.js";
import { deniedBy } from "./refusals.js";
import { askedWait, Passing, retrying } from "./retry.js";
import { watchForStall } from "./stall.js";

/** One request as the library makes it. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** What requests on behalf of one push share. */
export interface PushParts extends ClientParts {
  /** `org/name`, which messages name. */
  readonly repository: string;
  readonly io: Io;
  /** Milliseconds without a byte sent or received after which a connection counts as stalled. */
  readonly stallAfter: number;
}

/**
 * A `fetch` for @huggingface/hub, which by itself tries nothing again, cannot be stopped everywhere and knows nothing
 * of stalls. It also never learns the token: that is added here, for the Hub's own origin alone.
 */
export function patientFetch(parts: PushParts): Send {
  return (url, init) => retrying(() => sendOnce(parts, url, init), parts.patience, parts.io);
}

/** One try. Its failures are Refusals, or Passing where another try may help. */
export async function sendOnce(parts: PushParts, url: string, init: RequestInit): Promise<Response> {
  const { io, repository } = parts;
  const outer = init.signal ? AbortSignal.any([io.signal, init.signal]) : io.signal;
  const watch = watchForStall(outer, parts.stallAfter);
  try {
    const request = { ...init, ...authorized(parts, url, init), signal: watch.signal };
    const response = await parts.fetch(url, { ...request, ...watchedBody(init, watch.touch) });
    if (parts.settings.debug)
      io.emit({ type: "debug", message: debugLine(init.method ?? "GET", url, request.headers, response) });
    if (response.ok || ANSWERS.has(response.status)) return await whole(response);
    throw denial(parts, url, response);
  } catch (error) {
    watch.drop();
    throw brokenExchange(error, repository, outer);
  } finally {
    watch.end();
  }
}

/** What the library's caller wants to see: there is one already, and the branch has moved. */
const ANSWERS = new Set([409, 412]);

function authorized({ settings, token }: PushParts, url: string, { headers }: RequestInit) {
  const all = new Headers(headers);
  all.delete("authorization");
  if (token !== undefined && new URL(url).origin === new URL(settings.endpoint).origin)
    all.set("authorization", token.authorization());
  return { headers: all };
}

function watchedBody({ body }: RequestInit, touch: () => void): RequestInit {
  return body instanceof ReadBlob ? { body: body.watched(touch) } : {};
}

/** The body is awaited here, so that a connection that breaks amid it counts as one try. */
async function whole(response: Response): Promise<Response> {
  const body = await response.arrayBuffer();
  const { status, headers } = response;
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

function denial({ settings, token, repository, patience }: PushParts, url: string, response: Response) {
  const { status, headers } = response;
  const atHub = new URL(url).origin === new URL(settings.endpoint).origin;
  const asked = { about: repository, token, page: `${settings.endpoint}/${repository}`, expected: TAKE };
  const refusal = atHub
    ? deniedBy({ status, headers, elsewhere: false }, asked)
    : storageRefusal(repository, status);
  if (!/^(408|429|5\d\d)$/.test(String(status))) return refusal;
  return new Passing(refusal, askedWait(headers, patience.now()));
}

const TAKE = "the Hub to take what is pushed";

function storageRefusal(repository: string, status: number) {
  return environmentRefusal("upload-refused", {
    file: repository,
    expected: "the Hub's storage to take a file",
    found: `HTTP ${status}`,
    remedy: "Run the command again: what has arrived is not sent again.",
  });
}
