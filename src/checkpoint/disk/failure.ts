import { environmentRefusal, type Refusal } from "../../errors.js";

/**
 * Runs one piece of work on `file` and turns the operating system's errors into environment Refusals that
 * name the file and a remedy. `expected` is a noun phrase: "a file that can be read". Other errors pass through.
 */
export async function onDisk<T>(file: string, expected: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskRefusal(file, expected, error) ?? error;
  }
}

/** The Refusal for an operating-system error, or nothing where `error` is not one. */
export function diskRefusal(file: string, expected: string, error: unknown): Refusal | undefined {
  const code = errnoOf(error);
  if (code === undefined) return undefined;
  const [name, found, remedy] = FAILURES.get(code) ?? UNFORESEEN;
  return environmentRefusal(name, { file, expected, found: `${found} (${code})`, remedy, cause: error });
}

/** The name of an operating-system error (`ENOENT`), or nothing for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

type Failure = readonly [code: string, found: string, remedy: string];

const UNFORESEEN: Failure = ["disk-error", "an error of the disk", "Try again, or use another disk."];
const FULL: Failure = [
  "no-space",
  "no space left on the disk",
  "Free some space, or choose an output on a disk that has room.",
];
const DENIED: Failure = [
  "no-permission",
  "no permission",
  "Change the permissions, or choose a place that you may use.",
];
const TOO_MANY_OPEN: Failure = [
  "too-many-open-files",
  "too many open files",
  "Raise the limit with `ulimit -n 4096` and run the command again.",
];
const OCCUPIED: Failure = [
  "target-exists",
  "something of that name",
  "Choose another output, or remove what is there.",
];

/** What the operating system says, by its error name, and what can be done about it. */
const FAILURES: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ["ENOSPC", FULL],
  ["EDQUOT", ["no-space", "the disk quota used up", "Free some space, or choose an output on another disk."]],
  [
    "EFBIG",
    ["file-too-big", "a file too big for the file system", "Choose an output on another file system."],
  ],
  ["EACCES", DENIED],
  ["EPERM", DENIED],
  ["EROFS", ["read-only-disk", "a read-only file system", "Choose an output on a disk that can be written."]],
  ["ENOTDIR", ["not-a-directory", "a file where a directory should be", "Check the path."]],
  ["EISDIR", ["is-a-directory", "a directory", "Name a file."]],
  ["ENOENT", ["not-found", "nothing of that name", "Check the path."]],
  [
    "ENAMETOOLONG",
    ["name-too-long", "a name too long for the file system", "Choose a shorter name or path."],
  ],
  [
    "ELOOP",
    ["link-loop", "symbolic links that lead in a circle", "Remove the links or replace them by files."],
  ],
  [
    "EXDEV",
    ["other-file-system", "another file system", "Use `--link copy`, or an output on the same disk."],
  ],
  ["EMLINK", ["too-many-links", "a file with as many links as it may have", "Use `--link copy`."]],
  ["EMFILE", TOO_MANY_OPEN],
  ["ENFILE", TOO_MANY_OPEN],
  ["EBUSY", ["busy", "a mount point or something in use", "Choose a path inside it, or free it first."]],
  ["EEXIST", OCCUPIED],
  ["ENOTEMPTY", OCCUPIED],
  [
    "EIO",
    ["disk-error", "an input/output error", "Check the disk: this is not an error of the file's contents."],
  ],
  ["ESTALE", ["disk-error", "a stale network file handle", "Check the network file system and try again."]],
]);
