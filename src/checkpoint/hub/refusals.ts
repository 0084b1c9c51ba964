import { environmentRefusal, type Refusal } from "../../errors.js";
import type { Token } from "./auth.js";

/** What a request was about, as far as an answer that says no needs it. */
export interface Asked {
  readonly about: string;
  readonly token: Token | undefined;
  /** Web address of the repository's page. */
  readonly page: string;
  /** What the Hub was to do (default: to give it). */
  readonly expected?: string;
}

/** An answer that says no, as far as its meaning needs it. */
export interface Denial {
  readonly status: number;
  readonly headers: Headers;
  /** It came from a storage server, which knows nothing of repositories. */
  readonly elsewhere?: boolean;
}

/**
 * What the Hub means by a status other than success: one refusal (exit 4) for each cause that has its own remedy.
 * Meanings as in huggingface_hub `utils/_http.py` (hf_raise_for_status). Never repeats a token that a server echoes.
 */
export function deniedBy(denial: Denial, asked: Asked): Refusal {
  const code = denial.headers.get("x-error-code") ?? "";
  const rows = denial.elsewhere === true ? ROWS.filter(([, , , name]) => PASSING.has(name)) : ROWS;
  const row = rows.find(([status, codes, login]) => {
    const sent = asked.token === undefined ? "without" : "with";
    return status.test(String(denial.status)) && codes.test(code) && (login === undefined || login === sent);
  });
  const [, , , name, found, remedy] = row ?? UNFORESEEN;
  const words = messageOf(denial, asked.token);
  return environmentRefusal(name, {
    file: asked.about,
    expected: asked.expected ?? "the Hub to give it",
    found: `${found} (HTTP ${denial.status}${words})`,
    remedy: remedy(asked),
  });
}

type Row = readonly [
  status: RegExp,
  codes: RegExp,
  login: "with" | "without" | undefined,
  name: string,
  found: string,
  remedy: (asked: Asked) => string,
];

const LOGIN = "log in with `hf auth login`, or set HF_TOKEN to a token that may read it";
const ANY = /(?:)/;
const again = () => "Run the command again later; https://status.huggingface.co tells of troubles.";

/** In order: the first row that fits counts. */
const ROWS: readonly Row[] = [
  [
    /^40[13]$/,
    /^GatedRepo$/,
    undefined,
    "repository-gated",
    "a gated repository",
    ({ page, token }) =>
      `Accept its conditions at ${page}${token === undefined ? `, then ${LOGIN}` : " with the account of the token, which must be allowed to read gated repositories"}.`,
  ],
  [
    /^403$/,
    /^DisabledRepo$/,
    undefined,
    "repository-disabled",
    "a repository that the Hub has disabled",
    ({ page }) => `See ${page} for the reason.`,
  ],
  [
    /^401$/,
    ANY,
    "without",
    "repository-private",
    "a private repository, or none of that name",
    () => `Check the spelling; if it is private, ${LOGIN}.`,
  ],
  [
    /^401$/,
    ANY,
    "with",
    "token-refused",
    "a token that is not valid",
    ({ token }) =>
      `Renew the token of ${token?.where} at https://huggingface.co/settings/tokens, or remove it.`,
  ],
  [
    /^403$/,
    ANY,
    undefined,
    "not-permitted",
    "no permission",
    ({ token }) =>
      `Use a token whose permissions cover this repository${token === undefined ? "" : ` (this one: ${token.where})`}.`,
  ],
  [
    /^404$/,
    /^RevisionNotFound$/,
    undefined,
    "revision-missing",
    "no such revision",
    ({ page }) => `See ${page}/tree/main for its branches and tags, or leave out the revision.`,
  ],
  [
    /^404$/,
    /^EntryNotFound$/,
    undefined,
    "hub-file-missing",
    "no such file in that revision",
    ({ page }) => `See ${page}/tree/main for its files.`,
  ],
  [
    /^404$/,
    ANY,
    "without",
    "repository-missing",
    "no such repository",
    () => `Check the spelling; if it is private, ${LOGIN}.`,
  ],
  [
    /^404$/,
    ANY,
    "with",
    "repository-missing",
    "no such repository, for the account of this token",
    ({ token }) =>
      `Check the spelling; if it is private, use a token that may read it (this one: ${token?.where}).`,
  ],
  [
    /^429$/,
    ANY,
    undefined,
    "rate-limited",
    "too many requests",
    ({ token }) =>
      token === undefined
        ? `Run the command again later, or ${LOGIN}: limits are higher then.`
        : "Run the command again later.",
  ],
  [/^408$|^5/, ANY, undefined, "hub-error", "a failure of the server", again],
];

/** Refusals that mean the same wherever they come from. */
const PASSING: ReadonlySet<string> = new Set(["rate-limited", "hub-error"]);

const UNFORESEEN: Row = [
  ANY,
  ANY,
  undefined,
  "hub-refused",
  "an answer that it should not give",
  ({ page }) => `See whether ${page} opens in a browser; check HF_ENDPOINT and the proxy variables.`,
];

function messageOf({ headers }: Denial, token: Token | undefined): string {
  const words = headers.get("x-error-message")?.slice(0, 300) ?? "";
  if (words === "") return "";
  return `: ${(token?.redact(words) ?? words).replace(/\.$/, "")}`;
}
