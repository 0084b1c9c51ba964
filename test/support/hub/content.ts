import { createHash } from "node:crypto";

/** The bytes of one file: held, or made up when they are asked for, so that a large file costs nothing. */
export interface Content {
  readonly size: number;
  readonly sha256: string;
  /** What the Hub calls the object's Xet hash: any name of 64 hexadecimal digits. */
  readonly xetHash: string;
  read(begin: number, end: number): Uint8Array;
}

/** Bytes as they are. */
export function bytesContent(bytes: Uint8Array): Content {
  const sha256 = sha256Of(bytes);
  return {
    size: bytes.length,
    sha256,
    xetHash: xetOf(sha256),
    read: (begin, end) => bytes.subarray(begin, end),
  };
}

/**
 * A file of zeros with some pieces of bytes in it. Small ones have their true sha256; that of a large one is only a
 * name for its description, so it can be referenced and read, not uploaded.
 */
export function sparseContent(
  size: number,
  pieces: readonly (readonly [at: number, bytes: Uint8Array])[],
): Content {
  const read = (begin: number, end: number) => {
    const bytes = new Uint8Array(end - begin);
    for (const [at, piece] of pieces) {
      const from = Math.max(begin, at);
      const to = Math.min(end, at + piece.length);
      if (from < to) bytes.set(piece.subarray(from - at, to - at), from - begin);
    }
    return bytes;
  };
  const sha256 = size <= HASHED_UP_TO ? sha256Of(read(0, size)) : nameOf(size, pieces);
  return { size, sha256, xetHash: xetOf(sha256), read };
}

/** The id that git gives to a file's bytes. */
export function gitOid(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** The pointer that git holds in place of a large file. */
export function pointerOf({ sha256, size }: Content): Uint8Array {
  return Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const HASHED_UP_TO = 64 * 1024 * 1024;

function nameOf(size: number, pieces: readonly (readonly [at: number, bytes: Uint8Array])[]): string {
  const hash = createHash("sha256").update(`sparse ${size}`);
  for (const [at, bytes] of pieces) hash.update(` ${at} `).update(bytes);
  return hash.digest("hex");
}

function xetOf(sha256: string): string {
  return createHash("sha256").update(`xet ${sha256}`).digest("hex");
}
