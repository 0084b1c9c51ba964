import { chmod, constants, copyFile, link, stat, symlink } from "node:fs/promises";
import { environmentRefusal } from "../../errors.js";
import { syncFile } from "./durable.js";
import { diskRefusal, errnoOf } from "./failure.js";

/** Ways to make a file of the output share the bytes of the original instead of copying them. */
export type Sharing = "reflink" | "hardlink" | "symlink";

/**
 * Makes `to` share the bytes of the file at the real path `from`. Never falls back to copying: throws an
 * environment Refusal that says why it cannot be, with `shown` as the file's name.
 */
export async function share(
  how: Sharing,
  from: string,
  to: string,
  shown: string,
  sync: boolean,
): Promise<void> {
  try {
    await WAYS[how](from, to, sync);
  } catch (error) {
    throw cannotShare(how, shown, error) ?? diskRefusal(shown, "a file that can be written", error) ?? error;
  }
}

const WAYS: Record<Sharing, (from: string, to: string, sync: boolean) => Promise<void>> = {
  reflink: clone,
  hardlink: (from, to) => link(from, to),
  symlink: (from, to) => symlink(from, to),
};

/** A clone has its own permissions; blobs of a Hub cache are read-only, and a result should not be. */
async function clone(from: string, to: string, sync: boolean): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  const { mode } = await stat(to);
  if ((mode & 0o200) === 0) await chmod(to, (mode & 0o777) | 0o200);
  if (sync) await syncFile(to);
}

type Reason = readonly [found: string, remedy: string];

const COPY = "Use `--link auto` or `--link copy`.";
const OTHER_DISK: Reason = [
  "an output on another file system than the checkpoint",
  "Use `--link copy` or `--link symlink`, or choose an output on the checkpoint's disk.",
];
const NO_CLONES: Reason = ["a file system that cannot clone files", COPY];

/** Why the operating system will not, by error name. */
const REASONS: Record<Sharing, ReadonlyMap<string, Reason>> = {
  reflink: new Map([
    ["EXDEV", OTHER_DISK],
    ...["ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "ENOTTY"].map((name): [string, Reason] => [
      name,
      NO_CLONES,
    ]),
  ]),
  hardlink: new Map<string, Reason>([
    ["EXDEV", OTHER_DISK],
    ["EPERM", ["files of another user, or a file system without hard links (fs.protected_hardlinks)", COPY]],
    ["EACCES", ["files of another user, or a directory that cannot be written", COPY]],
    ["EMLINK", ["a file with as many links as it may have", COPY]],
    ["ENOTSUP", ["a file system without hard links", COPY]],
  ]),
  symlink: new Map<string, Reason>([["EPERM", ["a file system without symbolic links", COPY]]]),
};

function cannotShare(how: Sharing, file: string, error: unknown) {
  const reason = REASONS[how].get(errnoOf(error) ?? "");
  if (reason === undefined) return undefined;
  const [found, remedy] = reason;
  const expected = `a disk that allows \`--link ${how}\` from the checkpoint to the output`;
  return environmentRefusal(`no-${how}`, {
    file,
    expected,
    found: `${found} (${errnoOf(error)})`,
    remedy,
    cause: error,
  });
}
