// Trend of samples as the median of pairwise slopes (Theil-Sen), which outliers such as a late garbage
// collection do not affect.

export interface Sample {
  readonly seconds: number;
  readonly value: number;
}

/** Growth per second. */
export function slopeOf(samples: readonly Sample[]): number {
  const slopes = samples.flatMap((one, at) =>
    samples.slice(at + 1).map((other) => (other.value - one.value) / (other.seconds - one.seconds)),
  );
  return medianOf(slopes);
}

/** Growth from the first to the last sample, along the slope. */
export function growthOf(samples: readonly Sample[]): number {
  const spanSeconds = (samples.at(-1)?.seconds ?? 0) - (samples[0]?.seconds ?? 0);
  return slopeOf(samples) * spanSeconds;
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
