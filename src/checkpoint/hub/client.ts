import type { Io } from "../../events.js";
import type { Token } from "./auth.js";
import type { HubSettings } from "./env.js";
import { type Answer, exchange, type HubRequest, type Wire } from "./exchange.js";
import { readJson } from "./json-answer.js";
import { deniedBy } from "./refusals.js";
import { askedWait, Passing, type Patience, retrying } from "./retry.js";
import { turnsFor } from "./turns.js";

/** How much was asked of the network so far; redirects count as requests of their own. */
export interface Traffic {
  readonly requests: number;
  /** Of bodies received. */
  readonly bytes: number;
}

/** What a client needs from outside. */
export interface ClientParts {
  readonly settings: HubSettings;
  readonly token: Token | undefined;
  readonly fetch: typeof fetch;
  readonly patience: Patience;
}

/** A request, and what to do with an answer to it that is not a success. */
export interface Sending extends HubRequest {
  /** Statuses that `read` wants to see; others are refused or tried again. Default: 200 to 299. */
  readonly wanted?: (status: number) => boolean;
  /** `org/name`, for the addresses in remedies. */
  readonly repository: string;
}

/**
 * Speaks with one Hub: few requests at once, each tried again while its failure may pass, the token sent to the Hub
 * alone. Every failure is an environment Refusal.
 */
export class HubClient {
  readonly endpoint: string;
  traffic: Traffic = { requests: 0, bytes: 0 };
  readonly #wire: Wire;
  readonly #turns = turnsFor(MOST_AT_ONCE);
  #answered = false;

  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    const { settings, token } = parts;
    this.#parts = parts;
    this.endpoint = settings.endpoint;
    this.#wire = {
      fetch: parts.fetch,
      origin: new URL(settings.endpoint).origin,
      token,
      stallAfter: settings.stallAfter,
      debug: settings.debug,
      sent: () => this.#count(1, 0),
      received: (bytes) => this.#count(0, bytes),
    };
  }

  /** Whether requests carry a token, and where it was found. */
  get token(): Token | undefined {
    return this.#parts.token;
  }

  /** Sends, and hands the answer to `read`; both are repeated while the failure may pass. `request` is asked for each try. */
  async send<T>(
    request: () => Sending,
    io: Io,
    read: (answer: Answer) => Promise<T>,
    progressed?: () => boolean,
  ): Promise<T> {
    const alone = { failures: 0 };
    const attempt = () =>
      this.#turns(() => this.#once(request(), io, read)).catch((error: unknown) => {
        throw this.#isHopeless(error, alone) ? error.refusal : error;
      });
    return retrying(attempt, this.#parts.patience, io, progressed);
  }

  /** The JSON that the Hub answers, and the answer's headers. Anything but JSON is refused by name. */
  async json(request: Sending, io: Io): Promise<{ value: unknown; headers: Headers; url: string }> {
    return this.send(
      () => request,
      io,
      async (answer) => ({
        value: await readJson(answer, request.about),
        headers: answer.headers,
        url: answer.url,
      }),
    );
  }

  #once<T>(request: Sending, io: Io, read: (answer: Answer) => Promise<T>): Promise<T> {
    const wanted = request.wanted ?? isSuccess;
    return exchange(request, this.#wire, io, async (answer) => {
      this.#answered = true;
      if (wanted(answer.status)) return read(answer);
      throw this.#denial(answer, request);
    });
  }

  /** A Hub that never answered is soon given up: there is a cache to read from, or the name was a mistyped path. */
  #isHopeless(error: unknown, alone: { failures: number }): error is Passing {
    if (this.#answered || !(error instanceof Passing) || error.connected) return false;
    alone.failures += 1;
    return alone.failures >= TRIES_ALONE;
  }

  #denial({ status, headers, url }: Answer, { about, repository }: Sending): unknown {
    const page = `${this.endpoint}/${repository}`;
    const refusal = deniedBy(
      { status, headers, elsewhere: new URL(url).origin !== this.#wire.origin },
      { about, token: this.token, page },
    );
    if (!PASSING.test(String(status))) return refusal;
    return new Passing(refusal, askedWait(headers, this.#parts.patience.now()));
  }

  #count(requests: number, bytes: number): void {
    const before = this.traffic;
    this.traffic = { requests: before.requests + requests, bytes: before.bytes + bytes };
  }
}

/** Enough to hide latency, few enough that a Hub does not take us for an attack. */
const MOST_AT_ONCE = 16;

/** Tries of a request when the Hub has never answered yet. */
const TRIES_ALONE = 2;

/** Too slow, too often, or a trouble of the server: the only statuses that are tried again. */
const PASSING = /^(408|429|5\d\d)$/;

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
