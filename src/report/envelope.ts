import type { Refusal } from "../errors.js";

/** The one object that `--json` prints on stdout, for every command and every outcome. */
export interface Envelope {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly ok: boolean;
  /** The command's report; null when it was refused. */
  readonly data: unknown;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly error: EnvelopeError | null;
}

/** A refusal as data. `code` is stable; `range` is half-open, in bytes of `file`. */
export interface EnvelopeError {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly remedy: string | null;
  readonly file: string | null;
  readonly tensor: string | null;
  readonly range: readonly [number, number] | null;
}

/** A refusal as the `error` member of an envelope. */
export function envelopeError(refusal: Refusal, exit: number): EnvelopeError {
  const { file, tensor, range } = refusal.subject;
  return {
    code: refusal.code,
    exit,
    message: refusal.message,
    remedy: refusal.remedy ?? null,
    file: file ?? null,
    tensor: tensor ?? null,
    range: range ?? null,
  };
}

/** JSON text of a value; typed arrays and maps do not occur, and non-finite numbers are spelled as strings. */
export function jsonText(value: unknown): string {
  const spelled = (_key: string, member: unknown) =>
    typeof member === "number" && !Number.isFinite(member) ? String(member) : member;
  return `${JSON.stringify(value, spelled, 2)}\n`;
}
