import { dataRefusal, environmentRefusal } from "../../errors.js";
import type { Io } from "../../events.js";
import type { ByteRange } from "../source.js";
import type { HubClient, Sending } from "./client.js";
import type { Answer } from "./exchange.js";
import { BETWEEN, foundIn, readBody } from "./json-answer.js";
import { Passing } from "./retry.js";

/** A file on the Hub, and what is known of it so far. */
export interface RemoteFile {
  readonly repository: string;
  /** How messages name it. */
  readonly shown: string;
  readonly size: number;
  /** The Hub's own address of it. */
  readonly url: string;
  /** The storage server that the Hub sent us to, asked directly from then on. */
  location: string | undefined;
  /** Set by the first answer; every further one must have the same. */
  etag: string | undefined;
}

/**
 * Exactly these bytes of a file. A range that is the whole file is asked for plainly; any other must be answered by a
 * 206 with the very range and size. Throws a data Refusal when the file changed between two requests.
 */
export async function fetchRange(
  client: HubClient,
  file: RemoteFile,
  range: ByteRange,
  io: Io,
): Promise<Uint8Array> {
  const length = range[1] - range[0];
  return client.send(
    () => rangeRequest(file, range),
    io,
    async (answer) => {
      await checkRangeAnswer(file, range, answer);
      const bytes = await readBody(answer, length, file.shown);
      if (bytes.length < length) throw new Passing(cutShort(file, range, bytes.length));
      return bytes;
    },
  );
}

/** The request for a range of a file, from its storage server where that is known. */
export function rangeRequest(file: RemoteFile, range: ByteRange): Sending {
  const { repository, shown: about, url, location } = file;
  const headers = isWhole(file, range) ? {} : { range: `bytes=${range[0]}-${range[1] - 1}` };
  if (location === undefined) return { url, about, repository, headers };
  return {
    url: location,
    about,
    repository,
    headers,
    wanted: (status) => isSuccess(status) || EXPIRED.has(status),
  };
}

/**
 * Holds an answer's status, range, length and tag against what was asked. Throws a Passing failure where only the
 * storage server's signed address ran out, else a Refusal that names what a server or proxy did wrong.
 */
export async function checkRangeAnswer(file: RemoteFile, range: ByteRange, answer: Answer): Promise<void> {
  if (!isSuccess(answer.status)) throw runOut(file);
  const asked: AskedRange = { file, range, whole: isWhole(file, range), length: range[1] - range[0] };
  const problem = PROBLEMS.find(({ is }) => is(asked, answer));
  if (problem !== undefined) throw await wrongAnswer(asked, problem, answer);
  checkTag(file, answer.headers.get("etag"));
  file.location = answer.url === file.url ? undefined : answer.url;
}

/** Statuses of a storage server whose signed address is not valid any more. */
const EXPIRED: ReadonlySet<number> = new Set([400, 401, 403, 404, 410]);

interface AskedRange {
  readonly file: RemoteFile;
  readonly range: ByteRange;
  readonly whole: boolean;
  readonly length: number;
}

interface Problem {
  readonly code: string;
  readonly is: (asked: AskedRange, answer: Answer) => boolean;
  readonly expected: string;
  readonly found: (answer: Answer) => string;
}

const status = ({ status }: Answer) => `HTTP ${status}`;
const header = (name: string) => (answer: Answer) => answer.headers.get(name) ?? "no such header";

/** What an answer of status 2xx can have wrong. None of it is mended by asking again. */
const PROBLEMS: readonly Problem[] = [
  {
    code: "range-ignored",
    is: ({ whole }, answer) => !whole && answer.status === 200,
    expected: "these bytes alone (HTTP 206)",
    found: () => "HTTP 200, the whole file: something on the way ignores ranges",
  },
  {
    code: "unexpected-answer",
    is: ({ whole }, answer) => answer.status !== (whole ? 200 : 206),
    expected: "the bytes asked for (HTTP 200 or 206)",
    found: status,
  },
  {
    code: "wrong-range",
    is: ({ whole, range, file }, { headers }) =>
      !whole && !isRange(headers.get("content-range"), range, file.size),
    expected: "these bytes in Content-Range",
    found: header("content-range"),
  },
  {
    code: "unexpected-answer",
    is: (_, { headers }) => (headers.get("content-encoding") ?? "identity") !== "identity",
    expected: "the bytes as they are",
    found: header("content-encoding"),
  },
  {
    code: "wrong-length",
    is: ({ length }, { headers }) => Number(headers.get("content-length") ?? length) !== length,
    expected: "as many bytes as were asked for in Content-Length",
    found: header("content-length"),
  },
];

function isRange(text: string | null, [begin, end]: ByteRange, size: number): boolean {
  const found = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text?.trim() ?? "");
  if (found === null) return false;
  const [, first, last, total] = found;
  return Number(first) === begin && Number(last) === end - 1 && (total === "*" || Number(total) === size);
}

/** Names what came instead, where its beginning shows it: a page of a proxy says more than a wrong length. */
async function wrongAnswer({ file, range }: AskedRange, problem: Problem, answer: Answer) {
  const { value } = await answer
    .body()
    .next()
    .catch(() => ({ value: undefined }));
  const foreign = foundIn(new TextDecoder().decode(value?.subarray(0, 256)));
  return environmentRefusal(problem.code, {
    file: file.shown,
    range: [range[0], range[1]],
    expected: problem.expected,
    found: `${problem.found(answer)}${foreign === undefined ? "" : `, with ${foreign}`}`,
    remedy: BETWEEN,
  });
}

/** Weak and strong tags of one file differ by a prefix that some caches add. */
function checkTag(file: RemoteFile, tag: string | null): void {
  const now = tag?.replace(/^W\//, "");
  if (now === undefined) return;
  file.etag ??= now;
  if (file.etag === now) return;
  throw dataRefusal("file-changed", {
    file: file.shown,
    expected: `the file that was there when it was first asked for (ETag ${file.etag})`,
    found: `another (ETag ${now})`,
    remedy: "Run the command again.",
  });
}

/** The Hub gives a new address when it is asked again, at once. */
function runOut(file: RemoteFile): Passing {
  file.location = undefined;
  return new Passing(
    environmentRefusal("hub-refused", {
      file: file.shown,
      expected: "the storage server to give the file at the address that the Hub named",
      found: "a refusal",
      remedy: "Run the command again.",
    }),
    0,
  );
}

/** The refusal of an answer that ended too early. */
export function cutShort({ shown }: RemoteFile, [begin, end]: ByteRange, length: number) {
  return environmentRefusal("cut-short", {
    file: shown,
    range: [begin, end],
    expected: `${end - begin} bytes`,
    found: `${length} before the connection ended`,
    remedy: "Run the command again.",
  });
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function isWhole({ size }: RemoteFile, [begin, end]: ByteRange): boolean {
  return begin === 0 && end === size;
}
