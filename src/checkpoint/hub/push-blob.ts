import { Blob } from "node:buffer";
import { ReadableStream } from "node:stream/web";
import type { ByteRange } from "../source.js";

/** Bytes that are read when they are wanted. */
export interface Readings {
  readonly size: number;
  read(range: ByteRange): Promise<Uint8Array>;
  /** Hears how many bytes of the file have been passed on, counted anew for each passage over it. */
  heard(bytes: number): void;
}

/** A Blob over bytes that need not be in memory, nor on this machine: one MiB of them is held at a time. */
export class ReadBlob extends Blob {
  readonly #readings: Readings;
  readonly #begin: number;
  readonly #end: number;

  constructor(readings: Readings, [begin, end]: ByteRange = [0, readings.size]) {
    super([]);
    this.#readings = readings;
    this.#begin = begin;
    this.#end = end;
    Object.defineProperty(this, "size", { value: end - begin });
  }

  override slice(from = 0, to = this.size): ReadBlob {
    const place = (at: number) => Math.min(this.size, Math.max(0, at < 0 ? at + this.size : at));
    const begin = this.#begin + place(from);
    return new ReadBlob(this.#readings, [begin, Math.max(begin, this.#begin + place(to))]);
  }

  /** The same bytes; `touch` hears of every one MiB that is taken. */
  watched(touch: () => void): ReadBlob {
    const { size, read, heard } = this.#readings;
    const told = (bytes: number) => {
      touch();
      heard(bytes);
    };
    return new ReadBlob({ size, read, heard: told }, [this.#begin, this.#end]);
  }

  override stream(): ReadableStream<Uint8Array> {
    let at = this.#begin;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (at >= this.#end) return controller.close();
          const to = Math.min(this.#end, at + CHUNK);
          controller.enqueue(await this.#readings.read([at, to]));
          at = to;
          this.#readings.heard(at);
        },
      },
      { highWaterMark: 1 },
    );
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#readings.read([this.#begin, this.#end]);
    return new Uint8Array(bytes).buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.arrayBuffer());
  }
}

const CHUNK = 1024 * 1024;
