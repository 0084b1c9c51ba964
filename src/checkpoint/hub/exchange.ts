import type { Io } from "../../events.js";
import type { Token } from "./auth.js";
import { brokenExchange } from "./broken.js";
import { type StallWatch, watchForStall } from "./stall.js";

/** What one request asks. */
export interface HubRequest {
  readonly url: string;
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit["body"]>;
  /** What it is about, as messages name it: `org/name`, or a file of it. */
  readonly about: string;
}

/** An answer whose body has not been read yet. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Where it came from in the end, after redirects. */
  readonly url: string;
  /** The first value of a header on the way here; the Hub says some things only where it redirects. */
  onTheWay(header: string): string | undefined;
  /** The body as it comes. Ends with a Passing failure where the connection breaks or stalls. */
  body(): AsyncGenerator<Uint8Array>;
}

/** What every exchange with one Hub shares. */
export interface Wire {
  readonly fetch: typeof fetch;
  /** Scheme, host and port that the token belongs to. */
  readonly origin: string;
  readonly token: Token | undefined;
  readonly stallAfter: number;
  readonly debug: boolean;
  /** Hears of each request sent. */
  sent(): void;
  /** Hears of body bytes received. */
  received(bytes: number): void;
}

/**
 * One request, its redirects followed, its answer handed to `read`. The token goes to the Hub's own origin and to no
 * other; once a redirect has left it, to none any more. Throws a Passing failure when the connection breaks.
 */
export async function exchange<T>(
  request: HubRequest,
  wire: Wire,
  io: Io,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  const watch = watchForStall(io.signal, wire.stallAfter);
  try {
    return await read(await follow(request, wire, io, watch));
  } catch (error) {
    watch.drop();
    throw brokenExchange(error, request.about, io.signal);
  } finally {
    watch.end();
  }
}

/** As many as browsers follow; the Hub needs three. */
const MOST_REDIRECTS = 20;

async function follow(request: HubRequest, wire: Wire, io: Io, watch: StallWatch): Promise<Answer> {
  const hops: Headers[] = [];
  let url = request.url;
  let trusted = true;
  for (;;) {
    trusted &&= new URL(url).origin === wire.origin;
    const response = await ask(request, url, trusted, wire, io, watch);
    hops.push(response.headers);
    const next = hops.length <= MOST_REDIRECTS ? redirectOf(response, url, request.method) : undefined;
    if (next === undefined) return answerOf(response, url, hops, wire, watch);
    await response.body?.cancel();
    url = next;
  }
}

async function ask(
  { method = "GET", headers = {}, body }: HubRequest,
  url: string,
  trusted: boolean,
  wire: Wire,
  io: Io,
  watch: StallWatch,
): Promise<Response> {
  const all = new Headers({ "user-agent": USER_AGENT, "accept-encoding": "identity", ...headers });
  if (trusted && wire.token !== undefined) all.set("authorization", wire.token.authorization());
  wire.sent();
  const { signal } = watch;
  const init = {
    method,
    headers: all,
    signal,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  } as const;
  const response = await wire.fetch(url, init);
  watch.touch();
  if (wire.debug) io.emit({ type: "debug", message: debugLine(method, url, all, response) });
  return response;
}

/** Names the program, not its version: nothing about a machine is told that is not needed. */
const USER_AGENT = "kvscale";

/** What is sent along is sent on only where the server says that method and body stay. */
const REDIRECTS = { reading: new Set([301, 302, 303, 307, 308]), sending: new Set([307, 308]) } as const;

function redirectOf({ status, headers }: Response, from: string, method = "GET"): string | undefined {
  const to = headers.get("location");
  const followed = REDIRECTS[method === "GET" || method === "HEAD" ? "reading" : "sending"];
  if (!followed.has(status) || to === null || !URL.canParse(to, from)) return undefined;
  const url = new URL(to, from);
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" ? url.href : undefined;
}

function answerOf(
  response: Response,
  url: string,
  hops: readonly Headers[],
  wire: Wire,
  watch: StallWatch,
): Answer {
  return {
    status: response.status,
    headers: response.headers,
    url,
    onTheWay: (header) =>
      hops.map((headers) => headers.get(header)).find((value) => value !== null) ?? undefined,
    body: () => bodyOf(response, wire, watch),
  };
}

async function* bodyOf(response: Response, wire: Wire, watch: StallWatch): AsyncGenerator<Uint8Array> {
  for await (const chunk of response.body ?? []) {
    watch.pause();
    wire.received(chunk.length);
    yield chunk;
    watch.touch();
  }
}

/** Addresses lose their query: those of storage servers hold signatures that open the file to anyone. */
export function debugLine(method: string, url: string, headers: Headers, { status }: Response): string {
  const range = headers.get("range");
  const { origin, pathname } = new URL(url);
  const sent = [...(range === null ? [] : [range]), ...(headers.has("authorization") ? ["with token"] : [])];
  return `${method} ${origin}${pathname}${sent.length === 0 ? "" : ` [${sent.join(", ")}]`} -> ${status}`;
}
