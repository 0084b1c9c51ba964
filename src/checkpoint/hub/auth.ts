import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { usageRefusal } from "../../errors.js";
import { errnoOf, onDisk } from "../disk/failure.js";
import type { HubSettings } from "./env.js";

/**
 * An access token of the Hub. Its text leaves this class only in `authorization`: whatever prints, logs or
 * serialises a Token gets stars.
 */
export class Token {
  readonly #text: string;

  /** `where` says where it was found, for messages. Throws a usage Refusal, without the text, for one that no header can carry. */
  constructor(
    text: string,
    readonly where: string,
  ) {
    if (!/^[\x21-\x7e]+$/.test(text)) throw unfit(where);
    this.#text = text;
  }

  /** Value of the Authorization header. For requests to the Hub's own origin, and no other. */
  authorization(): string {
    return `Bearer ${this.#text}`;
  }

  /** Hands the text to a library that makes its own requests. */
  reveal(): string {
    return this.#text;
  }

  /** The same words with every occurrence of the token replaced by stars. */
  redact(words: string): string {
    return words.replaceAll(this.#text, STARS).replaceAll(encodeURIComponent(this.#text), STARS);
  }

  toString(): string {
    return STARS;
  }

  toJSON(): string {
    return STARS;
  }

  [inspect.custom](): string {
    return STARS;
  }
}

const STARS = "hf_***";

/**
 * The token to send: the one given, else HF_TOKEN, else the file of `hf auth login`; nothing where there is none, or
 * where HF_HUB_DISABLE_IMPLICIT_TOKEN forbids the unasked ones. Order of huggingface_hub `utils/_auth.py`, without
 * its OIDC exchange. Throws a Refusal for an unusable token or an unreadable file.
 */
export async function findToken(settings: HubSettings, given?: string): Promise<Token | undefined> {
  if (given !== undefined) return named(given, "--token") ?? refuseEmpty();
  if (!settings.implicitToken) return undefined;
  return named(settings.token(), "HF_TOKEN") ?? named(await stored(settings.tokenFile), settings.tokenFile);
}

function named(text: string | undefined, where: string): Token | undefined {
  const clean = text?.replaceAll(/[\r\n]/g, "").trim();
  return clean ? new Token(clean, where) : undefined;
}

async function stored(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return undefined;
    return onDisk(file, "a token file that can be read", () => Promise.reject(error));
  }
}

function unfit(where: string) {
  return usageRefusal("bad-token", {
    expected: `an access token of the Hub in ${where}`,
    found: "characters that no token has, such as spaces (it is not repeated here)",
    remedy: "Copy the token again from https://huggingface.co/settings/tokens.",
  });
}

function refuseEmpty(): never {
  const remedy = "Give the token, or leave out --token.";
  throw usageRefusal("bad-token", { expected: "an access token after --token", found: "nothing", remedy });
}
