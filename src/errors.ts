/** What a refusal is about, so that a person can find it: file, tensor, byte range. All optional. */
export interface Subject {
  readonly file?: string;
  readonly tensor?: string;
  /** Half-open byte range within the file. */
  readonly range?: readonly [begin: number, end: number];
}

/** The one sentence every refusal is made of, and what to do about it. */
export interface RefusalParts extends Subject {
  /** What was expected, and for what: "a JSON object for the index". */
  readonly expected: string;
  /** What was found instead: "an HTML page". */
  readonly found: string;
  /** What the reader can do now, as an imperative sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** Process exit codes, by meaning. Documented in the README and in `--help`. */
export const EXIT = {
  ok: 0,
  verdict: 1,
  usage: 2,
  data: 3,
  environment: 4,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** The names of the exit codes. */
export type ExitName = keyof typeof EXIT;

/**
 * A foreseen "no": bad usage, bad data, a missing thing of the environment, or a verdict.
 * `code` is a stable kebab-case identifier; everything that is not a Refusal is a bug of ours.
 */
export class Refusal extends Error {
  readonly code: string;
  readonly exit: ExitName;
  readonly subject: Subject;
  readonly remedy: string | undefined;
  private readonly parts: RefusalParts;

  constructor(exit: ExitName, code: string, parts: RefusalParts) {
    super(sentence(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "Refusal";
    this.exit = exit;
    this.code = code;
    this.subject = subjectOf(parts);
    this.remedy = parts.remedy;
    this.parts = parts;
  }

  /** The same refusal, the file named in full by who knows where it lies. */
  of(file: string): Refusal {
    return new Refusal(this.exit, this.code, { ...this.parts, file });
  }

  /** The same refusal, with advice of who knows more before its own remedy. */
  advised(advice: string): Refusal {
    const remedy = `${advice}${this.remedy ?? ""}`;
    return remedy === "" ? this : new Refusal(this.exit, this.code, { ...this.parts, remedy });
  }
}

/** The user asked for something that does not exist or does not go together (exit 2). */
export const usageRefusal = (code: string, parts: RefusalParts) => new Refusal("usage", code, parts);

/** The input cannot be used: corrupt, contradictory, impossible to merge (exit 3). */
export const dataRefusal = (code: string, parts: RefusalParts) => new Refusal("data", code, parts);

/** The surroundings fail: disk, permission, network, missing backend (exit 4). */
export const environmentRefusal = (code: string, parts: RefusalParts) =>
  new Refusal("environment", code, parts);

/** The answer to the question asked is no: findings under `--strict`, a verdict below threshold (exit 1). */
export const verdictRefusal = (code: string, parts: RefusalParts) => new Refusal("verdict", code, parts);

/** True for refusals of this package, across module instances. */
export function isRefusal(value: unknown): value is Refusal {
  return value instanceof Error && value.name === "Refusal" && "exit" in value && "code" in value;
}

function sentence(parts: RefusalParts): string {
  const where = place(parts);
  return `${where === "" ? "" : `${where}: `}expected ${parts.expected}, found ${parts.found}`;
}

function place({ file, tensor, range }: Subject): string {
  const words: string[] = [];
  if (file !== undefined) words.push(file);
  if (tensor !== undefined) words.push(`tensor ${JSON.stringify(tensor)}`);
  if (range !== undefined) words.push(`bytes ${range[0]}..${range[1]}`);
  return words.join(", ");
}

function subjectOf({ file, tensor, range }: Subject): Subject {
  return {
    ...(file === undefined ? {} : { file }),
    ...(tensor === undefined ? {} : { tensor }),
    ...(range === undefined ? {} : { range }),
  };
}
