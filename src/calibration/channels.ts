/** Largest magnitude of each channel of keys [tokens, KV heads, head size]: [KV heads × head size], head after head. */
export function channelPeaks(keys: Float32Array, channels: number): Float32Array {
  const peaks = new Float32Array(channels);
  for (let begin = 0; begin < keys.length; begin += channels) {
    for (let channel = 0; channel < channels; channel++) {
      const magnitude = Math.abs(keys[begin + channel]!);
      if (magnitude > peaks[channel]!) peaks[channel] = magnitude;
    }
  }
  return peaks;
}

/**
 * Peaks as reports and statistics keep them, to four significant digits: enough to be looked at. Rounding keeps the
 * order, so that the larger of two rounded numbers is the larger one rounded, and parts add up exactly.
 */
export function keptPeaks(peaks: Float32Array): number[] {
  return Array.from(peaks, (peak) => Number(peak.toPrecision(4)));
}

/** The peaks of two parts together; undefined where either has none. */
export function largerPeaks(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  return a && b && a.map((peak, at) => Math.max(peak, b[at]!));
}

/** The median of a layer's channels: what its largest one is measured by. */
export function medianPeak(peaks: ArrayLike<number>): number {
  return Float64Array.from(peaks).sort()[Math.floor(peaks.length / 2)] ?? Number.NaN;
}
