import type { Json, Path } from "../document/json.js";
import { described } from "../document/wording.js";
import type { Finding, Severity } from "../finding.js";
import type { Declaration, DialectId } from "./declaration.js";
import type { ConfigDocuments } from "./documents.js";

/** What a config is to say about the KV cache. */
export interface Wish {
  readonly format: "float8_e4m3fn" | "float8_e4m3fnuz" | "float8_e5m2";
  /** One scale per layer, or one per KV head. */
  readonly strategy: "tensor" | "attn_head";
}

/** One way for a config to declare an FP8 KV cache: a row of the dialect table. */
export interface Dialect {
  readonly id: DialectId;
  /** Where it stands and who reads it; one sentence. */
  readonly about: string;
  /** What the documents declare in this dialect; empty where they do not. */
  read(documents: ConfigDocuments): readonly Declaration[];
  /** How it is written; absent for a dialect that is only read. */
  readonly writing?: Writing;
  /** The documents without any declaration in this dialect; the same documents where there is none. */
  undeclare(documents: ConfigDocuments): ConfigDocuments;
}

/** What a dialect has words for, and the edit that says them. */
export interface Writing {
  readonly formats: readonly Wish["format"][];
  readonly strategies: readonly Wish["strategy"][];
  /** Throws a data Refusal where the quantisation of the weights forbids it. */
  declare(documents: ConfigDocuments, wish: Wish): ConfigDocuments;
}

/** Parts of a declaration; those that are undefined are left out. */
export type DeclarationParts = Pick<Declaration, "dialect" | "file" | "cache"> & {
  readonly keys: Path;
  readonly strategy?: Declaration["strategy"] | undefined;
  readonly dynamic?: boolean;
  readonly observer?: Json | undefined;
  readonly producer?: string | undefined;
  readonly findings?: readonly (Finding | undefined)[];
};

/** A declaration from its parts; keys become a dotted path, findings name the file. */
export function declaration(parts: DeclarationParts): Declaration {
  const { dialect, file, cache, keys, strategy, observer, producer } = parts;
  return {
    dialect,
    file,
    path: keys.join("."),
    cache,
    ...(strategy === undefined ? {} : { strategy }),
    dynamic: parts.dynamic ?? false,
    ...(typeof observer === "string" ? { observer } : {}),
    ...(producer === undefined ? {} : { producer }),
    findings: (parts.findings ?? []).filter((item) => item !== undefined).map((item) => ({ ...item, file })),
  };
}

/** A finding about a declaration: what is seen, and what to do about it. */
export function remark(code: string, severity: Severity, message: string, remedy = REDECLARE): Finding {
  return { code, severity, message, remedy };
}

/** `key is value` for a message, safe to print. */
export function keyIs(key: string, value: Json | undefined): string {
  return `\`${key}\` is ${described(value)}`;
}

const REDECLARE = "Declare the cache anew with `kvscale convert --engine`, or correct the key by hand.";
