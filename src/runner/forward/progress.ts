/** How far a pass came. */
export interface PassState {
  /** Layers that are complete. */
  readonly layers: number;
  /** [streams, tokens, hidden] after them. */
  readonly hidden: Float32Array;
}

/** Where a pass begins, if not at the first layer, and who keeps its state after each layer. */
export interface PassProgress {
  readonly begin?: PassState;
  save(state: PassState): Promise<void>;
}
