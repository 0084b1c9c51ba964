import { type Event, fold, noProgress, type Progress } from "../../events.js";

/** Work under way as a person watches it: the events so far, and when they came. */
export interface Watch {
  readonly progress: Progress;
  /** Milliseconds of the session's clock. */
  readonly began: number;
  readonly now: number;
  /** Bytes that the plan says will be handled; 0 where that is not known. */
  readonly expected: number;
  /** Files of finished phases too; a later phase may name them anew. */
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly total: number }>;
  /** When the first byte was told of: the rate counts from there. */
  readonly flowing: number | undefined;
  /** The first count of a phase that counts, and when it came: some begin at 0, and work that goes on begins later. */
  readonly counted: { readonly first: number; readonly at: number } | undefined;
}

/** How far the work is, for drawing; undefined members are not known yet. */
export interface Standing {
  /** From 0 to 1. */
  readonly share: number | undefined;
  readonly bytes: number;
  readonly bytesPerSecond: number | undefined;
  /** Where a phase counts layers: those done in a second. */
  readonly layers: { readonly perSecond: number } | undefined;
  readonly secondsLeft: number | undefined;
}

/** Work that begins now. */
export function watchFrom(now: number, expected: number): Watch {
  return {
    progress: noProgress,
    began: now,
    now,
    expected,
    files: new Map(),
    flowing: undefined,
    counted: undefined,
  };
}

/** The same work after some events, or just some time. */
export function watched(watch: Watch, events: readonly Event[], now: number): Watch {
  const files = new Map(watch.files);
  for (const event of events)
    if (event.type === "file") files.set(event.path, { bytes: event.bytes, total: event.total });
  const flowing = watch.flowing ?? (files.size > 0 ? watch.now : undefined);
  const counted = watch.counted ?? countIn(events, now);
  return { ...watch, progress: events.reduce(fold, watch.progress), files, flowing, counted, now };
}

/** Share, rate and remaining time: by bytes where files flow, by layers where a phase counts them. */
export function standing(watch: Watch): Standing {
  const bytes = [...watch.files.values()].reduce((sum, file) => sum + file.bytes, 0);
  const counted = COUNTED.exec(watch.progress.phase);
  if (counted !== null) return byCount(watch, Number(counted[1]), Number(counted[2]));
  if (bytes === 0) return { ...UNKNOWN, bytes };
  const total = Math.max(watch.expected, bytes, sumOfTotals(watch));
  const seconds = (watch.now - (watch.flowing ?? watch.began)) / 1000;
  const rate = seconds < LEAST_SECONDS ? undefined : bytes / seconds;
  const left = rate === undefined ? undefined : (total - bytes) / rate;
  return { share: bytes / total, bytes, bytesPerSecond: rate, layers: undefined, secondsLeft: left };
}

const UNKNOWN = { share: undefined, bytesPerSecond: undefined, layers: undefined, secondsLeft: undefined };

/** Phases such as "layer 3 of 32", named when that layer begins. */
const COUNTED = /\b(\d+) of (\d+)\b/;

/** A rate from less time than this says nothing. */
const LEAST_SECONDS = 0.5;

function countIn(events: readonly Event[], at: number): Watch["counted"] {
  for (const event of events) {
    const told = event.type === "phase" ? COUNTED.exec(event.name) : null;
    if (told !== null) return { first: Number(told[1]), at };
  }
  return undefined;
}

/** The layer that is named is under way: those before it are done. */
function byCount({ counted, began, now }: Watch, named: number, count: number): Standing {
  const { first, at } = counted ?? { first: named, at: began };
  const done = Math.min(count, first === 0 ? named : named - 1);
  const passed = named - first;
  const seconds = (now - at) / 1000;
  const perSecond = passed > 0 && seconds >= LEAST_SECONDS ? passed / seconds : undefined;
  const left = perSecond === undefined ? undefined : (count - done) / perSecond;
  const layers = perSecond === undefined ? undefined : { perSecond };
  return { ...UNKNOWN, share: count === 0 ? undefined : done / count, bytes: 0, layers, secondsLeft: left };
}

function sumOfTotals({ files }: Watch): number {
  return [...files.values()].reduce((sum, file) => sum + file.total, 0);
}
