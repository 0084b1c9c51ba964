import type { Content } from "./content.js";

/** What is answered to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Slice;
}

/** A part of a file, sent piece by piece. */
export interface Slice {
  readonly content: Content;
  readonly begin: number;
  readonly end: number;
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, body };
}

/** A refusal as the Hub words it: in headers, and again in the body. */
export function refused(status: number, message: string, code?: string): Answer {
  const headers = { "x-error-message": message, ...(code === undefined ? {} : { "x-error-code": code }) };
  return json({ error: message }, status, headers);
}

export function redirect(to: string, headers: Record<string, string>): Answer {
  return { status: 302, headers: { location: to, ...headers }, body: new Uint8Array(0) };
}

/** A file, or the range of it that was asked for: 200, 206 or 416. */
export function file(content: Content, range: string | undefined, headers: Record<string, string>): Answer {
  const { size } = content;
  const always = { "accept-ranges": "bytes", "content-type": "application/octet-stream", ...headers };
  if (range === undefined) return { status: 200, headers: always, body: { content, begin: 0, end: size } };
  const asked = rangeOf(range, size);
  if (asked === undefined) {
    const unmet = { ...always, "content-range": `bytes */${size}` };
    return { status: 416, headers: unmet, body: new Uint8Array(0) };
  }
  const [begin, end] = asked;
  const partial = { ...always, "content-range": `bytes ${begin}-${end - 1}/${size}` };
  return { status: 206, headers: partial, body: { content, begin, end } };
}

export function lengthOf(body: Answer["body"]): number {
  return body instanceof Uint8Array ? body.length : body.end - body.begin;
}

/** The body in pieces that a socket can take. */
export function* piecesOf(body: Answer["body"], step = 256 * 1024): Generator<Uint8Array> {
  const length = lengthOf(body);
  for (let at = 0; at < length; at += step) {
    const to = Math.min(length, at + step);
    yield body instanceof Uint8Array
      ? body.subarray(at, to)
      : body.content.read(body.begin + at, body.begin + to);
  }
}

/** The first so many bytes of a body. */
export function cut(body: Answer["body"], length: number): Answer["body"] {
  return body instanceof Uint8Array ? body.subarray(0, length) : { ...body, end: body.begin + length };
}

function rangeOf(header: string, size: number): [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  if (first === "") return [Math.max(0, size - Number(last)), size];
  const [begin, end] = [Number(first), last === "" ? size : Math.min(size, Number(last) + 1)];
  return begin < end ? [begin, end] : undefined;
}
