/** Everything an operation tells while it works. Results are returned, never emitted. */
export type Event =
  | { readonly type: "phase"; readonly name: string; readonly total?: number }
  | { readonly type: "file"; readonly path: string; readonly bytes: number; readonly total: number }
  | { readonly type: "warning"; readonly code: string; readonly message: string }
  | { readonly type: "note"; readonly message: string }
  /** What a person who debugs asked for by HF_DEBUG; told even by commands that are quiet. */
  | { readonly type: "debug"; readonly message: string };

/** The "tell" seam: where an operation reports progress, and how it learns that it should stop. */
export interface Io {
  emit(event: Event): void;
  readonly signal: AbortSignal;
}

/** What a reporter needs to draw progress: the sum of all events so far. */
export interface Progress {
  readonly phase: string;
  /** Files of the current phase, in the order they were first named. */
  readonly files: ReadonlyMap<string, { readonly bytes: number; readonly total: number }>;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly notes: readonly string[];
}

/** Nothing has happened yet. */
export const noProgress: Progress = { phase: "", files: new Map(), warnings: [], notes: [] };

/** Pure reducer from events to progress; shared by plain text, JSON lines and the interactive session. */
export function fold(state: Progress, event: Event): Progress {
  switch (event.type) {
    case "phase":
      return { ...state, phase: event.name, files: new Map() };
    case "file":
      return {
        ...state,
        files: new Map(state.files).set(event.path, { bytes: event.bytes, total: event.total }),
      };
    case "warning":
      return { ...state, warnings: [...state.warnings, { code: event.code, message: event.message }] };
    case "note":
      return { ...state, notes: [...state.notes, event.message] };
    case "debug":
      return state;
  }
}
