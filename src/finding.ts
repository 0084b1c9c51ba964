/** "error": a serving engine would produce wrong results or refuse. "warning": probably not meant. */
export type Severity = "error" | "warning" | "info";

/** One problem of a checkpoint's scales. `code` is stable kebab-case; the README lists all of them. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  /** What was seen, with numbers and names; one sentence. */
  readonly message: string;
  /** What to do about it; an imperative sentence, with the command where there is one. */
  readonly remedy?: string;
  readonly file?: string;
  readonly tensor?: string;
  /** Paths of the sites concerned; empty or absent when it concerns the checkpoint. */
  readonly sites?: readonly string[];
}
